import type { Config } from "../../../shared/config/config";
import { consoleMailer } from "./console-mailer";
import type { Mailer } from "./mailer";
import { smtpMailer } from "./smtp-mailer";

/** The mailer for SMTP_URL. Without it, mails are printed, unless LOG_LEVEL is `warn` or quieter. */
export function openMailer({ smtpUrl, logLevel }: Config): Mailer {
  if (smtpUrl !== undefined) return smtpMailer(smtpUrl);
  return consoleMailer(
    ["info", "debug", "trace"].includes(logLevel) ? (text) => process.stdout.write(text) : () => {},
  );
}
