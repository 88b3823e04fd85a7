import type { REPLServer } from "node:repl";
import type { Context } from "node:vm";
import type { ServiceBroker } from "moleculer";
import repl from "moleculer-repl";
import { callAs } from "../service/call";
import { OPERATOR } from "../service/caller";
import { type CommandContext, toReplCommand } from "./command";
import { billing } from "./commands/billing";
import { keys } from "./commands/keys";
import { staff } from "./commands/staff";
import { operatorBroker } from "./operator-broker";

interface ReplOptions {
  /** one command to run; then nothing is read from stdin */
  command: string | undefined;
  /** ends the process with an exit status: 1 after a failed command, unless a person sat at a terminal */
  quit: (status: number) => Promise<void>;
}

/**
 * Opens Moleculer's REPL on stdin and stdout, with our commands besides Moleculer's own. Commands run one
 * after the other, so that they can be piped in. After the end of the input and the last command, the process
 * ends.
 */
export function openRepl(broker: ServiceBroker, { command, quit }: ReplOptions): void {
  const call = callAs(broker, OPERATOR);
  const { print, draw } = linesTo(process.stdout);
  const interactive = process.stdin.isTTY && command === undefined;
  const leave = () => quit(interactive ? 0 : Number(process.exitCode ?? 0));
  const server = repl(operatorBroker(broker, leave), {
    delimiter: interactive ? "billing $ " : " ",
    customCommands: [billing, keys, staff].map((each) => toReplCommand(each, { call, print, draw })),
  });
  if (!interactive) server.setPrompt("");

  const evaluate = server.eval as Evaluate;
  let open = true;
  let lastCommand = Promise.resolve();
  const evaluateInOrder: Evaluate = (line, context, file, done) => {
    const finished = () =>
      new Promise<void>((resolve) => {
        if (isUnknown(server, line)) process.exitCode = 1;
        // With the arguments unchanged: an explicit `undefined` would be printed as a result.
        evaluate.call(server, line, context, file, (...results) => {
          if (open) done(...results);
          resolve();
        });
      });
    lastCommand = lastCommand.then(finished);
  };
  Object.assign(server, { eval: evaluateInOrder });

  // Moleculer's own listener would end the process in the middle of a command.
  server.removeAllListeners("exit");
  server.once("exit", () => {
    open = false;
    void lastCommand.then(leave);
  });
  if (command !== undefined) evaluateInOrder(command, server.context, "command", () => server.close());
}

/** Moleculer's REPL says that it does not know a command, but does not tell us. */
function isUnknown(server: REPLServer, line: string): boolean {
  const [word = ""] = line.trim().split(/\s+/, 1);
  let known: string[] = [];
  // Node calls back at once.
  (Reflect.get(server, "completer") as Completer)("", (_error, [commands]) => (known = commands));
  return word !== "" && !known.includes(word);
}

type Completer = (line: string, done: (error: unknown, found: [commands: string[]]) => void) => void;

const CLEAR_LINE = "\r\u001b[2K";

/** `draw` shows nothing unless the output is a terminal, where the next line replaces the drawn one. */
function linesTo(out: typeof process.stdout): Pick<CommandContext, "print" | "draw"> {
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
