import type { QueryBuilder, Model } from "objection";

/** Keeps the rows that have a fact in their metadata. The partial index on metadata serves it. */
export function withMetadata<M extends Model>(
  query: QueryBuilder<M>,
  fact: { key: string; value: string } | undefined,
): void {
  if (fact === undefined) return;
  query.whereRaw("metadata <> '{}' AND metadata @> ?::jsonb", [JSON.stringify({ [fact.key]: fact.value })]);
}
