import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { LoadConnection } from "./connection";

/** What the load generator must do. It reads one order per line from stdin, as JSON. */
export interface LoadOrder {
  url: string;
  token: string;
  connections: number;
  seconds: number;
  /** requests per second of all connections together; undefined: each sends the next after an answer */
  perSecond?: number;
}

/** The result. It writes one report per line to stdout, as JSON. */
export interface LoadReport {
  seconds: number;
  /** when each answered request was due, in ms since 1970, and how much later it was answered */
  answers: { at_ms: number; took_ms: number }[];
}

async function carryOut(
  { url, token, connections, seconds, perSecond }: LoadOrder,
  isOver: () => boolean,
): Promise<LoadReport> {
  const open = await Promise.all(Array.from({ length: connections }, () => LoadConnection.open(url, token)));
  const answers: LoadReport["answers"] = [];
  const began = performance.now();
  const end = began + seconds * 1000;
  const interval_ms = perSecond === undefined ? 0 : (1000 * connections) / perSecond;
  const sendRepeatedly = async (connection: LoadConnection, index: number) => {
    for (let n = 0; ; n++) {
      const planned = interval_ms === 0 ? performance.now() : began + (n + index / connections) * interval_ms;
      if (planned >= end || isOver()) return;
      if (planned > performance.now()) await delay(planned - performance.now());
      const status = await connection.send();
      if (status !== 200) throw new Error(`${url} answered ${status}`);
      answers.push({ at_ms: performance.timeOrigin + planned, took_ms: performance.now() - planned });
    }
  };
  try {
    await Promise.all(open.map(sendRepeatedly));
  } finally {
    for (const connection of open) connection.close();
  }
  return { seconds: (performance.now() - began) / 1000, answers };
}

/** Carries out one order after another. An empty line ends the current one. */
function main(): void {
  let over = false;
  createInterface(process.stdin).on("line", (line) => {
    over = line === "";
    if (over) return;
    carryOut(JSON.parse(line) as LoadOrder, () => over).then(
      (report) => process.stdout.write(`${JSON.stringify(report)}\n`),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  });
}

main();
