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

/** What it then has seen; goes as a JSON line to stdout. Latencies count from when a request was to be sent. */
export interface LoadReport {
  answered: number;
  seconds: number;
  latencies_ms: number[];
}

async function carryOut({ url, token, connections, seconds, perSecond }: LoadOrder): Promise<LoadReport> {
  const open = await Promise.all(Array.from({ length: connections }, () => LoadConnection.open(url, token)));
  const latencies_ms: number[] = [];
  const began = performance.now();
  const end = began + seconds * 1000;
  const interval_ms = perSecond === undefined ? 0 : (1000 * connections) / perSecond;
  const askOverAndOver = async (connection: LoadConnection, index: number) => {
    for (let turn = 0; ; turn++) {
      const planned = interval_ms === 0 ? performance.now() : began + (turn + index / connections) * interval_ms;
      if (planned >= end) return;
      if (planned > performance.now()) await delay(planned - performance.now());
      const status = await connection.ask();
      if (status !== 200) throw new Error(`${url} answered ${status}`);
      latencies_ms.push(performance.now() - planned);
    }
  };
  try {
    await Promise.all(open.map(askOverAndOver));
  } finally {
    for (const connection of open) connection.close();
  }
  return { answered: latencies_ms.length, seconds: (performance.now() - began) / 1000, latencies_ms };
}

async function main(): Promise<void> {
  let text = "";
  for await (const chunk of process.stdin) {
    text += String(chunk);
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n")) {
      const report = await carryOut(JSON.parse(text.slice(0, end)) as LoadOrder);
      text = text.slice(end + 1);
      process.stdout.write(`${JSON.stringify(report)}\n`);
    }
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
