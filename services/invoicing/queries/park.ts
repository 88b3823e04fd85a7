import type { Knex } from "../../../shared/db/open-database";
import { claimBindings, claimCondition, type Claim } from "./claims";

/** Parks a billable that could not be billed, with the reason; the next run tries it again. */
export async function park(
  db: Knex,
  claim: Extract<Claim, { kind: "one" }>,
  reason: string,
  runId: string | null,
): Promise<void> {
  await db.raw(
    `WITH parked AS (
       UPDATE billables SET parked_error = :reason, parked_at = now(), bill_at_once_on = NULL
       WHERE ${claimCondition(claim.kind)}
       RETURNING 1
     )
     UPDATE billing_runs
     SET counts = counts || jsonb_build_object(
       'parked', coalesce((counts->>'parked')::bigint, 0) + (SELECT count(*) FROM parked))
     WHERE id = (:runId)::uuid`,
    { ...claimBindings(claim), reason, runId },
  );
}
