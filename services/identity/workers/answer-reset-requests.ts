import type { ServiceEnv } from "../../../shared/service/service-env";
import { createLink } from "../links";
import { accountsToReset, requestsWait, takeRequests } from "../queries/reset-requests";

/** Nobody can fill somebody's mailbox. */
const MOST_LINKS_IN_AN_HOUR = 3;

/** Writes a link for each account of the addresses that have asked. @returns how many addresses there were */
export async function answerResetRequests({
  db,
  transaction,
}: Pick<ServiceEnv, "db" | "transaction">): Promise<number> {
  // A transaction wakes the workers, so there must be something to do.
  if (!(await requestsWait(db))) return 0;
  return transaction(async (trx) => {
    const addresses = await takeRequests(trx);
    for (const address of addresses) {
      for (const { id: user_id, email } of await accountsToReset(trx, address, MOST_LINKS_IN_AN_HOUR))
        await createLink(trx, { purpose: "password_reset", user_id, email });
    }
    return addresses.length;
  });
}
