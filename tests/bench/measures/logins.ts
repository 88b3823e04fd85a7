import { setTimeout as delay } from "node:timers/promises";
import { ServiceBroker } from "moleculer";
import brokerOptions from "../../../moleculer.config";
import { asService } from "../../../shared/service/caller";
import { nodeIdOf } from "../../../shared/service/bus-name";
import { signUp } from "../api-data";
import { startCluster } from "../servers";
import { quantile } from "../stats";
import { startSignUps } from "../load/sign-ups";
import type { Measure } from "./measure";

const LOGINS = 60;
/** A login each so many ms, whether or not earlier ones were answered, so that waiting is measured. */
const LOGIN_EVERY_MS = 200;
const BUS_CALLS_AT_ONCE = 300;
const FLOOD_EVERY_MS = 2_000;

/**
 * The p99 of logins while 100 registrations come at once, again and again and each from another address; and
 * while another service calls `identity.login` 300 times at once over NATS. Both as a multiple of the p99 at
 * rest.
 */
export const logins: Measure = async (bench) => {
  const db = await bench.postgres.empty.clone("bench_logins");
  const server = await startCluster(db, { TRUST_PROXY: "true" });
  const natsUrl = server.natsUrlFor("notifications");
  const stolen = new ServiceBroker({
    ...brokerOptions({ logLevel: "fatal", natsUrl, natsCaFile: undefined }),
    nodeID: nodeIdOf("notifications"),
  });
  const signUps = startSignUps(server.url);
  const p99 = { atRest: [] as number[], registrations: [] as number[], busCalls: [] as number[] };
  try {
    await signUp(server.url);
    await stolen.start();
    await stolen.waitForServices("identity");
    await measureLogins(server.url);
    for (let round = 0; round < bench.rounds; round++) {
      p99.atRest.push(await measureLogins(server.url));
      p99.registrations.push(await measureLogins(server.url, signUps.flood));
      p99.busCalls.push(await measureLogins(server.url, () => callLogin(stolen)));
      const [atRest, registrations, busCalls] = Object.values(p99).map((values) => values.at(-1)?.toFixed());
      bench.log(`round ${round + 1}: ${atRest} ms at rest, ${registrations} and ${busCalls} ms in floods`);
    }
  } finally {
    signUps.stop();
    await stolen.stop();
    await server.stop();
    await db.drop();
  }
  const ratio = (values: number[]) => values.map((took, round) => took / (p99.atRest[round] ?? Number.NaN));
  return [
    { what: "h. p99 of logins at rest", unit: "ms", values: p99.atRest },
    {
      key: "login_p99_registrations_ratio",
      what: "h. in a flood of registrations : at rest",
      unit: "ratio",
      values: ratio(p99.registrations),
      goal: { atMost: 3 },
    },
    {
      key: "login_p99_bus_ratio",
      what: "h. in a flood over the bus : at rest",
      unit: "ratio",
      values: ratio(p99.busCalls),
      goal: { atMost: 3 },
    },
  ];
};

/** @returns the 99th percentile, in ms */
async function measureLogins(
  url: string,
  flood: () => Promise<unknown> = () => Promise.resolve(),
): Promise<number> {
  const end = new AbortController();
  const floods = (async () => {
    while (!end.signal.aborted) await Promise.all([flood(), delay(FLOOD_EVERY_MS)]);
  })();
  const took: Promise<number>[] = [];
  for (let login = 0; login < LOGINS; login++) {
    took.push(timeOfLogin(url));
    await delay(LOGIN_EVERY_MS);
  }
  const all = await Promise.all(took);
  end.abort();
  await floods;
  return quantile(all, 0.99);
}

async function timeOfLogin(url: string): Promise<number> {
  const began = performance.now();
  const { status } = await post(url, "/token/", { username: "reader", password: "a long enough secret" });
  if (status !== 200) throw new Error(`a login answered ${status}`);
  return performance.now() - began;
}

function callLogin(stolen: ServiceBroker): Promise<unknown> {
  const meta = { caller: asService("notifications") };
  const call = (_: unknown, index: number) =>
    stolen.call("identity.login", { username: `user ${index}`, password: "a guess", client: "x" }, { meta });
  return Promise.allSettled(Array.from({ length: BUS_CALLS_AT_ONCE }, call));
}

async function post(url: string, path: string, body: object): Promise<{ status: number }> {
  const response = await fetch(`${url}/api${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response;
}
