import {
  startBareKoa,
  startCluster,
  startMoleculerWeb,
  startOneProcess,
  type Candidate,
} from "../candidates";
import type { Figure } from "../figures";
import { startLoad } from "../load/load";
import { publicKeyOf, signUp, writeInvoices } from "../served-books";
import type { Bench, Measure } from "./measure";

const INVOICES = 100_000;
const CONNECTIONS = 32;
const PATH = "/api/invoices?limit=10";

type Name = "bare" | "local" | "nats" | "web";

/** Requests per second of GET /api/invoices/ of four servers that answer it in turn. */
export const apiPath: Measure = async (bench) => {
  const db = await bench.postgres.empty.clone("bench_api");
  const stops: (() => Promise<void>)[] = [db.drop];
  const started = async (candidate: Promise<Candidate>) => {
    const { url, stop } = await candidate;
    stops.unshift(stop);
    return url;
  };
  try {
    const local = await started(startOneProcess(db));
    const { userId, token } = await signUp(local);
    await writeInvoices(db, INVOICES, userId);
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
    // The first of each are slow: code is compiled and connections are made.
    for (const name of names) await rateOf(name);
    for (let round = 1; round <= bench.rounds; round++) {
      for (const name of names) rates[name].push(await rateOf(name));
      bench.say(
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

/** Who answers with less would win unjustly; and who does not look at the token, too. */
async function expectTenInvoices(url: string, token: string): Promise<void> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  const body = (await response.json()) as unknown;
  if (!Array.isArray(body) || body.length !== 10)
    throw new Error(`${url} answered ${response.status} ${JSON.stringify(body)}`);
  const forged = await fetch(url, { headers: { authorization: `Bearer ${token.slice(0, -8)}AAAAAAAA` } });
  if (forged.ok) throw new Error(`${url} took a forged token`);
}
