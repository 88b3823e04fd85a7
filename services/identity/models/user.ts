import { Model, type QueryBuilder } from "objection";
import type { Knex } from "../../../shared/db/open-database";
import type { UserChange } from "../domain/user-change";

/** An account: a customer's or a staff member's. */
export class User extends Model {
  static override tableName = "users";

  declare id: string;
  declare username: string;
  declare email: string;
  /** wall clock; null while nobody has confirmed the address */
  declare email_confirmed_at: string | null;
  declare password_hash: string;
  declare is_staff: boolean;
  declare is_active: boolean;
  declare date_joined: string;
  /** wall clock; null for one that is not erased */
  declare erased_at: string | null;

  /** Finds a user by name, whatever its case. */
  static byUsername(db: Knex, username: string): QueryBuilder<User, User | undefined> {
    return User.query(db).whereRaw("lower(username) = lower(?)", [username]).first();
  }

  /** Finds the oldest active account with an email address, whatever its case. */
  static firstByEmail(db: Knex, email: string): QueryBuilder<User, User | undefined> {
    const owners = User.query(db).whereRaw("lower(email) = lower(?)", [email]).where({ is_active: true });
    return owners.orderBy("id").first();
  }

  /** Reads and locks a user: until the transaction ends, nobody else changes it or its sessions. */
  static lock(trx: Knex.Transaction, id: string): QueryBuilder<User, User | undefined> {
    return User.query(trx).findById(id).forNoKeyUpdate();
  }

  /** Writes a change to a locked user. @returns the user as it is then */
  change(trx: Knex.Transaction, change: UserChange): QueryBuilder<User, User> {
    return User.query(trx).patchAndFetchById(this.id, change);
  }
}
