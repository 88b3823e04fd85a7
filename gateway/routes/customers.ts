import { z } from "zod";
import type { Call } from "../../shared/contracts";
import { isoDate } from "../../shared/contracts/contract";
import { fieldsOf } from "../../shared/contracts/fields";
import { identity } from "../../shared/contracts/identity";
import {
  customer,
  email,
  EXTERNAL_ID_PREFIX,
  externalId,
  type Customer,
} from "../../shared/contracts/customers";
import { errorType } from "../../shared/errors";
import { product } from "../../shared/contracts/catalog";
import { entitlements } from "../../shared/contracts/subscriptions";
import { customerExport, exportReply } from "./customer-export";
import { customerId } from "./customer-references";
import { withoutFixed } from "./fixed-fields";
import { exportQuery, list } from "./lists";
import { created, noContent, ok } from "./replies";
import { route, type Resource } from "./route";

const { createCustomer, putCustomer, updateCustomer } = identity.actions;

/** What GET answers and nobody sets. */
const setByUs = customer.pick({ id: true, user: true, closed_at: true, created_at: true });
const FIXED_FIELDS = [...fieldsOf(setByUs), "external_id"] as const;

/** The present values of what a PUT may only repeat. They are read only if it does. */
async function presentOf(
  call: Call,
  external_id: string,
  body: { [Field in keyof z.infer<typeof setByUs>]?: unknown },
): Promise<Partial<Customer>> {
  if (fieldsOf(setByUs).every((field) => body[field] === undefined)) return { external_id };
  try {
    return await call("identity.getCustomer", { customer: EXTERNAL_ID_PREFIX + external_id });
  } catch (error) {
    if (errorType(error) === "customer.not_found") return { external_id };
    throw error;
  }
}

/** Customers: who is billed. Users see those that they belong to, staff see all. */
export const customers: Resource = {
  name: "customers",
  description: "Who is billed: people who signed up, and customers that your own software has entered.",
  item: "customer",
  routes: [
    route({
      method: "get",
      path: "/api/customers/",
      operation: "listCustomers",
      auth: "user",
      key: "read",
      summary: "List customers",
      description: "Users get those that they belong to, staff get all.",
      query: exportQuery({
        external_id: externalId.optional(),
        email: email.optional(),
        created_from: isoDate.optional(),
        created_to: isoDate.optional().meta({ description: "that day included" }),
      }),
      response: { 200: [z.array(customer), "text/csv"] },
      handler: (context) =>
        list(context, {
          name: "customers",
          columns: Object.keys(customer.shape),
          query: context.query,
          read: (query) => context.call("identity.listCustomers", query),
        }),
    }),
    route({
      method: "post",
      path: "/api/customers/",
      operation: "createCustomer",
      auth: "staff",
      key: "write",
      idempotent: ["identity.createCustomer"],
      summary: "Create a customer",
      description: "A customer without users, who can be subscribed and billed. Users can be invited to it.",
      body: createCustomer.params,
      response: { 201: customer },
      handler: async ({ call, body }) => created(await call("identity.createCustomer", body)),
    }),
    route({
      method: "put",
      path: "/api/customers/by-external-id/{external_id}/",
      operation: "putCustomer",
      auth: "staff",
      key: "write",
      summary: "Create or change the customer with an external id",
      description: "Fields that are not given stay as they are. A new customer needs a name.",
      body: putCustomer.params.partial().extend(setByUs.partial().shape),
      response: { 200: customer, 201: customer },
      handler: async ({ call, params, body }) => {
        const present = await presentOf(call, params.external_id, body);
        const changes = withoutFixed(body, present, FIXED_FIELDS);
        const put = await call("identity.putCustomer", { ...changes, ...params });
        return put.created ? created(put.customer) : ok(put.customer);
      },
    }),
    route({
      method: "get",
      path: "/api/customers/{customer}/",
      operation: "getCustomer",
      auth: "user",
      key: "read",
      summary: "Get a customer",
      response: { 200: customer },
      handler: async ({ call, params }) => ok(await call("identity.getCustomer", params)),
    }),
    route({
      method: "get",
      path: "/api/customers/{customer}/entitlements/",
      operation: "getEntitlements",
      auth: "user",
      key: "read",
      summary: "Get what a customer may do",
      description:
        "The features of the plan that the customer is subscribed to today. To ask many times a second, " +
        "send the ETag of the last answer as If-None-Match.",
      query: z.strictObject({ product: product.optional() }),
      response: { 200: entitlements },
      handler: async ({ call, params, query }) =>
        ok(
          await call("subscriptions.getEntitlements", {
            ...query,
            customer: await customerId(call, params.customer),
          }),
        ),
    }),
    route({
      method: "get",
      path: "/api/customers/{customer}/export/",
      operation: "exportCustomer",
      auth: "staff",
      key: "admin",
      summary: "Export all that is held about a customer",
      description:
        "Who it is, its users, the links mailed to them, subscriptions, invoices with payments and mails, " +
        "and who has changed what, in one document of any size. Passwords and other secrets are not in it.",
      response: { 200: customerExport },
      handler: async ({ call, params }) => exportReply(call, await call("identity.getCustomer", params)),
    }),
    route({
      method: "patch",
      path: "/api/customers/{customer}/",
      operation: "updateCustomer",
      auth: "user",
      key: "write",
      summary: "Change a customer",
      description: "Users may change name, email, locale and address; staff may change every field.",
      body: updateCustomer.params.omit({ customer: true }),
      response: { 200: customer },
      handler: async ({ call, params, body }) =>
        ok(await call("identity.updateCustomer", { ...body, ...params })),
    }),
    route({
      method: "post",
      path: "/api/customers/{customer}/erase/",
      operation: "eraseCustomer",
      auth: "staff",
      key: "admin",
      idempotent: ["identity.eraseCustomer"],
      summary: "Erase who a closed customer is",
      description:
        "Names, addresses and metadata of the customer, and of the users who belong to it alone, go from " +
        "all services, and do not come back. Issued invoices keep whom they were billed to.",
      response: { 204: null },
      handler: async ({ call, params }) => {
        await call("identity.eraseCustomer", params);
        return noContent();
      },
    }),
    route({
      method: "delete",
      path: "/api/customers/{customer}/",
      operation: "closeCustomer",
      auth: "staff",
      key: "write",
      summary: "Close a customer",
      description: "Its subscriptions end today. Its invoices are kept, and stay due.",
      response: { 204: null },
      handler: async ({ call, params }) => {
        await call("identity.closeCustomer", params);
        return noContent();
      },
    }),
  ],
};
