import type { AuditReport } from "../contracts/invoicing";
import { columns, CommandFailure, type Operator } from "./command";

/** How an audit ends as a command: clean, with findings, or not at all. */
export const AUDIT_STATUS = { clean: 0, findings: 1, failed: 2 } as const;

/**
 * Audits the books of all services and prints what was found.
 * @throws CommandFailure with status 1 for findings, 2 when there could be no audit
 */
export async function auditBooks({ call, print }: Pick<Operator, "call" | "print">): Promise<void> {
  const report = await call("invoicing.auditBooks", {}).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(`there was no audit: ${reason}`, AUDIT_STATUS.failed);
  });
  for (const line of describeAudit(report)) print(line);
  if (!report.clean)
    throw new CommandFailure(`the audit has findings: ${report.findings}`, AUDIT_STATUS.findings);
}

function describeAudit({ clean, findings, took_ms, checks }: AuditReport): string[] {
  const effort = `${checks.length} checks in ${(took_ms / 1000).toFixed(1)} s`;
  if (clean) return [`The books are in order: ${effort}, nothing found.`];
  const broken = checks.filter((check) => check.findings > 0);
  const rows = broken.map(({ service, check, findings: count, says }) => {
    return [`${service}.${check}`, String(count), `not so: ${says}`];
  });
  const ids = broken.flatMap(({ service, check, ids: first, findings: count }) => [
    `${service}.${check}${count > first.length ? `, the first ${first.length} of ${count}` : ""}:`,
    ...first.map((id) => `  ${id}`),
  ]);
  return [`Findings: ${findings}, by ${effort}.`, ...columns([["check", "findings", ""], ...rows]), ...ids];
}
