import { parseArgs } from "node:util";
import { auditFilters } from "../../contracts/contract";
import { messageOf } from "../../errors";
import { readAuditLog } from "../../service/audit-log";
import { columns } from "../columns";
import { type CommandContext, UsageError } from "../command";

/** The arguments of `billing audit-log`. */
export const AUDIT_LOG_USAGE =
  "[--object ID] [--actor user:ID|key:ID|operator] [--from TIME] [--to TIME] [--limit N]";
const USAGE = `Usage: billing audit-log ${AUDIT_LOG_USAGE}`;

/** Shows who has changed what, newest first. @throws UsageError */
export async function showAuditLog({ call, print }: CommandContext, args: string[]): Promise<void> {
  const { items, next } = await readAuditLog(call, filterOf(args));
  if (items.length === 0) return print("There are no such changes.");
  const rows = items.map(({ at, actor, service, action, object, details, request_id }) => {
    const facts = Object.keys(details).length === 0 ? "" : JSON.stringify(details);
    return [at, actor, `${service}.${action}`, object, `request ${request_id}`, facts];
  });
  for (const line of columns(rows)) print(line);
  const last = items.at(-1);
  if (next === null || last === undefined) return;
  // The instant after it: others of the same millisecond may follow.
  print(`There are older ones: go on with --to ${new Date(Date.parse(last.at) + 1).toISOString()}`);
}

function filterOf(args: string[]) {
  const { limit = "50", ...filters } = optionsOf(args);
  if (!/^(?:[1-9]\d?|1\d\d|200)$/.test(limit)) throw new UsageError(`--limit must be 1 to 200.\n${USAGE}`);
  for (const [name, text] of Object.entries(filters)) {
    const parsed = auditFilters[name as keyof typeof auditFilters].safeParse(text);
    if (!parsed.success)
      throw new UsageError(`--${name}: ${parsed.error.issues[0]?.message ?? "is wrong"}\n${USAGE}`);
  }
  return { ...filters, limit: Number(limit) };
}

function optionsOf(args: string[]) {
  try {
    const text = { type: "string" } as const;
    const options = { object: text, actor: text, from: text, to: text, limit: text };
    return parseArgs({ args, options }).values;
  } catch (error) {
    const [problem = ""] = messageOf(error).split(/[.\n]/, 1);
    throw new UsageError(`${problem}.\n${USAGE}`);
  }
}
