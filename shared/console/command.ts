import type { Call } from "../contracts";

/** What a verb works with. */
export interface Operator {
  /** calls actions as the system */
  call: Call;
  /** writes a line for the operator */
  print: (line: string) => void;
  /** shows a line until the next one takes its place; only on a terminal */
  draw: (line: string) => void;
}

/** One thing that an operator may ask for, like `billing run`. */
export interface Verb {
  /** what follows the verb, like `[kind] [as_of]` */
  takes: string;
  does: string;
  run: (operator: Operator, words: string[]) => Promise<void>;
}

/** A word of the console and the verbs that may follow it. */
export interface OperatorCommand {
  name: string;
  description: string;
  verbs: Record<string, Verb>;
}

/** A mistake in what was typed; the console answers with its message alone. */
export class UsageError extends Error {}

/** A command that did its work and has bad news; `status` becomes the console's exit status. */
export class CommandFailure extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/**
 * The command as moleculer-repl takes it. A verb that fails says why, and sets the console's exit status, 1
 * as a rule.
 */
export function toReplCommand(command: OperatorCommand, operator: Operator) {
  return {
    command: `${command.name} [verb] [words...]`,
    description: command.description,
    alias: null,
    // Left to the verbs, like all other words.
    allowUnknownOptions: true,
    options: [],
    parse: (typed: { args: string[]; params?: { words: string[] } }) => {
      typed.params = { words: typed.args };
    },
    action: (_broker: unknown, { words }: { words: string[] }) => runVerb(command, operator, words),
  };
}

async function runVerb(
  command: OperatorCommand,
  operator: Operator,
  [name, ...words]: string[],
): Promise<void> {
  try {
    const verb = name === undefined ? undefined : command.verbs[name];
    if (verb === undefined) throw new UsageError(usage(command));
    await verb.run(operator, words);
  } catch (error) {
    process.exitCode = error instanceof CommandFailure ? error.status : 1;
    operator.print(
      error instanceof UsageError
        ? error.message
        : `Failed: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function usage({ name, verbs }: OperatorCommand): string {
  const rows = Object.entries(verbs).map(([verb, { takes, does }]) => [`  ${name} ${verb} ${takes}`, does]);
  return ["Usage:", ...columns(rows)].join("\n");
}

/** Rows as lines of text, their cells in columns. */
export function columns(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
