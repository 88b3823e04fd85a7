import type { ServiceEnv } from "../../../shared/service/service-env";
import { createLink } from "../links";
import { accountsToReset, takeRequests } from "../queries/reset-requests";

/** Nobody can fill somebody's mailbox. */
const MOST_LINKS_IN_AN_HOUR = 3;

/** Writes a link for each account of the addresses that have asked. @returns how many addresses there were */
export async function answerResetRequests({ transaction }: Pick<ServiceEnv, "transaction">): Promise<number> {
  return transaction(async (trx) => {
    const addresses = await takeRequests(trx);
    for (const address of addresses) {
      for (const { id: user_id, email } of await accountsToReset(trx, address, MOST_LINKS_IN_AN_HOUR))
        await createLink(trx, { purpose: "password_reset", user_id, email });
    }
    return addresses.length;
  });
}
