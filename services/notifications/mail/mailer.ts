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

/** A way for mails to leave. */
export interface Mailer {
  /** Hands a mail over. @throws Error when it was not taken, or nobody knows whether it was */
  send(mail: Mail): Promise<void>;
  /** Whether mails are taken at all, whatever became of a particular one. */
  isAvailable(): Promise<boolean>;
  close(): void;
}
