import type { ActionHandler } from "../../../shared/service/service-env";
import { decodeCursor, ID_CURSOR, toPage } from "../../../shared/db/keyset";
import { timedRuns } from "../queries/timed-runs";

/** A page of billing runs, newest first. */
export const listBillingRuns: ActionHandler<"invoicing.listBillingRuns"> = async ({ params, db }) => {
  const query = timedRuns(db)
    .orderBy("id", "desc")
    .limit(params.limit + 1);
  if (params.cursor !== undefined) {
    const [after] = decodeCursor(params.cursor, ID_CURSOR);
    void query.where("id", "<", after);
  }
  return toPage(await query, params.limit, (run) => [run.id]);
};
