import type { Mailer } from "./mailer";

const RULE = "─".repeat(72);

/** A mailer for trying things out: it prints each mail as a block and has nothing else to do. */
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
