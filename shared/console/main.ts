import { parseArgs } from "node:util";
import { runProcess } from "../process/run-process";
import { runOperator } from "./run-operator";

// `npm run repl`: an operator's console; with `-- --command "billing run"`, one command without it.
const { values } = parseArgs({ options: { command: { type: "string" } } });
void runProcess({ operated: true }, (config, shutdown, log) =>
  runOperator(config, shutdown, log, values.command),
);
