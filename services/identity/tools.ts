import { Semaphore } from "../../shared/service/semaphore";
import type { ServiceEnv } from "../../shared/service/service-env";
import { hashPassword, randomPassword } from "./passwords";
import { SigningKeys } from "./signing-keys";

/** Node hashes passwords in four threads; more checks at once would only hold connections. */
const CHECKS_AT_ONCE = 4;

/** What identity works with beside the database. */
export interface IdentityTools {
  signingKeys: SigningKeys;
  /** The hash of nobody's password, checked where a user does not exist, so that the answer takes as long. */
  dummyHash: string;
  /** Limits how many passwords are checked at once. */
  passwordChecks: Semaphore;
}

/** Makes the tools, and the first signing key. */
export async function setUp({ db }: Pick<ServiceEnv, "db">): Promise<{ tools: IdentityTools }> {
  const signingKeys = new SigningKeys(db);
  await signingKeys.current();
  const dummyHash = await hashPassword(randomPassword());
  return { tools: { signingKeys, dummyHash, passwordChecks: new Semaphore(() => CHECKS_AT_ONCE) } };
}
