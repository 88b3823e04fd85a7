import type { ActionHandler } from "../../../shared/service/service-env";
import { readRevokedUsers } from "../queries/revoked-users";

/** Lists the users whose access tokens below a version are not valid any more. */
export const revocations: ActionHandler<"identity.revocations"> = ({ db }) => readRevokedUsers(db);
