import type { ServiceEnv } from "../../shared/service/service-env";
import type { Mailer } from "./mail/mailer";

/** What this service needs besides the database. */
export interface NotificationsTools {
  mailer: Mailer;
}

export type NotificationsEnv = ServiceEnv<NotificationsTools>;
