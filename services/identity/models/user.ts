import { Model, raw, type QueryBuilder } from "objection";
import type { PayloadOf } from "../../../shared/contracts";
import type { User as UserView } from "../../../shared/contracts/identity";
import type { Knex } from "../../../shared/db/open-database";
import { endsAccess, type UserChange } from "../domain/user-change";

/** Somebody who can sign in: a customer or staff. */
export class User extends Model {
  static override tableName = "users";

  declare id: string;
  declare username: string;
  declare email: string;
  declare password_hash: string;
  declare is_staff: boolean;
  declare is_active: boolean;
  declare token_version: number;
  declare token_version_changed_at: string;
  declare date_joined: string;

  /** Finds a user by name, whatever its case. */
  static byUsername(db: Knex, username: string): QueryBuilder<User, User | undefined> {
    return User.query(db).whereRaw("lower(username) = lower(?)", [username]).first();
  }

  /** Finds a user by email address, whatever its case. */
  static byEmail(db: Knex, email: string): QueryBuilder<User, User | undefined> {
    return User.query(db).whereRaw("lower(email) = lower(?)", [email]).first();
  }

  /**
   * Reads a user and keeps others from changing it, or from opening or refreshing its sessions, until the
   * end.
   */
  static lock(trx: Knex.Transaction, id: string): QueryBuilder<User, User | undefined> {
    return User.query(trx).findById(id).forNoKeyUpdate();
  }

  /** Writes a change to a locked user; the token version goes up where the change ends access. */
  change(trx: Knex.Transaction, change: UserChange): QueryBuilder<User, User> {
    const version = endsAccess(change)
      ? { token_version: this.token_version + 1, token_version_changed_at: raw("clock_timestamp()") }
      : {};
    return this.$query(trx).patchAndFetch({ ...change, ...version });
  }

  /** The user as the interface shows it. */
  view(): UserView {
    return { ...this.fact(), date_joined: this.date_joined };
  }

  /** The user as events tell of it. */
  fact(): PayloadOf<"user.updated"> {
    const { id, username, email, is_staff, is_active } = this;
    return { id, username, email, is_staff, is_active };
  }
}
