import { Client } from "pg";

import { addDays, dayOf, periodStart, type Interval } from "../../shared/time";
import { createDatabase, type TestDatabase } from "../support/postgres";

// Billing computes periods in bulk SQL and shows them through shared/time: the two must never differ by a
// day.

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createDatabase({ empty: true });
  client = new Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

/** Every day from one date up to and including another. */
function daysBetween(first: string, last: string): string[] {
  const days: string[] = [];
  for (let day = first; day <= last; day = addDays(day, 1)) days.push(day);
  return days;
}

/** The starts of periods 0 … periods − 1 from each anchor, as Postgres counts them. */
async function startsInPostgres(
  anchors: readonly string[],
  interval: Interval,
  count: number,
  periods: number,
): Promise<Record<string, string[]>> {
  const { rows } = await client.query<{ anchor: string; starts: string[] }>(
    `SELECT anchor::text, array_agg((anchor + n * $2::int * $3::interval)::date::text ORDER BY n) AS starts
     FROM unnest($1::date[]) AS anchor, generate_series(0, $4::int - 1) AS n
     GROUP BY anchor`,
    [anchors, count, `1 ${interval}`, periods],
  );
  return Object.fromEntries(rows.map((row) => [row.anchor, row.starts]));
}

function startsInOurs(
  anchors: readonly string[],
  interval: Interval,
  count: number,
  periods: number,
): Record<string, string[]> {
  const startsFrom = (anchor: string): string[] =>
    Array.from({ length: periods }, (_, n) => periodStart(anchor, interval, count, n));
  return Object.fromEntries(anchors.map((anchor) => [anchor, startsFrom(anchor)]));
}

test("60 monthly periods agree from every day of a common and of a leap year", async () => {
  const anchors = daysBetween("2023-01-01", "2024-12-31");
  expect(anchors).toHaveLength(365 + 366);
  expect(startsInOurs(anchors, "month", 1, 60)).toEqual(await startsInPostgres(anchors, "month", 1, 60));
});

test.each([
  ["day", 1],
  ["day", 30],
  ["week", 1],
  ["week", 2],
  ["month", 2],
  ["month", 3],
  ["month", 6],
  ["month", 12],
  ["year", 1],
  ["year", 3],
] as const)(
  "periods of %s × %i agree from every day around month ends and the leap day",
  async (interval, count) => {
    const anchors = [...daysBetween("2023-12-28", "2024-03-02"), ...daysBetween("2024-08-29", "2024-09-01")];
    expect(startsInOurs(anchors, interval, count, 30)).toEqual(
      await startsInPostgres(anchors, interval, count, 30),
    );
  },
);

test("yearly periods from 29 February agree across 2100, which is no leap year", async () => {
  const anchors = ["2024-02-29", "2096-02-29"];
  expect(startsInOurs(anchors, "year", 1, 120)).toEqual(await startsInPostgres(anchors, "year", 1, 120));
});

test.each(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])(
  "the day of a moment in %s agrees through a year with its changes of clocks",
  async (zone) => {
    const { rows } = await client.query<{ epoch_ms: string; day: string }>(
      `SELECT (extract(epoch FROM moment) * 1000)::bigint::text AS epoch_ms,
              (moment AT TIME ZONE $1)::date::text AS day
       FROM generate_series('2026-01-01T00:00Z'::timestamptz, '2026-12-31T23:59Z', '5 hours 7 minutes')
         AS moment`,
      [zone],
    );
    expect(rows.length).toBeGreaterThan(1700);
    expect(rows.filter((row) => dayOf(Number(row.epoch_ms), zone) !== row.day)).toEqual([]);
  },
);
