import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { LoadConnection } from "./connection";

/** What a load generator is to do; it comes as JSON lines on stdin. */
export interface LoadOrder {
  url: string;
  token: string;
  connections: number;
  seconds: number;
  /** requests per second in all; undefined: each connection asks again as soon as it was answered */
  perSecond?: number;
}

/** What it then has seen; goes as a JSON line to stdout. */
export interface LoadReport {
  seconds: number;
  /** when each answered request was to be sent, in ms since 1970, and how long after that it was answered */
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
  const askOverAndOver = async (connection: LoadConnection, index: number) => {
    for (let turn = 0; ; turn++) {
      const planned =
        interval_ms === 0 ? performance.now() : began + (turn + index / connections) * interval_ms;
      if (planned >= end || isOver()) return;
      if (planned > performance.now()) await delay(planned - performance.now());
      const status = await connection.ask();
      if (status !== 200) throw new Error(`${url} answered ${status}`);
      answers.push({ at_ms: performance.timeOrigin + planned, took_ms: performance.now() - planned });
    }
  };
  try {
    await Promise.all(open.map(askOverAndOver));
  } finally {
    for (const connection of open) connection.close();
  }
  return { seconds: (performance.now() - began) / 1000, answers };
}

/** Takes orders one after another; an empty line breaks off the one at hand. */
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
