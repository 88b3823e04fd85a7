import type { AuditResult } from "../../contracts/contract";
import type { Knex } from "../../db/open-database";
import { inSnapshot } from "../../db/transaction";

/** How many ids of a check's findings are shown. */
export const IDS_SHOWN = 20;
/** A feed that cannot be read to its end in this time is stuck, which is a finding of its own. */
export const CATCH_UP_WITHIN_MS = 10_000;
/** Up to this many findings are checked again one by one; for more, the whole check runs again. */
const SUSPECTS = 10_000;
/** The memory is enough to sort a million ids without going to disk. */
const LIMITS = { statement_timeout: "10min", work_mem: "128MB" };

/** One rule that a service's own schema must keep. */
export interface AuditCheck {
  /** its name in reports and metrics */
  check: string;
  /** what holds when there are no findings */
  says: string;
  /** SELECT of a column `id`, a row for each finding: ids for an operator to look at */
  sql: string;
  /** its findings are work that a worker does: it may also wait because no system is running */
  work?: true;
}

/** What a check found. `suspects` are to be checked again; null when they are too many. */
interface Outcome {
  check: AuditCheck;
  findings: number;
  ids: string[];
  suspects: string[] | null;
}

/**
 * Runs checks, all on one snapshot of the database. Findings can come from work in progress, so they are
 * checked again after `drain`: only what is found twice counts.
 * @param drain waits for work in progress
 */
export async function runChecks(
  db: Knex,
  service: string,
  checks: readonly AuditCheck[],
  drain: () => Promise<void>,
): Promise<AuditResult[]> {
  const outcomes = await runOnSnapshot(
    db,
    checks.map((check) => ({ check, suspects: null })),
  );
  const suspicious = outcomes.filter(({ findings }) => findings > 0);
  if (suspicious.length > 0) await drain();
  const again = new Map((await runOnSnapshot(db, suspicious)).map((outcome) => [outcome.check, outcome]));
  return outcomes.map(({ check, ...first }) => {
    const { findings, ids } = again.get(check) ?? first;
    const { check: name, says, work } = check;
    return { service, check: name, says, findings, ids, ...(work && { work }) };
  });
}

async function runOnSnapshot(
  db: Knex,
  checks: readonly Pick<Outcome, "check" | "suspects">[],
): Promise<Outcome[]> {
  if (checks.length === 0) return [];
  return withSnapshot(db, async (trx) => {
    const outcomes: Outcome[] = [];
    for (const { check, suspects } of checks) outcomes.push(await runCheck(trx, check, suspects));
    return outcomes;
  });
}

async function runCheck(trx: Knex, check: AuditCheck, only: string[] | null): Promise<Outcome> {
  const { rows } = await trx.raw<{ rows: { findings: number; ids: string[] }[] }>(
    `WITH found AS MATERIALIZED (
       SELECT id::text FROM (${check.sql}) AS finding
       ${only === null ? "" : "WHERE id::text = ANY((:only)::text[])"}
     )
     SELECT (SELECT count(*) FROM found) AS findings,
            ARRAY(SELECT DISTINCT id FROM found ORDER BY id LIMIT :suspects) AS ids`,
    { suspects: SUSPECTS, ...(only === null ? {} : { only }) },
  );
  const { findings, ids } = rows[0] ?? { findings: 0, ids: [] };
  return { check, findings, ids: ids.slice(0, IDS_SHOWN), suspects: findings > SUSPECTS ? null : ids };
}

/** Runs `work`, which only reads, on one snapshot; with more time and memory than short statements have. */
export function withSnapshot<T>(db: Knex, work: (trx: Knex.Transaction) => Promise<T>): Promise<T> {
  return inSnapshot(db, LIMITS, work);
}
