import { createTransport } from "nodemailer";
import type { Mailer } from "./mailer";

/**
 * A mailer that uses SMTP. Each mail has its own connection: a pool would send a mail again when its
 * connection breaks, and that must be our decision.
 * @param url smtp:// or smtps://, with user and password if the server needs them
 */
export function smtpMailer(url: string): Mailer {
  const transport = createTransport({
    url,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    dnsTimeout: 10_000,
    socketTimeout: 30_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ from, to, subject, text, messageId }) {
      await transport.sendMail({
        from,
        // An object is always one recipient; a string would be parsed as a list of addresses.
        to: { name: "", address: to },
        subject,
        text,
        messageId,
        headers: { "Auto-Submitted": "auto-generated" },
      });
    },
    async isAvailable() {
      try {
        return await transport.verify();
      } catch {
        return false;
      }
    },
    close: () => transport.close(),
  };
}
