import type { BilledCustomer } from "../../../shared/contracts/customers";
import { digestFacts, listFacts } from "../../../shared/service/audit/fact-set";
import type { ActionHandler } from "../../../shared/service/service-env";
import { BILLED_CUSTOMERS } from "../queries/audit/billed-customers";

/** Digests of all customers, to compare a copy with them. */
export const digestBilledCustomers: ActionHandler<"identity.digestBilledCustomers"> = ({ db }) =>
  digestFacts(db, BILLED_CUSTOMERS);

/** Customers as invoicing must know them, by their ids or in pages. */
export const listBilledCustomers: ActionHandler<"identity.listBilledCustomers"> = ({ db, params }) =>
  listFacts<BilledCustomer>(db, BILLED_CUSTOMERS, params);
