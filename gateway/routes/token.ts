import { identity, tokenPair } from "../../shared/contracts/identity";
import { deviceCookie, deviceOf } from "../auth/device-cookie";
import { noContent, ok } from "./replies";
import { route, type Resource } from "./route";

/** Signing in and out. Refresh tokens are sent only to these addresses. */
export const token: Resource = {
  name: "token",
  description: "Signing in and out. Refresh tokens are sent only to these addresses.",
  item: "token",
  routes: [
    route({
      method: "post",
      path: "/api/token/",
      operation: "signIn",
      auth: "anyone",
      summary: "Sign in",
      description:
        "Sets the cookie `billing_device`. A client that sends it back at its next login is not stopped " +
        "by others who guess the password. Who has a second factor sends its `code` too; without one the " +
        "answer is 401 `token.code_required`, after the right password only.",
      body: identity.actions.login.params.omit({ client: true, device: true }),
      response: { 200: tokenPair },
      handler: async ({ call, body, client, headers, config }) => {
        const known = deviceOf(headers.cookie);
        const { device, ...pair } = await call("identity.login", { ...body, client, ...known });
        return { ...ok(pair), headers: { "set-cookie": deviceCookie(device, config.publicUrl) } };
      },
    }),
    route({
      method: "post",
      path: "/api/token/refresh/",
      operation: "refreshToken",
      auth: "anyone",
      summary: "Exchange a refresh token for new tokens",
      description: "A refresh token works once, for ten seconds also again. A later use ends the session.",
      body: identity.actions.refresh.params,
      response: { 200: tokenPair },
      handler: async ({ call, body }) => ok(await call("identity.refresh", body)),
    }),
    route({
      method: "post",
      path: "/api/token/revoke/",
      operation: "signOut",
      auth: "anyone",
      summary: "Sign out",
      body: identity.actions.revoke.params,
      response: { 204: null },
      handler: async ({ call, body }) => {
        await call("identity.revoke", body);
        return noContent();
      },
    }),
  ],
};
