import { runProcess } from "../../shared/process/run-process";
import { startSystem } from "../../shared/process/start-system";

// A process of the system with the node id of the variable NODE_ID.
void runProcess({}, (config, shutdown, log) =>
  startSystem(config, shutdown, log, { nodeID: process.env["NODE_ID"] ?? "" }),
);
