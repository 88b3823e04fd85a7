import type { Mailer } from "./mail/mailer";

/** What this service needs besides the database. */
export interface NotificationsTools {
  mailer: Mailer;
}
