import type { Mailer } from "./mailer";

const RULE = "─".repeat(72);

/** A mailer that prints mails, for development. */
export function consoleMailer(print: (text: string) => void): Mailer {
  return {
    send: ({ to, subject, text }) => {
      print(`\n${RULE}\nMail to ${to}\n${subject}\n\n${text.trimEnd()}\n${RULE}\n\n`);
      return Promise.resolve();
    },
    isAvailable: () => Promise.resolve(true),
    close: () => {},
  };
}
