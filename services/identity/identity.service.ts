import { defineService } from "../../shared/service/define-service";
import { closeCustomer } from "./actions/close-customer";
import { createCustomer } from "./actions/create-customer";
import { createUser } from "./actions/create-user";
import { deactivateUser } from "./actions/deactivate-user";
import { getCustomer } from "./actions/get-customer";
import { getUser } from "./actions/get-user";
import { listCustomers } from "./actions/list-customers";
import { listUsers } from "./actions/list-users";
import { login } from "./actions/login";
import { publicKeys } from "./actions/public-keys";
import { putCustomer } from "./actions/put-customer";
import { refresh } from "./actions/refresh";
import { register } from "./actions/register";
import { revocations } from "./actions/revocations";
import { revoke } from "./actions/revoke";
import { rotateSigningKey } from "./actions/rotate-signing-key";
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
