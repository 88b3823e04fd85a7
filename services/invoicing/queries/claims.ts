import type { Knex } from "../../../shared/db/open-database";
import type { IsoDate } from "../../../shared/time";
import { unknownCase } from "../../../shared/states";

/** Where a pass over the due billables stands; the next page starts after it. */
export interface PassPosition {
  start: string;
  subscriptionId: string;
}

/** Before the first billable. */
export const PASS_START: PassPosition = {
  start: "0001-01-01",
  subscriptionId: "00000000-0000-0000-0000-000000000000",
};

/** Which billables a page bills: those due by a day, new ones at once, or a single one. */
export type Claim =
  | { kind: "due"; asOf: string; after: PassPosition; limit: number }
  | { kind: "new"; limit: number }
  | { kind: "one"; asOf: string; subscriptionId: string };

/** For each kind of claim: the day up to which it bills, which of the due billables, and in which order. */
const CLAIMS: Record<Claim["kind"], { asOf: string; which: string; order: string }> = {
  due: {
    asOf: "(:asOf)::date",
    which: "(next_start, subscription_id) > ((:afterStart)::date, (:afterId)::uuid)",
    order: "ORDER BY next_start, subscription_id LIMIT :limit",
  },
  new: {
    asOf: "bill_at_once_on",
    which: "bill_at_once_on IS NOT NULL",
    order: "ORDER BY subscription_id LIMIT :limit",
  },
  one: { asOf: "(:asOf)::date", which: "subscription_id = (:subscriptionId)::uuid", order: "" },
};

/** The condition of a claim. A billable that another run has billed meanwhile does not meet it any more. */
export function claimCondition(kind: Claim["kind"]): string {
  const { asOf, which } = CLAIMS[kind];
  return `next_start <= ${asOf} AND parked_error IS NULL AND ${which}`;
}

/** Reads the billables of a claim; their column `as_of` is the day up to which they are billed. */
function claimedBillables(kind: Claim["kind"], columns: string): string {
  const { asOf, order } = CLAIMS[kind];
  return `SELECT ${columns}, ${asOf} AS as_of FROM billables WHERE ${claimCondition(kind)} ${order}`;
}

/** Locks the billables of a claim and reads them. Those that another run has locked are left out. */
export function claimBillables(kind: Claim["kind"]): string {
  return `${claimedBillables(kind, "*")} FOR UPDATE SKIP LOCKED`;
}

/** The values of a claim's statement, by name. */
export function claimBindings(claim: Claim): Record<string, string | number> {
  switch (claim.kind) {
    case "due":
      return {
        asOf: claim.asOf,
        afterStart: claim.after.start,
        afterId: claim.after.subscriptionId,
        limit: claim.limit,
      };
    case "new":
      return { limit: claim.limit };
    case "one":
      return { asOf: claim.asOf, subscriptionId: claim.subscriptionId };
    default:
      return unknownCase(claim);
  }
}

/** A billable that could be claimed, and the day up to which it is billed. */
interface Claimable {
  subscription_id: string;
  next_start: string;
  as_of: string;
}

/** What a page would claim, without locking it. */
export async function listClaimable(db: Knex, claim: Claim): Promise<Claimable[]> {
  const { rows } = await db.raw<{ rows: Claimable[] }>(
    claimedBillables(claim.kind, "subscription_id, next_start"),
    claimBindings(claim),
  );
  return rows;
}

/** The days on which new subscriptions that wait to be billed were made; usually today alone. */
export async function daysOfNew(db: Knex): Promise<IsoDate[]> {
  const { rows } = await db.raw<{ rows: { day: IsoDate }[] }>(
    "SELECT DISTINCT bill_at_once_on AS day FROM billables WHERE bill_at_once_on IS NOT NULL",
  );
  return rows.map(({ day }) => day);
}
