import type { ActionName } from "../../shared/contracts";
import type { ActionHandler, ServiceEnv } from "../../shared/service/service-env";
import { HashingQueue } from "./hashing-queue";
import { hashPassword, randomPassword } from "./passwords";
import { SigningKeys } from "./signing-keys";

/** What this service needs besides the database. */
export interface IdentityTools {
  signingKeys: SigningKeys;
  /** Hash of a random password, checked for unknown users so that their answer takes the same time. */
  dummyHash: string;
  hashing: HashingQueue;
}

export type IdentityEnv = ServiceEnv<IdentityTools>;
export type IdentityAction<Name extends ActionName> = ActionHandler<Name, IdentityTools>;

/** Makes the tools, and creates the first signing key. */
export async function setUp({ db }: Pick<ServiceEnv, "db">): Promise<{ tools: IdentityTools }> {
  const signingKeys = new SigningKeys(db);
  await signingKeys.current();
  const dummyHash = await hashPassword(randomPassword());
  return { tools: { signingKeys, dummyHash, hashing: new HashingQueue() } };
}
