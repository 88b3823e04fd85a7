import type { Context } from "node:vm";
import type { ServiceBroker } from "moleculer";
import repl from "moleculer-repl";
import { callAs } from "../service/call";
import { SYSTEM } from "../service/caller";
import { billing } from "./billing";
import { type Operator, toReplCommand } from "./command";
import { asOperator } from "./operator";
import { staff } from "./staff";

interface ConsoleOptions {
  /** one line to be carried out instead of those typed or piped in */
  command: string | undefined;
  /** ends the process with a status: 1 when nobody was there to see that some command failed */
  quit: (status: number) => Promise<void>;
}

/**
 * Opens Moleculer's REPL on stdin and stdout, with the commands of this system beside Moleculer's own. Lines
 * are carried out one after the other, so that they can be piped in; the end of the input ends the process
 * once they are done.
 */
export function openConsole(broker: ServiceBroker, { command, quit }: ConsoleOptions): void {
  const call = callAs(broker, SYSTEM);
  const { print, draw } = linesTo(process.stdout);
  const interactive = process.stdin.isTTY && command === undefined;
  const leave = () => quit(interactive ? 0 : Number(process.exitCode ?? 0));
  const server = repl(asOperator(broker, leave), {
    delimiter: interactive ? "billing $ " : " ",
    customCommands: [billing, staff].map((each) => toReplCommand(each, { call, print, draw })),
  });
  if (!interactive) server.setPrompt("");

  const evaluate = server.eval as Evaluate;
  let open = true;
  let turn = Promise.resolve();
  const inTurn: Evaluate = (line, context, file, done) => {
    const finished = () =>
      new Promise<void>((resolve) => {
        // Passed on as it is: the console would print a result that was not there before.
        evaluate.call(server, line, context, file, (...outcome) => {
          if (open) done(...outcome);
          resolve();
        });
      });
    turn = turn.then(finished);
  };
  Object.assign(server, { eval: inTurn });

  // Moleculer's own listener would leave in the middle of a command.
  server.removeAllListeners("exit");
  server.once("exit", () => {
    open = false;
    void turn.then(leave);
  });
  if (command !== undefined) inTurn(command, server.context, "command", () => server.close());
}

const CLEAR_LINE = "\r\u001b[2K";

/** On a terminal a drawn line gives way to whatever comes next; elsewhere it is left out. */
function linesTo(out: typeof process.stdout): Pick<Operator, "print" | "draw"> {
  if (!out.isTTY) return { print: (line) => void out.write(`${line}\n`), draw: () => {} };
  return {
    print: (line) => void out.write(`${CLEAR_LINE}${line}\n`),
    draw: (line) => void out.write(CLEAR_LINE + line.slice(0, out.columns - 1)),
  };
}

type Evaluate = (
  this: unknown,
  line: string,
  context: Context,
  file: string,
  done: (error: Error | null, result?: unknown) => void,
) => void;
