import type { Config } from "../../../shared/config/config";
import { consoleMailer } from "./console";
import { smtpMailer } from "./smtp";

/** A mail in plain text. */
export interface Mail {
  from: string;
  /** one address */
  to: string;
  subject: string;
  text: string;
  /** `<…@…>`, by which a mail that was sent twice is known for one */
  messageId: string;
}

export interface Mailer {
  /** Hands a mail over. @throws Error when it was not taken, or nobody knows whether it was */
  send(mail: Mail): Promise<void>;
  /** Whether mails are taken at all, whatever became of a particular one. */
  isAvailable(): Promise<boolean>;
  close(): void;
}

/** Mail by SMTP_URL; without one, mails are printed, unless LOG_LEVEL asks for silence about what goes well. */
export function openMailer({ smtpUrl, logLevel }: Config): Mailer {
  if (smtpUrl !== undefined) return smtpMailer(smtpUrl);
  return consoleMailer(["info", "debug", "trace"].includes(logLevel) ? (text) => process.stdout.write(text) : () => {});
}
