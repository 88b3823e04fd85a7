/** A mail in plain text. */
export interface Mail {
  from: string;
  /** one address */
  to: string;
  subject: string;
  text: string;
  /** `<…@…>`; a mail that is sent twice has the same one */
  messageId: string;
}

/** The server will never accept this mail: another attempt would be refused too. */
export class FinalRefusal extends Error {}

/** Sends mails. */
export interface Mailer {
  /**
   * Sends a mail.
   * @throws FinalRefusal when the server refused the recipient or the mail for good; Error when it did not
   *   confirm for another reason that it accepted the mail
   */
  send(mail: Mail): Promise<void>;
  /** Whether the server accepts mails at all. */
  isAvailable(): Promise<boolean>;
  close(): void;
}
