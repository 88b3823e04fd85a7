import type { Call } from "../contracts";
import { columns } from "./columns";
import { messageOf } from "../errors";

/** What a verb needs to do its work. */
export interface CommandContext {
  /** calls an action as the operator */
  call: Call;
  /** prints a line */
  print: (line: string) => void;
  /** shows a line until the next one replaces it; only on a terminal */
  draw: (line: string) => void;
}

/** The second word of a command, such as `run` in `billing run`. */
export interface Verb {
  /** the arguments after the verb, such as `[kind] [as_of]` */
  usage: string;
  /** what the verb does, for the list of verbs */
  description: string;
  run: (context: CommandContext, args: string[]) => Promise<void>;
}

/** A command of the console with its verbs. Typed without a verb, it lists them. */
export interface ConsoleCommand {
  name: string;
  description: string;
  verbs: Record<string, Verb>;
}

/** The command was typed wrongly. The console prints the message and nothing else. */
export class UsageError extends Error {}

/** A command that failed with an exit status of its own. */
export class CommandFailure extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/**
 * Makes a command for moleculer-repl. A verb that fails prints the reason and sets the exit status of the
 * process: that of a `CommandFailure`, otherwise 1.
 */
export function toReplCommand(command: ConsoleCommand, context: CommandContext) {
  return {
    command: `${command.name} [verb] [args...]`,
    description: command.description,
    alias: null,
    // Each verb parses its own options.
    allowUnknownOptions: true,
    options: [],
    parse: (typed: { args: string[]; params?: { args: string[] } }) => {
      typed.params = { args: typed.args };
    },
    action: (_broker: unknown, { args }: { args: string[] }) => runVerb(command, context, args),
  };
}

async function runVerb(
  command: ConsoleCommand,
  context: CommandContext,
  [name, ...args]: string[],
): Promise<void> {
  try {
    const verb = name === undefined ? undefined : command.verbs[name];
    if (verb === undefined) throw new UsageError(listVerbs(command));
    await verb.run(context, args);
  } catch (error) {
    process.exitCode = error instanceof CommandFailure ? error.status : 1;
    context.print(error instanceof UsageError ? error.message : `Failed: ${messageOf(error)}`);
  }
}

function listVerbs({ name, verbs }: ConsoleCommand): string {
  const rows = Object.entries(verbs).map(([verb, { usage, description }]) => {
    return [`  ${name} ${verb} ${usage}`, description];
  });
  return ["Usage:", ...columns(rows)].join("\n");
}
