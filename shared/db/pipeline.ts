import { Client, type ClientConfig, type QueryResultRow } from "pg";
import type { Knex } from "./open-database";

/** A statement that a connection prepares once, under its name; parameters are $1, $2, … */
export interface PreparedStatement {
  name: string;
  sql: string;
}

/** How many connections share the work. */
const CONNECTIONS = 2;

/**
 * A few connections that send the next query before the last one is answered; queries made at about the same
 * time leave in one write. It is for the short reads of every request: two socket writes took 190 of the 635
 * µs of such a request, Knex's builder and pool as much again. Use Knex for transactions, and for slow
 * statements, which would delay the queries behind them.
 */
export class Pipeline {
  readonly #lines: Line[];

  /** @param db has the connection settings; each connection is opened on first use */
  constructor(db: Knex) {
    const settings = (db.client as Knex.Client).config.connection as ClientConfig;
    this.#lines = Array.from({ length: CONNECTIONS }, () => new Line(settings));
  }

  /** @throws what the driver throws */
  query<Row extends QueryResultRow>(statement: PreparedStatement, values: unknown[]): Promise<Row[]> {
    const shortest = this.#lines.reduce((least, line) => (line.waiting < least.waiting ? line : least));
    return shortest.query<Row>(statement, values);
  }

  async close(): Promise<void> {
    await Promise.all(this.#lines.map((line) => line.close()));
  }
}

/** One connection; a broken one is replaced at the next query. */
class Line {
  readonly #settings: ClientConfig;
  #connected: Promise<Client> | undefined;
  /** queries without an answer yet */
  waiting = 0;

  constructor(settings: ClientConfig) {
    this.#settings = settings;
  }

  async query<Row extends QueryResultRow>(
    { name, sql }: PreparedStatement,
    values: unknown[],
  ): Promise<Row[]> {
    this.waiting += 1;
    try {
      const client = await (this.#connected ??= this.#connect());
      holdBack(client);
      return (await client.query<Row>({ name, text: sql, values })).rows;
    } finally {
      this.waiting -= 1;
    }
  }

  async close(): Promise<void> {
    const client = await this.#connected?.catch(() => undefined);
    await client?.end();
  }

  #connect(): Promise<Client> {
    const client = new Client({ ...this.#settings, pipeline: true });
    const connected = client.connect().then(() => client);
    // The events of a connection may come after it was replaced.
    const forget = () => {
      if (this.#connected === connected) this.#connected = undefined;
    };
    client.on("error", forget);
    client.on("end", forget);
    connected.catch(forget);
    return connected;
  }
}

const held = new WeakSet<Client>();

/** Collects writes until all input that is already here has been handled, then sends them as one. */
function holdBack(client: Client): void {
  if (held.has(client)) return;
  const { stream } = (client as Client & { connection: { stream: { cork(): void; uncork(): void } } })
    .connection;
  held.add(client);
  stream.cork();
  setImmediate(() => {
    held.delete(client);
    stream.uncork();
  });
}
