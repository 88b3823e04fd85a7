import { decodeCursor, ID_CURSOR, toPage } from "../../../shared/db/keyset";
import type { ActionHandler } from "../../../shared/service/service-env";
import { readEndedSessions } from "../queries/ended-sessions";

/** 400 KB; NATS carries no answer above 1 MB. */
const PAGE = 10_000;

/** Lists the sessions that have ended and whose access tokens may not have expired. */
export const revocations: ActionHandler<"identity.revocations"> = async ({ db, params: { cursor } }) => {
  const after = cursor === undefined ? [] : decodeCursor(cursor, ID_CURSOR);
  return toPage(await readEndedSessions(db, PAGE + 1, ...after), PAGE, (id) => [id]);
};
