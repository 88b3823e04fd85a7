import { z } from "zod";
import { ownSession } from "../../shared/contracts/accounts";
import { identity } from "../../shared/contracts/identity";
import { noContent, ok } from "./replies";
import { route, type Resource } from "./route";

const { confirmTotp, removeTotp, startTotp } = identity.actions;

/** How the signed-in user signs in. */
export const ownAccount: Resource = {
  name: "sign-in",
  description: "The signed-in user's sessions, and the second factor.",
  item: "session",
  routes: [
    route({
      method: "get",
      path: "/api/sessions/",
      operation: "listSessions",
      auth: "user",
      summary: "List the own sessions",
      response: { 200: z.array(ownSession) },
      handler: async ({ call }) => ok(await call("identity.listOwnSessions", {})),
    }),
    route({
      method: "delete",
      path: "/api/sessions/{id}/",
      operation: "endSession",
      auth: "user",
      summary: "End an own session",
      description: "Its access tokens end within 30 seconds.",
      response: { 204: null },
      handler: async ({ call, params }) => {
        await call("identity.endOwnSessions", params);
        return noContent();
      },
    }),
    route({
      method: "delete",
      path: "/api/sessions/",
      operation: "endOtherSessions",
      auth: "user",
      summary: "End all own sessions but this one",
      response: { 204: null },
      handler: async ({ call }) => {
        await call("identity.endOwnSessions", {});
        return noContent();
      },
    }),
    route({
      method: "post",
      path: "/api/users/me/totp/",
      operation: "startTotp",
      auth: "user",
      summary: "Begin to sign in with a second factor",
      description: "The secret is shown once, for an authenticator app. It counts when a code was confirmed.",
      body: startTotp.params,
      response: { 200: startTotp.result },
      handler: async ({ call, body }) => ok(await call("identity.startTotp", body)),
    }),
    route({
      method: "post",
      path: "/api/users/me/totp/confirm/",
      operation: "confirmTotp",
      auth: "user",
      summary: "Turn the second factor on by its first code",
      description:
        "All sessions end. Each recovery code replaces a code once; they are shown only in this answer.",
      body: confirmTotp.params,
      response: { 200: confirmTotp.result },
      handler: async ({ call, body }) => ok(await call("identity.confirmTotp", body)),
    }),
    route({
      method: "delete",
      path: "/api/users/me/totp/",
      operation: "removeTotp",
      auth: "user",
      summary: "Turn the second factor off",
      body: removeTotp.params,
      response: { 204: null },
      handler: async ({ call, body }) => {
        await call("identity.removeTotp", body);
        return noContent();
      },
    }),
  ],
};
