import { startBareKoa, startCluster, startMoleculerWeb, startOneProcess, type Server } from "../servers";
import type { Figure } from "../figures";
import { startLoad } from "../load/load";
import { publicKeyOf, signUp, writeInvoices } from "../api-data";
import type { Bench, Measure } from "./measure";

const INVOICES = 100_000;
const CONNECTIONS = 32;
const PATH = "/api/invoices?limit=10";

type Name = "bare" | "local" | "nats" | "web";

/** Requests per second for GET /api/invoices/, of four servers one after another. */
export const apiPath: Measure = async (bench) => {
  const db = await bench.postgres.empty.clone("bench_api");
  const stops: (() => Promise<void>)[] = [db.drop];
  const started = async (server: Promise<Server>) => {
    const { url, stop } = await server;
    stops.unshift(stop);
    return url;
  };
  try {
    const local = await started(startOneProcess(db));
    const { customerId, token } = await signUp(local);
    await writeInvoices(db, INVOICES, customerId);
    const key = await publicKeyOf(db);
    const urls = {
      bare: await started(startBareKoa(db, key)),
      local,
      nats: await started(startCluster(db)),
      web: await started(startMoleculerWeb(db, key)),
    };
    for (const url of Object.values(urls)) await expectTenInvoices(`${url}${PATH}`, token);
    return await compare(bench, urls, token);
  } finally {
    for (const stop of stops) await stop();
  }
};

async function compare(bench: Bench, urls: Record<Name, string>, token: string): Promise<Figure[]> {
  const load = startLoad();
  const seconds = bench.quick ? 1.5 : 3;
  const rates: Record<Name, number[]> = { bare: [], local: [], nats: [], web: [] };
  const rateOf = async (name: Name) => {
    const { answers, seconds: took } = await load.run({
      url: `${urls[name]}${PATH}`,
      token,
      connections: CONNECTIONS,
      seconds,
    });
    return answers.length / took;
  };
  try {
    const names = Object.keys(rates) as Name[];
    // The first requests are slow: they compile code and open connections.
    for (const name of names) await rateOf(name);
    for (let round = 1; round <= bench.rounds; round++) {
      for (const name of names) rates[name].push(await rateOf(name));
      bench.log(
        `round ${round}: ${names.map((name) => `${name} ${rates[name].at(-1)?.toFixed()}/s`).join(", ")}`,
      );
    }
  } finally {
    load.stop();
  }
  const ratio = (a: Name, b: Name) => rates[a].map((rate, round) => rate / (rates[b][round] ?? Number.NaN));
  return [
    { what: "g. bare Koa + pg + jsonwebtoken", unit: "/s", values: rates.bare },
    { what: "g. ours in one process", unit: "/s", values: rates.local },
    { what: "g. ours over NATS", unit: "/s", values: rates.nats },
    { what: "g. moleculer-web over NATS", unit: "/s", values: rates.web },
    {
      key: "api_local_ratio",
      what: "g. one process : bare",
      unit: "ratio",
      values: ratio("local", "bare"),
      goal: { atLeast: 0.95 },
    },
    {
      key: "api_nats_ratio",
      what: "g. over NATS : bare",
      unit: "ratio",
      values: ratio("nats", "bare"),
      goal: { atLeast: 0.5 },
    },
    {
      key: "api_vs_moleculer_web",
      what: "g. over NATS : moleculer-web",
      unit: "ratio",
      values: ratio("nats", "web"),
      goal: { atLeast: 1.1 },
    },
  ];
}

/** All servers must do the same work: ten invoices, and the token checked. */
async function expectTenInvoices(url: string, token: string): Promise<void> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  const body = (await response.json()) as unknown;
  if (!Array.isArray(body) || body.length !== 10)
    throw new Error(`${url} answered ${response.status} ${JSON.stringify(body)}`);
  const forged = await fetch(url, { headers: { authorization: `Bearer ${token.slice(0, -8)}AAAAAAAA` } });
  if (forged.ok) throw new Error(`${url} accepted a forged token`);
}
