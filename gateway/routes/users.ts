import { z } from "zod";
import { isStaff, userIdOf } from "../../shared/service/caller";
import { invalid, notFound } from "../../shared/errors";
import { identity, user } from "../../shared/contracts/identity";
import { listQuery, page } from "./lists";
import { created, noContent, ok } from "./replies";
import { route, type Resource } from "./route";

const newUser = identity.actions.register.params.omit({ client: true }).extend({
  is_staff: z.boolean().optional().meta({ description: "only staff may set it" }),
});

/** User accounts. Customers see their own account, staff see all. */
export const users: Resource = {
  name: "users",
  description: "Accounts of customers and staff.",
  item: "user",
  routes: [
    route({
      method: "post",
      path: "/api/users/",
      operation: "createUser",
      auth: "optional",
      idempotent: ["identity.createUser", "identity.register"],
      summary: "Sign up",
      description:
        "Without a token, or as a customer: a new customer account. Staff can also create staff accounts.",
      body: newUser,
      response: { 201: user },
      handler: async ({ caller, call, client, body: { is_staff, ...account } }) => {
        if (isStaff(caller)) {
          return created(await call("identity.createUser", { ...account, is_staff: is_staff ?? false }));
        }
        if (is_staff !== undefined) throw invalid({ field: "is_staff", message: "is not a known field" });
        return created(await call("identity.register", { ...account, client }));
      },
    }),
    route({
      method: "get",
      path: "/api/users/",
      operation: "listUsers",
      auth: "user",
      key: "admin",
      summary: "List users",
      description: "Customers get their own account, staff get all.",
      query: listQuery({}),
      response: { 200: z.array(user) },
      handler: async (context) => page(context, await context.call("identity.listUsers", context.query)),
    }),
    route({
      method: "get",
      path: "/api/users/me/",
      operation: "getCurrentUser",
      auth: "user",
      summary: "Get the caller's own account",
      response: { 200: user },
      handler: async ({ caller, call }) => {
        const id = userIdOf(caller);
        if (id === undefined) throw notFound("user");
        return ok(await call("identity.getUser", { id }));
      },
    }),
    route({
      method: "get",
      path: "/api/users/{id}/",
      operation: "getUser",
      auth: "user",
      key: "admin",
      summary: "Get a user",
      response: { 200: user },
      handler: async ({ call, params }) => ok(await call("identity.getUser", params)),
    }),
    route({
      method: "patch",
      path: "/api/users/{id}/",
      operation: "updateUser",
      auth: "user",
      summary: "Change a user",
      description: "To change their own password, users must send the current one too.",
      body: identity.actions.updateUser.params.omit({ id: true }),
      response: { 200: user },
      handler: async ({ call, params, body }) =>
        ok(await call("identity.updateUser", { ...params, ...body })),
    }),
    route({
      method: "delete",
      path: "/api/users/{id}/",
      operation: "deactivateUser",
      auth: "user",
      summary: "Deactivate a user",
      description: "The user can no longer sign in. Subscriptions and invoices are kept.",
      response: { 204: null },
      handler: async ({ call, params }) => {
        await call("identity.deactivateUser", params);
        return noContent();
      },
    }),
  ],
};
