import type { CustomerFact } from "../../shared/contracts/customers";

/** What identity's events say about a customer, with something changed. */
export function customerFact(id: string, changes: Partial<CustomerFact> = {}): CustomerFact {
  return {
    id,
    user: id,
    external_id: null,
    name: "ada",
    email: `${id}@example.com`,
    locale: "en",
    address: null,
    vat_id: null,
    tax_status: "standard",
    closed_at: null,
    ...changes,
  };
}
