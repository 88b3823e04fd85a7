import type { FactChunk, FactSelection } from "../../contracts/contract";
import type { Knex } from "../../db/open-database";
import { digestWithin, type FactSet, listFacts } from "./fact-set";

/** The facts as their owner has them. */
export interface Originals<Fact> {
  digest: () => Promise<FactChunk[]>;
  list: (selection: FactSelection) => Promise<Fact[]>;
}

/** A fact that the owner and our copy have differently; undefined where one of them does not have it. */
export interface Difference<Original, Copy> {
  id: string;
  original: Original | undefined;
  copy: Copy | undefined;
}

interface Sides<Original> {
  originals: Originals<Original>;
  /** where our copy is, and how to read the same facts from it */
  db: Knex;
  facts: FactSet;
  /** consumes the owner's events up to now */
  catchUp: () => Promise<unknown>;
}

const PAGE = 2_000;
/** A fact that changes in each of this many rounds is in progress, and no difference. */
const ROUNDS = 3;

/**
 * Compares our copy of facts with the originals: digests first, then the chunks that differ, page by page. A
 * change in progress is no difference: a fact counts only if the original did not change while we caught up
 * and read our copy.
 */
export async function* compareFacts<Original extends { id: string }, Copy extends { id: string }>(
  sides: Sides<Original>,
): AsyncGenerator<Difference<Original, Copy>> {
  await sides.catchUp();
  for (const range of await differingRanges(sides)) {
    for await (const suspects of suspectsWithin(sides, range))
      yield* confirmed<Original, Copy>(sides, suspects);
  }
}

type Range = Pick<FactSelection, "from" | "to">;

async function differingRanges({ originals, db, facts }: Sides<unknown>): Promise<Range[]> {
  const theirs = await originals.digest();
  const ours = await digestWithin(
    db,
    facts,
    theirs.map(({ first }) => first),
  );
  return theirs.flatMap(({ first, count, digest }, index) => {
    if (ours[index]?.count === count && ours[index]?.digest === digest) return [];
    const next = theirs[index + 1];
    return [{ from: first, ...(next && { to: next.first }) }];
  });
}

/** Reads both sets in parallel, and gives the ids of the facts that differ, page by page. */
async function* suspectsWithin<Original extends { id: string }>(
  { originals, db, facts }: Sides<Original>,
  range: Range,
): AsyncGenerator<string[]> {
  let passed = "";
  for (let page = { ...range, limit: PAGE }; ;) {
    const theirs = await originals.list(page);
    const ours = await listFacts<Original>(db, facts, page);
    const full = [theirs, ours].flatMap((rows) => (rows.length < PAGE ? [] : [rows.at(-1)?.id ?? ""]));
    // Rows beyond the last row of a full page are on the other side's next page.
    const end = full.sort()[0];
    const within = ({ id }: { id: string }) => id > passed && (end === undefined || id <= end);
    const suspects = differences(facts, theirs.filter(within), ours.filter(within)).map(({ id }) => id);
    if (suspects.length > 0) yield suspects;
    if (end === undefined) return;
    // The next page begins with the row that this one ended with.
    passed = end;
    page = { ...page, from: end };
  }
}

async function* confirmed<Original extends { id: string }, Copy extends { id: string }>(
  { originals, db, facts, catchUp }: Sides<Original>,
  suspects: string[],
): AsyncGenerator<Difference<Original, Copy>> {
  let ids = suspects;
  for (let round = 0; round < ROUNDS && ids.length > 0; round++) {
    const before = await originals.list({ ids });
    await catchUp();
    const ours = await listFacts<Copy>(db, facts, { ids });
    const after = await originals.list({ ids });
    const moved = new Set(differences(facts, before, after).map(({ id }) => id));
    yield* differences(facts, before, ours).filter(({ id }) => !moved.has(id));
    ids = [...moved];
  }
}

function differences<Original extends { id: string }, Copy extends { id: string }>(
  { compared }: FactSet,
  originals: readonly Original[],
  copies: readonly Copy[],
): Difference<Original, Copy>[] {
  const original = new Map(originals.map((fact) => [fact.id, fact]));
  const copy = new Map(copies.map((fact) => [fact.id, fact]));
  const text = (fact: object | undefined) =>
    fact && JSON.stringify(compared.map((column) => (fact as Record<string, unknown>)[column]));
  return [...new Set([...original.keys(), ...copy.keys()])]
    .map((id) => ({ id, original: original.get(id), copy: copy.get(id) }))
    .filter((pair) => text(pair.original) !== text(pair.copy));
}
