import { runProcess } from "./run-process";
import { startSystem } from "./start-system";

// `npm start`: the services that the environment names.
void runProcess({}, startSystem);
