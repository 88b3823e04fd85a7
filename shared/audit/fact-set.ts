import type { FactChunk, FactSelection } from "../contracts/contract";
import type { Knex } from "../db/open-database";
import { readBooks } from "./checks";

/** A set of facts that two services keep, each in its own schema. */
export interface FactSet {
  /** SELECT of `id` (uuid, unique) and at least the compared columns */
  sql: string;
  /** the columns that must agree, in an order that is the same on both sides */
  compared: readonly string[];
}

/** Few facts to look at where a chunk differs; and so few chunks that their digests fit into one message of NATS. */
const CHUNK = 1_000;
const CHUNKS = 4_000;

/** Sums do not depend on the order of rows, so that whoever groups by other means gets the same digest. */
function digestOf({ compared }: FactSet): string {
  const values = compared.map((column) => `coalesce(${column}::text, '')`).join(", ");
  return `sum(hashtextextended(concat_ws('|', id, ${values}), 0))::text`;
}

/** Digests of a whole set in chunks of neighbouring ids. */
export async function digestFacts(db: Knex, facts: FactSet): Promise<FactChunk[]> {
  const { rows } = await readBooks(db, (trx) =>
    trx.raw<{ rows: FactChunk[] }>(
      `WITH ranked AS (
         SELECT *, row_number() OVER (ORDER BY id) - 1 AS rank,
                greatest(:chunk, 1 + count(*) OVER () / :chunks) AS size
         FROM (${facts.sql}) AS fact
       )
       SELECT max(id::text) FILTER (WHERE rank % size = 0) AS first, count(*) AS count, ${digestOf(facts)} AS digest
       FROM ranked GROUP BY rank / size ORDER BY rank / size`,
      { chunk: CHUNK, chunks: CHUNKS },
    ),
  );
  return rows;
}

/** Digests of a set within the chunks of another one. Chunk 0 is what lies before the first; chunks without facts are missing. */
export async function digestWithin(db: Knex, facts: FactSet, chunks: readonly FactChunk[]): Promise<Map<number, Omit<FactChunk, "first">>> {
  const { rows } = await readBooks(db, (trx) =>
    trx.raw<{ rows: (Omit<FactChunk, "first"> & { chunk: number })[] }>(
      `SELECT width_bucket(id, (:firsts)::uuid[]) AS chunk, count(*) AS count, ${digestOf(facts)} AS digest
       FROM (${facts.sql}) AS fact GROUP BY chunk`,
      { firsts: chunks.map(({ first }) => first) },
    ),
  );
  return new Map(rows.map(({ chunk, ...digest }) => [chunk, digest]));
}

/** Facts by their ids, or a page of them in the order of their ids. */
export async function listFacts<Fact>(db: Knex, { sql }: FactSet, { ids, from, to, limit = 2000 }: FactSelection): Promise<Fact[]> {
  const wanted = [
    ...(ids === undefined ? [] : ["id = ANY((:ids)::uuid[])"]),
    ...(from === undefined ? [] : ["id >= (:from)::uuid"]),
    ...(to === undefined ? [] : ["id < (:to)::uuid"]),
  ];
  const bindings = { ...(ids && { ids }), ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  const { rows } = await db.raw<{ rows: Fact[] }>(
    `SELECT * FROM (${sql}) AS fact ${wanted.length === 0 ? "" : `WHERE ${wanted.join(" AND ")}`}
     ORDER BY id ${ids === undefined ? "LIMIT :limit" : ""}`,
    { ...bindings, ...(ids === undefined ? { limit } : {}) },
  );
  return rows;
}
