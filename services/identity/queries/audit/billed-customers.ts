import { billedCustomer } from "../../../../shared/contracts/customers";
import { comparedFields, type FactSet } from "../../../../shared/service/audit/fact-set";

/** What invoicing must know of each customer: `billedCustomer` of the contract. */
export const BILLED_CUSTOMERS: FactSet = {
  sql: "SELECT id, user_id, name, email, address, vat_id FROM customers",
  compared: comparedFields(billedCustomer),
};
