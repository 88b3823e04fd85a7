import type { Mailer } from "./mail/mailer";

/** What the service works with beside the database. */
export interface Tools {
  mailer: Mailer;
}
