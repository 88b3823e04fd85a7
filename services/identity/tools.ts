import { Semaphore } from "../../shared/service/semaphore";
import type { ActionName } from "../../shared/contracts";
import type { ActionHandler, ServiceEnv } from "../../shared/service/service-env";
import { hashPassword, randomPassword } from "./passwords";
import { SigningKeys } from "./signing-keys";

/** Node hashes passwords in four threads; more checks at once would only hold connections. */
const CHECKS_AT_ONCE = 4;

/** What this service needs besides the database. */
export interface IdentityTools {
  signingKeys: SigningKeys;
  /** Hash of a random password, checked for unknown users so that their answer takes the same time. */
  dummyHash: string;
  /** Limits how many passwords are checked at once. */
  passwordChecks: Semaphore;
}

export type IdentityEnv = ServiceEnv<IdentityTools>;
export type IdentityAction<Name extends ActionName> = ActionHandler<Name, IdentityTools>;

/** Makes the tools, and creates the first signing key. */
export async function setUp({ db }: Pick<ServiceEnv, "db">): Promise<{ tools: IdentityTools }> {
  const signingKeys = new SigningKeys(db);
  await signingKeys.current();
  const dummyHash = await hashPassword(randomPassword());
  return { tools: { signingKeys, dummyHash, passwordChecks: new Semaphore(() => CHECKS_AT_ONCE) } };
}
