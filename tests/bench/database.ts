import { Client, type QueryResultRow } from "pg";
import { prepareDatabases } from "../../shared/process/prepare-databases";
import { startOwnPostgres, type OwnPostgres } from "../support/own-postgres";

/** One database, for the superuser. */
export interface Database {
  url: string;
  query: <Row extends QueryResultRow>(sql: string, values?: unknown[]) => Promise<Row[]>;
  /** Writes all changes to disk, so that no later measurement pays for it. */
  checkpoint: () => Promise<void>;
  /** Copies the database. Nobody else may be connected to it. */
  clone: (name: string) => Promise<Database>;
  drop: () => Promise<void>;
}

/** The Postgres of one run of the bench. It is durable, as in production. */
export class BenchPostgres {
  readonly #server: OwnPostgres;
  readonly #migrated: Database;

  private constructor(server: OwnPostgres, migrated: Database) {
    this.#server = server;
    this.#migrated = migrated;
  }

  static async start(): Promise<BenchPostgres> {
    const server = await startOwnPostgres({ durable: true });
    const name = "bench_empty";
    await onServer(server.url, `CREATE DATABASE ${name} TEMPLATE template0`);
    await prepareDatabases(urlOf(server.url, name));
    return new BenchPostgres(server, await connect(server.url, name));
  }

  /** A database with every service's schema and no data. */
  get empty(): Database {
    return this.#migrated;
  }

  async remove(): Promise<void> {
    await this.#server.remove();
  }
}

async function connect(serverUrl: string, name: string): Promise<Database> {
  const url = urlOf(serverUrl, name);
  let client: Client | undefined;
  const open = async () => {
    if (client !== undefined) return client;
    client = new Client({ connectionString: url });
    client.on("error", () => {});
    await client.connect();
    return client;
  };
  const close = async () => {
    await client?.end();
    client = undefined;
  };
  return {
    url,
    query: async <Row extends QueryResultRow>(sql: string, values?: unknown[]) =>
      (await (await open()).query<Row>(sql, values)).rows,
    checkpoint: async () => void (await (await open()).query("CHECKPOINT")),
    clone: async (copy) => {
      await close();
      await onServer(serverUrl, `CREATE DATABASE ${copy} TEMPLATE ${name} STRATEGY FILE_COPY`);
      return connect(serverUrl, copy);
    },
    drop: async () => {
      await close();
      await onServer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function urlOf(server: string, name: string): string {
  return Object.assign(new URL(server), { pathname: `/${name}` }).href;
}
