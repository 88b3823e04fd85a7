import { Model, type QueryBuilder } from "objection";
import { EXTERNAL_ID_PREFIX, type Address, type TaxStatus } from "../../../shared/contracts/customers";
import type { Knex } from "../../../shared/db/open-database";

/** Who is billed. */
export class Customer extends Model {
  static override tableName = "customers";
  static override jsonAttributes = ["address", "metadata"];

  declare id: string;
  declare external_id: string | null;
  /** the user who signed up as this customer */
  declare user_id: string | null;
  declare name: string;
  declare email: string | null;
  declare locale: string;
  declare address: Address | null;
  declare vat_id: string | null;
  declare tax_status: TaxStatus;
  declare metadata: Record<string, string>;
  /** wall clock; null while it is open */
  declare closed_at: string | null;
  /** whether it was closed because no active user was left */
  declare closed_with_user: boolean;
  /** wall clock; null for one that is not erased */
  declare erased_at: string | null;
  declare created_at: string;

  /** Finds a customer by its id, or by `external_id:` and its external id. */
  static byReference(db: Knex, reference: string): QueryBuilder<Customer, Customer | undefined> {
    const where = reference.toLowerCase().startsWith(EXTERNAL_ID_PREFIX)
      ? { external_id: reference.slice(EXTERNAL_ID_PREFIX.length) }
      : { id: reference };
    return Customer.query(db).findOne(where);
  }

  /** Reads and locks a customer: until the transaction ends, nobody else changes it. */
  static lock(trx: Knex.Transaction, id: string): QueryBuilder<Customer, Customer | undefined> {
    return Customer.query(trx).findById(id).forNoKeyUpdate();
  }
}
