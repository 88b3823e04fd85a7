import type { Call } from "../../shared/contracts";
import { EXTERNAL_ID_PREFIX } from "../../shared/contracts/customers";
import { errorType, invalid, notFound } from "../../shared/errors";

const isExternal = (reference: string): boolean => reference.toLowerCase().startsWith(EXTERNAL_ID_PREFIX);

/** The id of a customer that may be named by its external id; undefined when the caller may not see it. */
async function idOf(call: Call, reference: string): Promise<string | undefined> {
  if (!isExternal(reference)) return reference;
  try {
    return (await call("identity.getCustomer", { customer: reference })).id;
  } catch (error) {
    if (errorType(error) === "customer.not_found") return undefined;
    throw error;
  }
}

/** The id of the customer that a path names. @throws BillingError 404 for an external id of nobody */
export async function customerId(call: Call, reference: string): Promise<string> {
  const id = await idOf(call, reference);
  if (id === undefined) throw notFound("customer");
  return id;
}

/**
 * The id of the customer that a body names, if it names one.
 * @throws BillingError 400 naming `customer` for an external id of nobody, or of another's customer
 */
export async function namedCustomer(call: Call, reference: string | undefined): Promise<string | undefined> {
  if (reference === undefined) return undefined;
  const id = await idOf(call, reference);
  if (id === undefined) throw invalid({ field: "customer", message: "is not the id of a customer" });
  return id;
}

/** A list's query with the id of its customer; undefined where nobody has the external id. */
export async function customerFilter<Query extends { customer?: string | undefined }>(
  { call }: { call: Call },
  query: Query,
): Promise<Query | undefined> {
  if (query.customer === undefined) return query;
  const customer = await idOf(call, query.customer);
  return customer === undefined ? undefined : { ...query, customer };
}
