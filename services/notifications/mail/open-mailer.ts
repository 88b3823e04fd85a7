import type { Config } from "../../../shared/config/config";
import { consoleMailer } from "./console-mailer";
import type { Mailer } from "./mailer";
import { smtpMailer } from "./smtp-mailer";

/**
 * Mail by SMTP_URL; without one, mails are printed, unless LOG_LEVEL asks for silence about what goes well.
 */
export function openMailer({ smtpUrl, logLevel }: Config): Mailer {
  if (smtpUrl !== undefined) return smtpMailer(smtpUrl);
  return consoleMailer(
    ["info", "debug", "trace"].includes(logLevel) ? (text) => process.stdout.write(text) : () => {},
  );
}
