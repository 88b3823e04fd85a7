import { defineService } from "../../shared/service/define-service";
import { acceptInvitation } from "./actions/accept-invitation";
import { changeEmail } from "./actions/change-email";
import { confirmEmail } from "./actions/confirm-email";
import { inviteMember } from "./actions/invite-member";
import { isEmailConfirmed } from "./actions/is-email-confirmed";
import { issueAccountLink } from "./actions/issue-account-link";
import { listInvitations } from "./actions/list-invitations";
import { listMembers } from "./actions/list-members";
import { removeMember } from "./actions/remove-member";
import { requestEmailChange } from "./actions/request-email-change";
import { requestEmailConfirmation } from "./actions/request-email-confirmation";
import { requestPasswordReset } from "./actions/request-password-reset";
import { resetPassword } from "./actions/reset-password";
import { withdrawInvitation } from "./actions/withdraw-invitation";
import { confirmTotp } from "./actions/confirm-totp";
import { endOwnSessions } from "./actions/end-own-sessions";
import { listOwnSessions } from "./actions/list-own-sessions";
import { removeTotp } from "./actions/remove-totp";
import { resetTotp } from "./actions/reset-totp";
import { startTotp } from "./actions/start-totp";
import { digestBilledCustomers, listBilledCustomers } from "./actions/billed-customers";
import { closeCustomer } from "./actions/close-customer";
import { createApiKey } from "./actions/create-api-key";
import { createCustomer } from "./actions/create-customer";
import { createUser } from "./actions/create-user";
import { deactivateUser } from "./actions/deactivate-user";
import { eraseCustomer } from "./actions/erase-customer";
import { exportLinks } from "./actions/export-links";
import { exportUsers } from "./actions/export-users";
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
import { dropOldLinks } from "./links";
import { dropExpired } from "./queries/drop-expired";
import { dropRequests } from "./queries/reset-requests";
import { answerResetRequests } from "./workers/answer-reset-requests";
import { setUp, type IdentityTools } from "./tools";

const RESET_REQUESTS_MS = 15_000;
const HOUSEKEEPING_MS = 600_000;

export default defineService<"identity", IdentityTools>("identity", {
  actions: {
    register,
    createUser,
    listUsers,
    getUser,
    updateUser,
    deactivateUser,
    eraseCustomer,
    exportLinks,
    exportUsers,
    listCustomers,
    getCustomer,
    createCustomer,
    putCustomer,
    updateCustomer,
    closeCustomer,
    acceptInvitation,
    changeEmail,
    confirmEmail,
    inviteMember,
    isEmailConfirmed,
    issueAccountLink,
    listInvitations,
    listMembers,
    removeMember,
    requestEmailChange,
    requestEmailConfirmation,
    requestPasswordReset,
    resetPassword,
    withdrawInvitation,
    confirmTotp,
    endOwnSessions,
    listOwnSessions,
    removeTotp,
    resetTotp,
    startTotp,
    digestBilledCustomers,
    listBilledCustomers,
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
  workers: ({ db, tools, transaction }) => [
    {
      name: "identity: answering who has forgotten a password",
      step: () => answerResetRequests({ db, transaction }),
      interval_ms: RESET_REQUESTS_MS,
    },
    {
      name: "identity: dropping what has expired",
      step: async () => (await dropExpired(db)) + (await dropRequests(db)) + (await dropOldLinks(db)),
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
