import type { AuditReport } from "../../contracts/invoicing";
import { columns } from "../columns";
import { type CommandContext, CommandFailure } from "../command";
import { messageOf } from "../../errors";

/** The exit status of an audit. */
export const AUDIT_STATUS = { clean: 0, findings: 1, failed: 2 } as const;

/**
 * Audits the books of all services and prints the findings.
 * @throws CommandFailure with status 1 for findings, 2 when the audit failed
 */
export async function auditBooks({ call, print }: Pick<CommandContext, "call" | "print">): Promise<void> {
  const report = await call("invoicing.auditBooks", {}).catch((error: unknown) => {
    const reason = messageOf(error);
    throw new CommandFailure(`the audit could not be made: ${reason}`, AUDIT_STATUS.failed);
  });
  for (const line of describeAudit(report)) print(line);
  if (!report.clean)
    throw new CommandFailure(`the audit has findings: ${report.findings}`, AUDIT_STATUS.findings);
}

function describeAudit({ clean, findings, took_ms, checks }: AuditReport): string[] {
  const summary = `${checks.length} checks in ${(took_ms / 1000).toFixed(1)} s`;
  if (clean) return [`The books are in order: ${summary}, no findings.`];
  const failed = checks.filter((check) => check.findings > 0);
  const rows = failed.map(({ service, check, findings: count, says }) => {
    return [`${service}.${check}`, String(count), `not true: ${says}`];
  });
  const ids = failed.flatMap(({ service, check, ids: first, findings: count }) => [
    `${service}.${check}${count > first.length ? `, the first ${first.length} of ${count}` : ""}:`,
    ...first.map((id) => `  ${id}`),
  ]);
  return [`Findings: ${findings} (${summary}).`, ...columns([["check", "findings", ""], ...rows]), ...ids];
}
