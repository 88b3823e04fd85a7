import { defineService } from "../../shared/service/define-service";
import { closeCustomer } from "./actions/close-customer";
import { createApiKey } from "./actions/create-api-key";
import { createCustomer } from "./actions/create-customer";
import { createUser } from "./actions/create-user";
import { deactivateUser } from "./actions/deactivate-user";
import { findApiKey } from "./actions/find-api-key";
import { getApiKey } from "./actions/get-api-key";
import { getCustomer } from "./actions/get-customer";
import { getUser } from "./actions/get-user";
import { listApiKeys } from "./actions/list-api-keys";
import { listCustomers } from "./actions/list-customers";
import { listUsers } from "./actions/list-users";
import { login } from "./actions/login";
import { publicKeys } from "./actions/public-keys";
import { putCustomer } from "./actions/put-customer";
import { recordApiKeyUse } from "./actions/record-api-key-use";
import { refresh } from "./actions/refresh";
import { register } from "./actions/register";
import { revocations } from "./actions/revocations";
import { revoke } from "./actions/revoke";
import { revokeApiKey } from "./actions/revoke-api-key";
import { rotateApiKey } from "./actions/rotate-api-key";
import { rotateSigningKey } from "./actions/rotate-signing-key";
import { updateApiKey } from "./actions/update-api-key";
import { updateCustomer } from "./actions/update-customer";
import { updateUser } from "./actions/update-user";
import { ensureFirstStaff } from "./first-staff";
import { dropExpired } from "./queries/drop-expired";
import { setUp, type IdentityTools } from "./tools";

const HOUSEKEEPING_MS = 600_000;

export default defineService<"identity", IdentityTools>("identity", {
  actions: {
    register,
    createUser,
    listUsers,
    getUser,
    updateUser,
    deactivateUser,
    listCustomers,
    getCustomer,
    createCustomer,
    putCustomer,
    updateCustomer,
    closeCustomer,
    createApiKey,
    listApiKeys,
    getApiKey,
    updateApiKey,
    rotateApiKey,
    revokeApiKey,
    findApiKey,
    recordApiKeyUse,
    login,
    refresh,
    revoke,
    publicKeys,
    rotateSigningKey,
    revocations,
  },
  workers: ({ db, tools }) => [
    {
      name: "identity: dropping what has expired",
      step: () => dropExpired(db),
      interval_ms: HOUSEKEEPING_MS,
    },
    {
      name: "identity: replacing the signing key",
      step: () => tools.signingKeys.rotateWhenDue(),
      interval_ms: HOUSEKEEPING_MS,
    },
  ],
  setUp,
  started: ensureFirstStaff,
});
