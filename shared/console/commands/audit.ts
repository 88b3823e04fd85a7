import type { AuditResult } from "../../contracts/contract";
import { columns } from "../columns";
import { type CommandContext, CommandFailure } from "../command";
import { messageOf } from "../../errors";

/** The exit status of an audit; `waiting`: nothing is wrong, but there is work for a running system. */
export const AUDIT_STATUS = { clean: 0, findings: 1, failed: 2, waiting: 3 } as const;

/**
 * Audits the books of all services and prints the findings.
 * @param stopped whether no system is running on these books: work that is left is then no finding, but waits
 * @throws CommandFailure with status 1 for findings, 2 when the audit failed, 3 when only work waits
 */
export async function auditBooks(
  { call, print }: Pick<CommandContext, "call" | "print">,
  { stopped = false } = {},
): Promise<void> {
  const { checks, took_ms } = await call("invoicing.auditBooks", {}).catch((error: unknown) => {
    const reason = messageOf(error);
    throw new CommandFailure(`the audit could not be made: ${reason}`, AUDIT_STATUS.failed);
  });
  const found = checks.filter(({ findings }) => findings > 0);
  const waits = ({ work }: AuditResult) => stopped && work === true;
  const wrong = found.filter((check) => !waits(check));
  const waiting = found.filter(waits);
  const summary = `${checks.length} checks in ${(took_ms / 1000).toFixed(1)} s`;
  if (found.length === 0) return print(`The books are in order: ${summary}, no findings.`);
  if (wrong.length > 0) print(`Findings: ${total(wrong)} (${summary}).`);
  else print(`Nothing is wrong, but work waits (${summary}).`);
  for (const line of describe(wrong, "findings", "not true")) print(line);
  for (const line of describe(waiting, "waiting", "not yet true")) print(line);
  const start = `${total(waiting)} wait for a running system: start it, then audit again`;
  if (wrong.length === 0) throw new CommandFailure(start, AUDIT_STATUS.waiting);
  if (waiting.length > 0) print(start);
  throw new CommandFailure(`the audit has findings: ${total(wrong)}`, AUDIT_STATUS.findings);
}

const total = (checks: AuditResult[]) => checks.reduce((sum, { findings }) => sum + findings, 0);

/** A table of checks, and the ids that each has found. */
function describe(checks: AuditResult[], heading: string, not: string): string[] {
  if (checks.length === 0) return [];
  const rows = checks.map(({ service, check, findings: count, says }) => {
    return [`${service}.${check}`, String(count), `${not}: ${says}`];
  });
  const ids = checks.flatMap(({ service, check, ids: first, findings: count }) => [
    `${service}.${check}${count > first.length ? `, the first ${first.length} of ${count}` : ""}:`,
    ...first.map((id) => `  ${id}`),
  ]);
  return [...columns([["check", heading, ""], ...rows]), ...ids];
}
