import type { ActionHandler } from "../../../shared/service/service-env";
import { readRevokedUsers } from "../queries/revoked-users";

/** Tells whose access tokens are void below which version. */
export const revocations: ActionHandler<"identity.revocations"> = ({ db }) => readRevokedUsers(db);
