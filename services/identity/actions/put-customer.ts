import { invalid } from "../../../shared/errors";
import type { Knex } from "../../../shared/db/open-database";
import { violatedConstraint } from "../../../shared/db/transaction";
import type { ActionHandler } from "../../../shared/service/service-env";
import { changeCustomer, insertCustomer, type CustomerFields } from "../customers";
import { Customer } from "../models/customer";
import { viewCustomer } from "../models/customer-view";

type Fields = CustomerFields & { external_id: string };

/**
 * Creates the customer with an external id, or changes the fields that are given. Of several calls at once
 * one creates it, and the others change it.
 * @throws BillingError 400 naming `name`, which a new customer needs
 */
export const putCustomer: ActionHandler<"identity.putCustomer"> = async ({ params, transaction }) => {
  const put = () => transaction((trx) => putInto(trx, params));
  const { customer, created } = await put().catch((error: unknown) => {
    if (violatedConstraint(error) !== "customers_external_id_key") throw error;
    return put();
  });
  return { customer: viewCustomer(customer), created };
};

async function putInto(
  trx: Knex.Transaction,
  { external_id, name, ...fields }: Fields,
): Promise<{ customer: Customer; created: boolean }> {
  const known = await Customer.query(trx).findOne({ external_id }).forNoKeyUpdate();
  if (known !== undefined)
    return { customer: await changeCustomer(trx, known, { ...fields, name }), created: false };
  if (name === undefined) throw invalid({ field: "name", message: "is required for a new customer" });
  return { customer: await insertCustomer(trx, { ...fields, external_id, name }), created: true };
}
