import { z } from "zod";
import { identity } from "../../shared/contracts/identity";
import { accountPage, ACCOUNT_PAGES, type AccountPageName } from "../pages/account-page";
import { pageReply } from "../pages/page-reply";
import { noContent } from "./replies";
import { route, type Reply, type Resource, type RouteContext } from "./route";

const { requestPasswordReset, resetPassword, confirmEmail, requestEmailChange, changeEmail } =
  identity.actions;

/** Where each page is, to which its script posts, and the name of the operation that shows it. */
const PAGES: Record<AccountPageName, { path: string; operation: string }> = {
  invitations: { path: "/api/invitations/accept/", operation: "showInvitationPage" },
  "password-reset": { path: "/api/password-reset/confirm/", operation: "showPasswordResetPage" },
  "email-confirmation": { path: "/api/email-confirmation/confirm/", operation: "showEmailConfirmationPage" },
  "email-change": { path: "/api/email-change/confirm/", operation: "showEmailChangePage" },
};

const told = z.object({ detail: z.string() });
const tell = (detail: string): Reply => ({ status: 202, body: { detail } });

function showPage(name: AccountPageName, { basePath, config }: RouteContext) {
  return pageReply(200, accountPage(name, { basePath, seller: config.seller, sandbox: false }), {
    "script-src": ["'self'"],
    "connect-src": ["'self'"],
  });
}

/** What the links in mails about accounts do, and the pages that they open. */
export const accountLinks: Resource = {
  name: "account links",
  description: "Forgotten passwords, and email addresses that are confirmed by a link.",
  item: "account",
  routes: [
    ...(Object.keys(ACCOUNT_PAGES) as AccountPageName[]).map((name) =>
      route({
        method: "get",
        ...PAGES[name],
        auth: "anyone",
        summary: `Show the page of a link: ${ACCOUNT_PAGES[name].title}`,
        response: { 200: "text/html" },
        handler: (context) => showPage(name, context),
      }),
    ),
    route({
      method: "post",
      path: "/api/password-reset/",
      operation: "requestPasswordReset",
      auth: "anyone",
      idempotent: ["identity.requestPasswordReset"],
      summary: "Ask for a new password",
      description:
        "Every account with the address gets a mail with a link, which works for 30 minutes. The answer is " +
        "the same where there is none.",
      body: requestPasswordReset.params.omit({ client: true }),
      response: { 202: told },
      handler: async ({ call, body, client }) => {
        await call("identity.requestPasswordReset", { ...body, client });
        return tell("Accounts with this address get a mail with a link.");
      },
    }),
    route({
      method: "post",
      path: PAGES["password-reset"].path,
      operation: "resetPassword",
      auth: "anyone",
      idempotent: ["identity.resetPassword"],
      summary: "Set a new password by the link in the mail",
      description: "All sessions of the account end.",
      body: resetPassword.params,
      response: { 204: null },
      handler: async ({ call, body }) => {
        await call("identity.resetPassword", body);
        return noContent();
      },
    }),
    route({
      method: "post",
      path: "/api/users/me/email-confirmation/",
      operation: "requestEmailConfirmation",
      auth: "user",
      idempotent: ["identity.requestEmailConfirmation"],
      summary: "Ask for another mail to confirm the address of the own account",
      response: { 202: told },
      handler: async ({ call }) => {
        await call("identity.requestEmailConfirmation", {});
        return tell("We have sent a mail with a link to your address.");
      },
    }),
    route({
      method: "post",
      path: PAGES["email-confirmation"].path,
      operation: "confirmEmail",
      auth: "anyone",
      idempotent: ["identity.confirmEmail"],
      summary: "Confirm an email address by the link in the mail",
      body: confirmEmail.params,
      response: { 204: null },
      handler: async ({ call, body }) => {
        await call("identity.confirmEmail", body);
        return noContent();
      },
    }),
    route({
      method: "post",
      path: "/api/users/me/email/",
      operation: "requestEmailChange",
      auth: "user",
      idempotent: ["identity.requestEmailChange"],
      summary: "Change the email address of the own account",
      description:
        "The new address gets a mail with a link, and counts once it is opened. Then the old one is told.",
      body: requestEmailChange.params,
      response: { 202: told },
      handler: async ({ call, body }) => {
        await call("identity.requestEmailChange", body);
        return tell("We have sent a mail with a link to the new address.");
      },
    }),
    route({
      method: "post",
      path: PAGES["email-change"].path,
      operation: "changeEmail",
      auth: "anyone",
      idempotent: ["identity.changeEmail"],
      summary: "Confirm a new email address by the link in the mail",
      body: changeEmail.params,
      response: { 204: null },
      handler: async ({ call, body }) => {
        await call("identity.changeEmail", body);
        return noContent();
      },
    }),
  ],
};
