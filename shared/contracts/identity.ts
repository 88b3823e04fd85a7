import { z } from "zod";
import {
  apiKey,
  apiKeyFacts,
  apiKeyName,
  apiKeyRotation,
  newApiKey,
  rateLimit,
  shownApiKey,
} from "./api-keys";
import {
  exportedLink,
  invitation,
  issuedLink,
  linkPurpose,
  linkToken,
  member,
  ownSession,
  secondFactorCode,
} from "./accounts";
import {
  action,
  comparable,
  defineContract,
  exportParams,
  id,
  instant,
  isoDate,
  pageOf,
  pageParams,
} from "./contract";
import {
  billedCustomer,
  customer,
  customerFact,
  customerFields,
  customerReference,
  email,
  externalId,
} from "./customers";

export const username = z
  .string()
  .min(1)
  .max(150)
  .regex(/^[\w.@+-]+$/, "may hold letters, digits and @ . + - _ only")
  // The console's commands would take it for an option.
  .regex(/^(?!-)/, "must not begin with -");
export { email };
export const password = z.string().min(8).max(128);

/**
 * Any name may try to log in, also one that no account can have; only what Postgres cannot store is refused.
 */
const loginName = z
  .string()
  .max(150)
  .regex(/^\P{Cc}*$/u, "must not hold control characters");

export const user = z
  .object({
    id,
    username,
    email,
    email_confirmed_at: instant.nullable().meta({ description: "null: by nobody yet" }),
    is_staff: z.boolean(),
    is_active: z.boolean(),
    date_joined: instant,
  })
  .meta({ id: "User" });
export type User = z.infer<typeof user>;

/** A user as the export of a customer shows it. */
export const exportedUser = z.object({
  ...user.shape,
  joined_at: instant,
  sessions: z
    .array(z.object({ id, created_at: instant }))
    .meta({ description: "those in which the user is signed in" }),
  failed_sign_ins: z.array(
    z.object({ origin: z.string().meta({ description: "network or device" }), attempted_at: instant }),
  ),
});
export type ExportedUser = z.infer<typeof exportedUser>;

export const tokenPair = z
  .object({
    access: z
      .string()
      .meta({ description: "JWT (ES256); send it as Authorization: Bearer; valid for 15 minutes" }),
    refresh: z.string().meta({ description: "opaque; may be used once" }),
  })
  .meta({ id: "TokenPair" });

/** The issuer and the audience in every access token. */
export const TOKEN_ISSUER = "subscription-billing";
export const TOKEN_AUDIENCE = "subscription-billing-api";

/** A user belongs to at most so many customers: all of them are in the access token. */
export const MAX_CUSTOMERS = 100;

/**
 * The claims of an access token; `sub` is the user's id, `sid` that of the session, `customers` are those
 * that the user belongs to.
 */
export const accessClaims = z.object({
  sub: id,
  staff: z.boolean(),
  sid: id,
  customers: z.array(id).max(MAX_CUSTOMERS),
});

const comparableCustomers = comparable(billedCustomer);
const someCustomerFields = z.strictObject(customerFields).partial();

/** What events say about a user. */
export const userFact = z.object({
  id,
  username: z.string(),
  email: z.string(),
  is_staff: z.boolean(),
  is_active: z.boolean(),
});

