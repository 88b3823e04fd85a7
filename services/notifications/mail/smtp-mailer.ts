import { createTransport } from "nodemailer";
import { FinalRefusal, type Mailer } from "./mailer";

/**
 * A server may need ten minutes to accept a mail after its final dot (RFC 5321, 4.5.3.2.6). A client that
 * gives up earlier sends the mail again, and the customer gets it twice.
 */
export const ANSWER_TIMEOUT_MS = 10 * 60_000 + 5_000;
/** To ask whether the server is there, nobody waits that long. */
const AVAILABILITY_TIMEOUT_MS = 10_000;

/**
 * A mailer that uses SMTP. Each mail has its own connection: a pool would send a mail again when its
 * connection breaks, and that must be our decision.
 * @param url smtp:// or smtps://, with user and password if the server needs them
 * @param answerTimeout_ms how long the server may take to answer
 */
export function smtpMailer(url: string, { answerTimeout_ms = ANSWER_TIMEOUT_MS } = {}): Mailer {
  const transportWith = (socketTimeout: number) =>
    createTransport({
      url,
      connectionTimeout: 10_000,
      greetingTimeout: 10_000,
      dnsTimeout: 10_000,
      socketTimeout,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  const transport = transportWith(answerTimeout_ms);
  const probe = transportWith(AVAILABILITY_TIMEOUT_MS);
  return {
    async send({ from, to, subject, text, messageId }) {
      const mail = {
        from,
        // An object is always one recipient; a string would be parsed as a list of addresses.
        to: { name: "", address: to },
        subject,
        text,
        messageId,
        headers: { "Auto-Submitted": "auto-generated" },
      };
      try {
        await transport.sendMail(mail);
      } catch (error) {
        throw isFinal(error) ? new FinalRefusal((error as Error).message, { cause: error }) : error;
      }
    },
    async isAvailable() {
      try {
        return await probe.verify();
      } catch {
        return false;
      }
    },
    close: () => {
      transport.close();
      probe.close();
    },
  };
}

/**
 * A 5xx about the recipient or the mail itself. One about us, the sender or the connection is not the mail's.
 */
const ABOUT_THE_MAIL: readonly unknown[] = ["RCPT TO", "DATA"];

function isFinal(error: unknown): boolean {
  if (!(error instanceof Error) || !("responseCode" in error) || !("command" in error)) return false;
  const { responseCode, command } = error;
  return typeof responseCode === "number" && responseCode >= 500 && ABOUT_THE_MAIL.includes(command);
}
