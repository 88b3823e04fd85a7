import type { Logger } from "moleculer";
import type { Knex } from "../../shared/db/open-database";
import { errorCode } from "../../shared/db/transaction";
import { addDays, firstDayFrom, utcOffset_min, type IsoDate } from "../../shared/time";

/** For how many days before and after today the tables are compared. */
const DAYS_BACK = 366;
const DAYS_AHEAD = 3 * 366;
/** SQLSTATE invalid_parameter_value. */
const UNKNOWN_ZONE = "22023";

interface Compared {
  db: Knex;
  log: Pick<Logger, "warn">;
  zone: string;
  today: IsoDate;
  /** changes the offsets of Node.js; for tests */
  offsetOf?: (offset_min: number) => number;
}

/**
 * Warns when Node.js and Postgres have different time zone tables for the billing zone. When a day starts is
 * decided by Node.js alone, for all services; what operators query in Postgres then shows other times.
 */
export async function warnOfTimeZoneTables({
  db,
  log,
  zone,
  today,
  offsetOf = (offset_min) => offset_min,
}: Compared): Promise<void> {
  if (zone === "UTC") return;
  const offsets = await offsetsInPostgres(db, zone, today);
  if (offsets === undefined) {
    log.warn({ zone }, `Postgres does not know the time zone ${zone}; billing uses that of Node.js`);
    return;
  }
  const differing = offsets.find(
    ({ moment, offset_min }) => offsetOf(utcOffset_min(moment, zone)) !== offset_min,
  );
  if (differing === undefined) return;
  const since = differing.moment.slice(0, 10);
  log.warn(
    { zone, since },
    `Node.js and Postgres have different time zone tables for ${zone}: they differ from ${since} on. ` +
      "Billing uses that of Node.js. Bring both up to date, so that it is the right one.",
  );
}

/** The offsets at noon (UTC) of each day, in minutes; undefined for a zone that Postgres does not know. */
async function offsetsInPostgres(db: Knex, zone: string, today: IsoDate) {
  try {
    const { rows } = await db.raw<{ rows: { moment: string; offset_min: number }[] }>(
      `SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS moment,
              (extract(epoch FROM (moment AT TIME ZONE :zone) - (moment AT TIME ZONE 'UTC')) / 60)::integer
                AS offset_min
       FROM generate_series((:first)::date + interval '12 hours', (:last)::date, '1 day') AS noon,
            LATERAL (SELECT noon AT TIME ZONE 'UTC' AS moment) AS instant
       ORDER BY moment`,
      { zone, first: addDays(today, -DAYS_BACK), last: addDays(today, DAYS_AHEAD) },
    );
    return rows;
  } catch (error) {
    if (errorCode(error) === UNKNOWN_ZONE) return undefined;
    throw error;
  }
}

/**
 * Brings the days of all prices up to date: the billing zone or the time zone table may have changed since
 * they were stored.
 */
export async function refreshPriceDays(db: Knex, zone: string): Promise<void> {
  const { rows } = await db.raw<{ rows: { plan_id: string; effective_from: string; from_day: IsoDate }[] }>(
    "SELECT plan_id, effective_from, from_day FROM plan_prices",
  );
  const changed = rows
    .map((price) => ({ ...price, now: firstDayFrom(price.effective_from, zone) }))
    .filter(({ from_day, now }) => from_day !== now);
  if (changed.length === 0) return;
  await db.raw(
    `UPDATE plan_prices AS price SET from_day = changed.now
     FROM jsonb_to_recordset(?::jsonb) AS changed(plan_id uuid, effective_from timestamptz, now date)
     WHERE price.plan_id = changed.plan_id AND price.effective_from = changed.effective_from`,
    [JSON.stringify(changed)],
  );
}