export const identity = defineContract("identity", {
  feedReaders: ["subscriptions", "invoicing", "notifications"],
  actions: {
    /** Limited by `client`, the caller's network address. */
    register: action(
      "anyone",
      z.strictObject({ username, email, password, client: loginName.optional() }),
      user,
      { idempotency: "transaction" },
    ),
    createUser: action("staff", z.strictObject({ username, email, password, is_staff: z.boolean() }), user, {
      idempotency: "transaction",
    }),
    listUsers: action("user", z.strictObject({ ...pageParams }), pageOf(user), { key: "admin" }),
    getUser: action("user", z.strictObject({ id }), user, { key: "admin" }),
    /** Only staff may set `is_staff` and `is_active`; users give their current password with a new one. */
    updateUser: action(
      "user",
      z.strictObject({
        id,
        username: username.optional(),
        email: email.optional(),
        password: password.optional(),
        current_password: z.string().max(128).optional(),
        is_staff: z.boolean().optional(),
        is_active: z.boolean().optional(),
      }),
      user,
    ),
    deactivateUser: action("user", z.strictObject({ id }), z.null()),
    /** Newest last: users see those they belong to, staff all. */
    listCustomers: action(
      "user",
      z.strictObject({
        ...exportParams,
        external_id: externalId.optional(),
        email: email.optional(),
        created_from: isoDate.optional(),
        created_to: isoDate.optional().meta({ description: "that day included" }),
      }),
      pageOf(customer),
      { key: "read" },
    ),
    getCustomer: action(["user", "invoicing"], z.strictObject({ customer: customerReference }), customer, {
      key: "read",
    }),
    /** `name` is required; without `locale` it is `en`. */
    createCustomer: action("staff", someCustomerFields.required({ name: true }), customer, {
      key: "write",
      idempotency: "transaction",
    }),
    /** Creates the customer with this external id, or changes the fields that are given. */
    putCustomer: action(
      "staff",
      someCustomerFields.extend({ external_id: externalId }),
      z.object({ customer, created: z.boolean() }),
      { key: "write" },
    ),
    /** Users may change name, email, locale and address of customers that they belong to. */
    updateCustomer: action("user", someCustomerFields.extend({ customer: customerReference }), customer, {
      key: "write",
    }),
    /** For the export of a customer: its users, by their ids. Nothing for an unknown customer. */
    exportUsers: action("staff", z.strictObject({ customer: id, ...pageParams }), pageOf(exportedUser), {
      key: "admin",
    }),
    /** For the export of a customer: the links that were mailed to its users and to those it has invited. */
    exportLinks: action("staff", z.strictObject({ customer: id, ...pageParams }), pageOf(exportedLink), {
      key: "admin",
    }),
    /** Its subscriptions end today; it stays in the books. */
    closeCustomer: action("staff", z.strictObject({ customer: customerReference }), z.null(), {
      key: "write",
    }),
    /** Takes what names a closed customer, and the users who belong to it alone, out of all services. */
    eraseCustomer: action("staff", z.strictObject({ customer: customerReference }), z.null(), {
      key: "admin",
      idempotency: "transaction",
    }),
    /**
     * Mails a link with which a user can join. Another invitation of the same address takes the place of the
     * first.
     */
    inviteMember: action("user", z.strictObject({ customer: customerReference, email }), invitation, {
      key: "write",
      idempotency: "transaction",
    }),
    /** Those that are open, newest first. */
    listInvitations: action(
      "user",
      z.strictObject({ customer: customerReference, ...pageParams }),
      pageOf(invitation),
      { key: "read" },
    ),
    withdrawInvitation: action("user", z.strictObject({ customer: customerReference, id }), z.null(), {
      key: "write",
    }),
    /** A signed-in user joins; anyone else makes an account, with the address that was invited. */
    acceptInvitation: action(
      "anyone",
      z.strictObject({ token: linkToken, username: username.optional(), password: password.optional() }),
      z.object({ customer: id, user: id }),
      { idempotency: "transaction" },
    ),
    listMembers: action(
      "user",
      z.strictObject({ customer: customerReference, ...pageParams }),
      pageOf(member),
      { key: "read" },
    ),
    /** Ends the user's sessions, because access tokens name the customers of their user. */
    removeMember: action("user", z.strictObject({ customer: customerReference, user: id }), z.null(), {
      key: "write",
    }),
    /**
     * Mails a link to every account with the address. The answer is the same where there is none. Limited by
     * `client`, the caller's network address.
     */
    requestPasswordReset: action("anyone", z.strictObject({ email, client: loginName }), z.null(), {
      idempotency: "transaction",
    }),
    /** Sets the password, and ends all sessions. */
    resetPassword: action("anyone", z.strictObject({ token: linkToken, password }), z.null(), {
      idempotency: "transaction",
    }),
    /** Mails the caller a link to confirm the address of the account. */
    requestEmailConfirmation: action("user", z.strictObject({}), z.null(), {
      idempotency: "transaction",
    }),
    confirmEmail: action("anyone", z.strictObject({ token: linkToken }), z.null(), {
      idempotency: "transaction",
    }),
    /** Whether the user who signed up as a customer has confirmed the address; true where there is none. */
    isEmailConfirmed: action(
      ["subscriptions"],
      z.strictObject({ customer: id }),
      z.object({ confirmed: z.boolean() }),
    ),
    /** Mails a link to the new address, which counts once the link is opened. */
    requestEmailChange: action("user", z.strictObject({ email, password: z.string().max(128) }), z.null(), {
      idempotency: "transaction",
    }),
    changeEmail: action("anyone", z.strictObject({ token: linkToken }), z.null(), {
      idempotency: "transaction",
    }),
    digestBilledCustomers: comparableCustomers.digest,
    listBilledCustomers: comparableCustomers.list,
    listOwnSessions: action("user", z.strictObject({}), z.array(ownSession)),
    /** Without an id: all but the caller's present one. */
    endOwnSessions: action("user", z.strictObject({ id: id.optional() }), z.null()),
    /** The secret is in the answer, and nowhere else. */
    startTotp: action(
      "user",
      z.strictObject({ password: z.string().max(128) }),
      z.object({ secret: z.string(), uri: z.string() }),
    ),
    /** Ends all sessions. The recovery codes are in the answer, and nowhere else. */
    confirmTotp: action(
      "user",
      z.strictObject({ code: secondFactorCode }),
      z.object({ recovery_codes: z.array(z.string()) }),
    ),
    removeTotp: action("user", z.strictObject({ code: secondFactorCode }), z.null()),
    /** For operators: a user has lost the device and the recovery codes. */
    resetTotp: action([], z.strictObject({ username: loginName }), z.null()),
    /** The link with a new secret, to be mailed now; null for one that is used, withdrawn or expired. */
    issueAccountLink: action(["notifications"], z.strictObject({ id }), issuedLink.nullable()),
    /** The key itself is in the answer, and nowhere else. */
    createApiKey: action("staff", newApiKey, shownApiKey),
    listApiKeys: action("staff", z.strictObject({ ...pageParams }), pageOf(apiKey)),
    getApiKey: action("staff", z.strictObject({ id }), apiKey),
    updateApiKey: action(
      "staff",
      z.strictObject({ id, name: apiKeyName.optional(), rate_limit: rateLimit.optional() }),
      apiKey,
    ),
    /** A new secret; the old one stays valid for the overlap. */
    rotateApiKey: action("staff", apiKeyRotation, shownApiKey),
    revokeApiKey: action("staff", z.strictObject({ id }), z.null()),
    /** What the gateway checks a key by; null for one that does not exist. */
    findApiKey: action(["gateway"], z.strictObject({ id }), apiKeyFacts.nullable()),
    /** When keys were last used, in bulk. */
    recordApiKeyUse: action(
      ["gateway"],
      z.strictObject({ used: z.array(z.strictObject({ id, at: z.iso.datetime() })).max(1_000) }),
      z.null(),
    ),
    /**
     * Failed attempts are throttled by user name and `client`, the caller's network address; those of a
     * `device` that has signed in before are counted by themselves.
     */
    login: action(
      "anyone",
      z.strictObject({
        username: loginName,
        password: z.string().max(1000),
        code: secondFactorCode.optional(),
        client: loginName,
        device: z.string().max(200).optional(),
      }),
      tokenPair.extend({ device: z.string() }),
    ),
    refresh: action("anyone", z.strictObject({ refresh: z.string().max(500) }), tokenPair),
    revoke: action("anyone", z.strictObject({ refresh: z.string().max(500) }), z.null()),
    /** The public keys for access tokens: the current one and those that were replaced recently. */
    publicKeys: action(
      ["gateway"],
      z.strictObject({}),
      z.array(z.object({ kid: z.string(), pem: z.string() })),
    ),
    /**
     * Makes a new signing key, as happens every 90 days; tokens of the old key are valid until they expire.
     */
    rotateSigningKey: action([], z.strictObject({}), z.object({ kid: z.string() })),
    /** The ids of the sessions that have ended, until all their access tokens have expired. */
    revocations: action(["gateway"], z.strictObject({ cursor: z.string().max(500).optional() }), pageOf(id)),
  },
  events: {
    "user.registered": userFact,
    "user.updated": userFact,
    "customer.created": customerFact,
    "customer.updated": customerFact,
    "customer.closed": customerFact,
    /** Its names are gone, and so are those of `users`, who belonged to it alone. */
    "customer.erased": z.object({ id, users: z.array(id) }),
    "customer.member_joined": z.object({ customer: id, user: id }),
    "customer.member_removed": z.object({ customer: id, user: id }),
    /** A link is to be mailed: to the address of the user, or to somebody who is invited to the customer. */
    "account_link.created": z.object({
      id,
      purpose: linkPurpose,
      user: id.nullable(),
      customer: id.nullable(),
    }),
    "account_link.withdrawn": z.object({ id }),
    /** The address of the user was `old_email`, which is told. */
    "user.email_changed": z.object({ user_id: id, old_email: z.string() }),
    /** Another account, named `username`, now has the email address of the user `user_id`, who is told. */
    "user.email_used_again": z.object({ user_id: id, username: z.string() }),
  },
});
