import { z } from "zod";
import { invalid } from "../../../shared/errors";
import type { ActionHandler } from "../../../shared/service/service-env";
import { type BillingPreviewSummary, type PreviewedInvoice } from "../../../shared/contracts/invoicing";
import { decodeCursor, toPage } from "../../../shared/db/keyset";
import type { Knex } from "../../../shared/db/open-database";
import { addDays } from "../../../shared/time";
import { summarize, whyEmpty } from "../domain/billing-preview";
import {
  hasAnyPeriodStarted,
  listPreviewed,
  onSnapshot,
  tallyPreview,
  type PreviewedPeriod,
  type PreviewOptions,
} from "../queries/preview-billing";

/** Further ahead, prices and cancellations still to come make a preview useless. */
const DAYS_AHEAD = 366;
const CHUNK = 1000;
const LIST_START = { subscriptionId: "00000000-0000-0000-0000-000000000000", index: -1 };
const index = z.string().regex(/^\d{1,9}$/);

/** A period that can be billed. */
type Billable = PreviewedPeriod & PreviewedInvoice;

/**
 * What a billing run as of a day would issue, computed by the run's own SQL and without writing anything.
 * Like a run it first consumes the feeds of subscriptions and the catalog.
 * @throws BillingError 400 when `as_of` lies more than 366 days after today (business date)
 */
export const previewBilling: ActionHandler<"invoicing.previewBilling"> = async ({
  params,
  clock,
  db,
  catchUp,
}) => {
  const today = await clock.today();
  const as_of = params.as_of ?? today;
  const latest = addDays(today, DAYS_AHEAD);
  if (as_of > latest) {
    throw invalid({ field: "as_of", message: `must not be after ${latest}, ${DAYS_AHEAD} days from today` });
  }
  const after = params.cursor === undefined ? LIST_START : positionOf(params.cursor);
  if (params.cursor === undefined) {
    await catchUp("subscriptions");
    await catchUp("catalog");
  }
  const options = { asOf: as_of };
  return onSnapshot(db, async (trx) => {
    const summary = params.summary && params.cursor === undefined ? await summaryOf(trx, options) : null;
    const rows = await previewedAfter(trx, options, after, params.limit + 1);
    const { items, next } = toPage(rows, params.limit, (row) => [row.subscription, String(row.index)]);
    return { as_of, summary, items: items.map(shown), next };
  });
};

/** A period without what only the paging needs. */
function shown({ index: _index, reason: _reason, ...row }: Billable): PreviewedInvoice {
  return row;
}

function positionOf(cursor: string): typeof LIST_START {
  const [subscriptionId, number] = decodeCursor(cursor, z.tuple([z.uuid(), index]));
  return { subscriptionId, index: Number(number) };
}

async function summaryOf(trx: Knex, options: PreviewOptions): Promise<BillingPreviewSummary> {
  const summary = summarize(await tallyPreview(trx, options));
  const started = summary.count > 0 || (await hasAnyPeriodStarted(trx, options.asOf));
  return { ...summary, detail: whyEmpty(summary, options.asOf, started) };
}

/** Reads on past the periods that cannot be billed, until there are enough others or no more. */
async function previewedAfter(
  trx: Knex,
  options: PreviewOptions,
  start: typeof LIST_START,
  wanted: number,
): Promise<Billable[]> {
  const found: Billable[] = [];
  let after = start;
  for (let limit = wanted; ; limit = CHUNK) {
    const rows = await listPreviewed(trx, { ...options, after, limit });
    found.push(...rows.filter((row): row is Billable => row.reason === null));
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit || found.length >= wanted) return found.slice(0, wanted);
    after = { subscriptionId: last.subscription, index: last.index };
  }
}
