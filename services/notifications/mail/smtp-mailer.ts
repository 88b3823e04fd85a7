import { createTransport } from "nodemailer";
import type { Mailer } from "./mailer";

/**
 * A mailer that speaks SMTP. Each mail has a connection of its own: a pool would by itself send again what
 * was on a connection that broke, and whether to do that is ours to decide.
 * @param url smtp:// or smtps://, with user and password where the server wants them
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
        // An address object is one recipient, whatever it holds; text would be read as a list.
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
