import knex, { type Knex } from "knex";
import pg from "pg";

export type { Knex } from "knex";

const OID = { int8: 20, date: 1082, timestamp: 1114, timestamptz: 1184, numeric: 1700 } as const;

/**
 * How values are read from Postgres: dates and decimals as text, timestamps as ISO 8601 text in UTC with
 * microseconds (keyset cursors need them, and a Date has none), bigint as a number that is checked to be
 * exact.
 */
const parsers: Record<number, (text: string) => unknown> = {
  [OID.int8]: (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} does not fit a JavaScript number`);
    return value;
  },
  [OID.date]: (text) => text,
  [OID.numeric]: (text) => text,
  [OID.timestamptz]: (text) => text.replace(" ", "T").replace(/\+00$/, "Z"),
};

const types = {
  getTypeParser(oid: number, format?: "text" | "binary") {
    return parsers[oid] ?? pg.types.getTypeParser(oid, format ?? "text");
  },
};

/** The options of a connection pool. */
export interface DatabaseOptions {
  /** postgresql:// URL with the role to connect as */
  url: string;
  /** the service's schema; `public`, where extensions are, is searched after it */
  schema: string;
  poolSize?: number;
  limits?: Limits;
}

/** When Postgres ends a statement, a wait for a lock and an idle transaction; 0: never. */
export interface Limits {
  statement_ms: number;
  lock_ms: number;
  idleInTransaction_ms: number;
}

const LIMITS: Limits = { statement_ms: 15_000, lock_ms: 5_000, idleInTransaction_ms: 10_000 };

/**
 * Makes a pool of connections for one schema; it connects on first use. A wait for a free connection ends
 * after 5 s.
 */
export function openDatabase({ url, schema, poolSize = 5, limits = LIMITS }: DatabaseOptions): Knex {
  return knex({
    client: "pg",
    connection: {
      connectionString: url,
      application_name: `billing:${schema}`,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      statement_timeout: limits.statement_ms,
      lock_timeout: limits.lock_ms,
      idle_in_transaction_session_timeout: limits.idleInTransaction_ms,
      options: `-c search_path=${schema},public -c timezone=UTC`,
      types,
    } as Knex.PgConnectionConfig,
    pool: { min: 0, max: poolSize, acquireTimeoutMillis: 5_000 },
    // Knex would print lost connections to the console; whoever uses the connection gets the error anyway.
    log: { warn: () => {}, error: () => {} },
  });
}
