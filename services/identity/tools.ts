import type { ServiceEnv } from "../../shared/service/service-env";
import { inTurns, type InTurns } from "./in-turns";
import { hashPassword, randomPassword } from "./passwords";
import { SigningKeys } from "./signing-keys";

/**
 * Passwords are checked by Node's four background threads; more checks at once would only hold connections.
 */
const CHECKS_AT_ONCE = 4;

/** What identity works with beside the database. */
export interface IdentityTools {
  signingKeys: SigningKeys;
  /** The hash of nobody's password, checked where a user does not exist, so that the answer takes as long. */
  dummyHash: string;
  /** Where checks of passwords wait for their turn. */
  checkInTurn: InTurns;
}

/** Makes the tools, and the first signing key. */
export async function setUp({ db }: Pick<ServiceEnv, "db">): Promise<{ tools: IdentityTools }> {
  const signingKeys = new SigningKeys(db);
  await signingKeys.current();
  const dummyHash = await hashPassword(randomPassword());
  return { tools: { signingKeys, dummyHash, checkInTurn: inTurns(CHECKS_AT_ONCE) } };
}
