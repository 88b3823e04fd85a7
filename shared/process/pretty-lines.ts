import { Writable } from "node:stream";
import type { DestinationStream } from "pino";
import pretty from "pino-pretty";

/** The node is always the same one; errors are in the message. */
const LEFT_OUT = "node,part,err";

/**
 * Writes each JSON line of a log as one line for people: time, level, part, message, and the other fields.
 * An error is shown by its message; its stack is in the JSON format only.
 */
export function prettyLines(destination: DestinationStream & { isTTY?: boolean }): DestinationStream {
  return pretty({
    colorize: destination.isTTY === true && process.env["NO_COLOR"] === undefined,
    translateTime: "SYS:HH:MM:ss.l",
    ignore: LEFT_OUT,
    singleLine: true,
    messageFormat: (line) => messageOf(line),
    destination: new Writable({
      write(chunk: Buffer, _encoding, done) {
        destination.write(chunk.toString());
        done();
      },
    }),
  });
}

function messageOf(line: { part?: string; msg?: string; err?: { message?: string } }): string {
  const { part, msg: message = "", err } = line;
  const why = err?.message === undefined || err.message === message ? [] : [err.message];
  return [...(part === undefined ? [] : [part]), message, ...why]
    .map((text) => text.replaceAll(/\s*\n\s*/g, " | "))
    .join(": ");
}
