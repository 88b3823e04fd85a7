import { z } from "zod";
import { invitation, member } from "../../shared/contracts/accounts";
import { identity } from "../../shared/contracts/identity";
import { listQuery, page } from "./lists";
import { created, noContent, ok } from "./replies";
import { route, type Resource } from "./route";

const { acceptInvitation, inviteMember } = identity.actions;

/** The users who belong to a customer, and how others join. */
export const members: Resource = {
  name: "members",
  description: "The users who belong to a customer, and invitations to become one.",
  item: "member",
  routes: [
    route({
      method: "get",
      path: "/api/customers/{customer}/members/",
      operation: "listMembers",
      auth: "user",
      key: "read",
      summary: "List the users who belong to a customer",
      query: listQuery({}),
      response: { 200: z.array(member) },
      handler: async (context) =>
        page(context, await context.call("identity.listMembers", { ...context.params, ...context.query })),
    }),
    route({
      method: "delete",
      path: "/api/customers/{customer}/members/{user}/",
      operation: "removeMember",
      auth: "user",
      key: "write",
      summary: "Take a user away from a customer",
      description: "The user is signed out everywhere. Only staff can take the last one away.",
      response: { 204: null },
      handler: async ({ call, params }) => {
        await call("identity.removeMember", params);
        return noContent();
      },
    }),
    route({
      method: "get",
      path: "/api/customers/{customer}/invitations/",
      operation: "listInvitations",
      auth: "user",
      key: "read",
      summary: "List the open invitations to a customer",
      query: listQuery({}),
      response: { 200: z.array(invitation) },
      handler: async (context) =>
        page(
          context,
          await context.call("identity.listInvitations", { ...context.params, ...context.query }),
        ),
    }),
    route({
      method: "post",
      path: "/api/customers/{customer}/invitations/",
      operation: "inviteMember",
      auth: "user",
      key: "write",
      idempotent: ["identity.inviteMember"],
      summary: "Invite somebody to belong to a customer",
      description:
        "They get a mail with a link, which works for seven days. The same address again gets a new one.",
      body: inviteMember.params.omit({ customer: true }),
      response: { 201: invitation },
      handler: async ({ call, params, body }) =>
        created(await call("identity.inviteMember", { ...body, ...params })),
    }),
    route({
      method: "delete",
      path: "/api/customers/{customer}/invitations/{id}/",
      operation: "withdrawInvitation",
      auth: "user",
      key: "write",
      summary: "Withdraw an invitation",
      response: { 204: null },
      handler: async ({ call, params }) => {
        await call("identity.withdrawInvitation", params);
        return noContent();
      },
    }),
    route({
      method: "post",
      path: "/api/invitations/accept/",
      operation: "acceptInvitation",
      auth: "optional",
      idempotent: ["identity.acceptInvitation"],
      summary: "Accept an invitation",
      description:
        "A signed-in user joins, and sends the token alone; refresh the access token after it. Anyone else " +
        "makes a new account.",
      body: acceptInvitation.params,
      response: { 200: acceptInvitation.result },
      handler: async ({ call, body }) => ok(await call("identity.acceptInvitation", body)),
    }),
  ],
};
