import { sessionIdOf, userIdOf } from "../../../shared/service/caller";
import type { ActionHandler } from "../../../shared/service/service-env";
import { openSessions } from "../sessions";

/** The caller's open sessions, the newest first. */
export const listOwnSessions: ActionHandler<"identity.listOwnSessions"> = async ({ caller, db }) => {
  const current = sessionIdOf(caller);
  const rows = await openSessions(db, userIdOf(caller) ?? "");
  return rows.map((row) => ({ ...row, current: row.id === current }));
};
