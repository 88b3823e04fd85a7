import { notFound } from "../../../shared/errors";
import { sessionIdOf, userIdOf } from "../../../shared/service/caller";
import type { ActionHandler } from "../../../shared/service/service-env";
import { endOwnSessions as end } from "../sessions";

/** Ends one of the caller's sessions, or all but the present one. @throws BillingError 404 */
export const endOwnSessions: ActionHandler<"identity.endOwnSessions"> = async ({
  params: { id },
  caller,
  transaction,
}) => {
  const ended = await transaction((trx) =>
    end(trx, userIdOf(caller) ?? "", id === undefined ? { allBut: sessionIdOf(caller) } : { id }),
  );
  if (id !== undefined && ended.length === 0) throw notFound("session");
  return null;
};
