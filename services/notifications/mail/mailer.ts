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

/** Sends mails. */
export interface Mailer {
  /** Sends a mail. @throws Error when the server did not confirm that it accepted the mail */
  send(mail: Mail): Promise<void>;
  /** Whether the server accepts mails at all. */
  isAvailable(): Promise<boolean>;
  close(): void;
}
