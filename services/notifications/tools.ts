import type { ServiceEnv } from "../../shared/service/service-env";
import type { Mailer } from "./mail/mailer";

/** What this service needs besides the database. */
export interface NotificationsTools {
  mailer: Mailer;
  /** Waits a moment for the mails that are being sent; set by the worker that sends them. */
  stopSending: () => Promise<void>;
}

export type NotificationsEnv = ServiceEnv<NotificationsTools>;
