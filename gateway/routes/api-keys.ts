import { z } from "zod";
import { apiKey, shownApiKey } from "../../shared/contracts/api-keys";
import { identity } from "../../shared/contracts/identity";
import { listQuery, page } from "./lists";
import { created, noContent, ok } from "./replies";
import { route, type Resource } from "./route";

const { createApiKey, updateApiKey, rotateApiKey } = identity.actions;

/** The keys with which a team's own software calls. People make them: no key may use these routes. */
export const apiKeys: Resource = {
  name: "api-keys",
  description: "The keys with which your own software calls this API.",
  item: "api key",
  routes: [
    route({
      method: "post",
      path: "/api/api-keys/",
      operation: "createApiKey",
      auth: "staff",
      summary: "Create an API key",
      description:
        "The answer holds the key, which is never shown again. Scopes: `read` sees all customers' objects; " +
        "`write` also makes and changes them; `admin` may also do what staff may, except for accounts of " +
        "people and API keys.",
      body: createApiKey.params,
      response: { 201: shownApiKey },
      handler: async ({ call, body }) => created(await call("identity.createApiKey", body)),
    }),
    route({
      method: "get",
      path: "/api/api-keys/",
      operation: "listApiKeys",
      auth: "staff",
      summary: "List API keys",
      description: "All of them, also those that are revoked or have expired; without their secrets.",
      query: listQuery({}),
      response: { 200: z.array(apiKey) },
      handler: async (context) => page(context, await context.call("identity.listApiKeys", context.query)),
    }),
    route({
      method: "get",
      path: "/api/api-keys/{id}/",
      operation: "getApiKey",
      auth: "staff",
      summary: "Get an API key",
      response: { 200: apiKey },
      handler: async ({ call, params }) => ok(await call("identity.getApiKey", params)),
    }),
    route({
      method: "patch",
      path: "/api/api-keys/{id}/",
      operation: "updateApiKey",
      auth: "staff",
      summary: "Change an API key's name or limit",
      body: updateApiKey.params.omit({ id: true }),
      response: { 200: apiKey },
      handler: async ({ call, params, body }) =>
        ok(await call("identity.updateApiKey", { ...params, ...body })),
    }),
    route({
      method: "post",
      path: "/api/api-keys/{id}/rotate/",
      operation: "rotateApiKey",
      auth: "staff",
      summary: "Give an API key a new secret",
      description:
        "The answer holds the key with its new secret, which is never shown again. The old secret stays " +
        "valid for `overlap_s` seconds; 0 ends it at once.",
      body: rotateApiKey.params.omit({ id: true }),
      response: { 200: shownApiKey },
      handler: async ({ call, params, body }) =>
        ok(await call("identity.rotateApiKey", { ...params, ...body })),
    }),
    route({
      method: "delete",
      path: "/api/api-keys/{id}/",
      operation: "revokeApiKey",
      auth: "staff",
      summary: "Revoke an API key",
      description: "It ends for good, on every gateway within 30 seconds.",
      response: { 204: null },
      handler: async ({ call, params }) => {
        await call("identity.revokeApiKey", params);
        return noContent();
      },
    }),
  ],
};
