import { customer, customerFact } from "../../../shared/contracts/customers";
import { view } from "../../../shared/contracts/fields";
import type { Customer } from "./customer";

/** A customer as the contract shows it. */
export const viewCustomer = (row: Customer) => view(customer, row);

/** A customer as its events tell it. */
export const customerEvent = (row: Customer) =>
  view(customerFact, row, { address: row.address as Record<string, string> | null });
