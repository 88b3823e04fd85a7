import { parseArgs } from "node:util";
import { joinCluster, joinProcess } from "../process/join-cluster";
import { runProcess } from "../process/run-process";
import { startSystem } from "../process/start-system";
import { openRepl } from "./open-repl";

// `npm run repl`: the operator's console. It joins the cluster at NATS_URL, or the system that `npm start`
// runs on the same data; where none runs, the whole system runs in this process. `-- --command "billing run"`
// runs one command and ends.
const { values } = parseArgs({ options: { command: { type: "string" } } });
void runProcess({ forConsole: true }, async (config, shutdown, log) => {
  const broker =
    config.natsUrl === undefined
      ? ((await joinProcess(config, shutdown)) ?? (await startSystem(config, shutdown, log)))
      : await joinCluster({ ...config, natsUrl: config.natsUrl }, shutdown, log);
  openRepl(broker, { command: values.command, quit: (status) => shutdown.end(status) });
});
