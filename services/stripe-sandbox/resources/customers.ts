import type Stripe from "stripe";
import { z } from "zod";
import { type Call, type Route, findCustomer, findInPath, seconds } from "../api/call";
import { listOf } from "../api/lists";
import { mergeMetadata, metadata, paging, text, unsettable } from "../api/params";
import { parseParams } from "../api/parse-params";
import { resolveMethod } from "../engine/methods";
import { newId, randomText } from "../state/ids";

const fields = {
  description: unsettable.optional(),
  email: unsettable.optional(),
  metadata: metadata.optional(),
  name: unsettable.optional(),
  phone: unsettable.optional(),
  invoice_settings: z.strictObject({ default_payment_method: text.optional() }).optional(),
};
const createSchema = z.strictObject({ ...fields, payment_method: text.optional() });
const updateSchema = z.strictObject(fields);
const listSchema = z.strictObject({ ...paging, email: text.optional() });

function newCustomer(created: number): Stripe.Customer {
  return {
    id: newId("cus"),
    object: "customer",
    address: null,
    balance: 0,
    created,
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: randomText(8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: "none",
    test_clock: null,
  };
}

function assign(call: Call, customer: Stripe.Customer, input: z.output<typeof updateSchema>): void {
  const chosen = input.invoice_settings?.default_payment_method;
  if (chosen !== undefined) customer.invoice_settings.default_payment_method = resolveMethod(call, chosen).id;
  if (input.description !== undefined) customer.description = input.description;
  if (input.email !== undefined) customer.email = input.email;
  if (input.name !== undefined) customer.name = input.name;
  if (input.phone !== undefined) customer.phone = input.phone;
  customer.metadata = mergeMetadata(customer.metadata, input.metadata);
}

function create(call: Call): Stripe.Customer {
  const { payment_method, ...input } = parseParams(createSchema, call.params);
  const method = payment_method === undefined ? null : resolveMethod(call, payment_method);
  const customer = newCustomer(seconds(call));
  assign(call, customer, input);
  call.store.put("customers", customer);
  call.emit("customer.created", customer);
  if (method) {
    method.customer = customer.id;
    call.emit("payment_method.attached", method);
  }
  return customer;
}

function retrieve(call: Call): Stripe.Customer | Stripe.DeletedCustomer {
  parseParams(z.strictObject({}), call.params);
  return findInPath(call, "customers");
}

function update(call: Call): Stripe.Customer {
  const input = parseParams(updateSchema, call.params);
  const customer = findCustomer(call, call.path["id"] ?? "", "id");
  const before = structuredClone(customer);
  assign(call, customer, input);
  const changed = Object.entries(before).filter(
    ([field, value]) => JSON.stringify(Reflect.get(customer, field)) !== JSON.stringify(value),
  );
  call.emit("customer.updated", customer, Object.fromEntries(changed));
  return customer;
}

/** Also detaches the customer's saved cards. */
function remove(call: Call): Stripe.DeletedCustomer {
  const customer = findCustomer(call, call.path["id"] ?? "", "id");
  for (const method of call.store.all("payment_methods")) {
    if (method.customer === customer.id) method.customer = null;
  }
  const deleted: Stripe.DeletedCustomer = { id: customer.id, object: "customer", deleted: true };
  call.store.put("customers", deleted);
  call.emit("customer.deleted", customer);
  return deleted;
}

function isLive(customer: Stripe.Customer | Stripe.DeletedCustomer): customer is Stripe.Customer {
  return !customer.deleted;
}

function list(call: Call): object {
  const { email, ...page } = parseParams(listSchema, call.params);
  const matches = (customer: Stripe.Customer | Stripe.DeletedCustomer): boolean =>
    isLive(customer) && (email === undefined || customer.email === email);
  return listOf(call, "customers", page, matches, "/v1/customers");
}

export const customerRoutes: Route[] = [
  { method: "POST", path: "/v1/customers", handler: create },
  { method: "GET", path: "/v1/customers", handler: list },
  { method: "GET", path: "/v1/customers/:id", handler: retrieve },
  { method: "POST", path: "/v1/customers/:id", handler: update },
  { method: "DELETE", path: "/v1/customers/:id", handler: remove },
];
