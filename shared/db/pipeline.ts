import { Client, type ClientConfig, type QueryResultRow } from "pg";
import type { Knex } from "./open-database";

/** A statement that a connection plans once and then knows by its name; parameters are $1, $2, … */
export interface PreparedStatement {
  name: string;
  sql: string;
}

/** How many connections share the work. */
const CONNECTIONS = 2;

/**
 * A few connections that do not wait for one answer before the next question goes out: what is asked at about
 * the same moment leaves in one piece. For short reads that come with every request: writing to sockets is
 * what such a request costs most (two of them took 190 of 635 µs of a bare handler), and Knex's builder and
 * pool as much again. A slow statement would hold up those behind it, and there are no transactions here: for
 * these there is Knex.
 */
export class Pipeline {
  readonly #lines: Line[];

  /** @param db whose settings the connections share; each connects on first use */
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

/** One connection; one that breaks is replaced when it is needed next. */
class Line {
  readonly #settings: ClientConfig;
  #connected: Promise<Client> | undefined;
  /** questions without an answer */
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
    // One that has been replaced may say so late.
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

/** Keeps what is written from leaving until everything that has come in by now has been looked at. */
function holdBack(client: Client): void {
  if (held.has(client)) return;
  const { stream } = (client as unknown as { connection: { stream: { cork(): void; uncork(): void } } })
    .connection;
  held.add(client);
  stream.cork();
  setImmediate(() => {
    held.delete(client);
    stream.uncork();
  });
}
