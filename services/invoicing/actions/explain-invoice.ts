import type { Call } from "../../../shared/contracts";
import { requireOwner } from "../../../shared/service/caller";
import { notFound } from "../../../shared/errors";
import type { ActionHandler } from "../../../shared/service/service-env";
import type { Delivery } from "../../../shared/contracts/notifications";
import { explain, type ExplainedInvoice } from "../domain/explanation";
import { findInvoice } from "../queries/find-invoice";
import { type InvoiceOrigin, invoiceOrigin } from "../queries/invoice-origin";

/**
 * Explains why an invoice exists and what has happened to it since, with what subscriptions, payments and
 * notifications know of it.
 * @throws BillingError 404, also for another customer's invoice
 */
export const explainInvoice: ActionHandler<"invoicing.explainInvoice"> = async ({
  params,
  caller,
  db,
  call,
}) => {
  const { bill_to: _billTo, lines: _shown, ...invoice } = await findInvoice(db, params.id);
  requireOwner(caller, invoice.customer, "invoice");
  const origin = await invoiceOrigin(db, invoice.id);
  if (origin === undefined) throw notFound("invoice");

  const [subscription, history, deliveries] = await Promise.all([
    call("subscriptions.getSubscription", { id: invoice.subscription }),
    call("payments.getPaymentHistory", { invoice: invoice.id }),
    allDeliveries(call, invoice.id),
  ]);
  const explained: ExplainedInvoice = { invoice, ...origin, issued_by: issuedBy(origin) };
  const { period_index, anchor, step, plan_name, subscribed_at, lines } = origin;
  const { currency, period_start, period_end, plan } = invoice;
  const { id, status, start_date, end_date } = subscription;
  return {
    invoice,
    because: explain(explained),
    subscription: { id, status, plan, plan_name, subscribed_at, start_date, end_date },
    period: { index: period_index, anchor, step, start: period_start, end: period_end },
    prices: lines.flatMap(({ item, unit_amount_minor, price_from: effective_from }) =>
      item === undefined || effective_from === undefined
        ? []
        : [{ item, amount_minor: unit_amount_minor, currency, effective_from }],
    ),
    issued_by: explained.issued_by,
    run: runOf(origin),
    ...history,
    deliveries,
  };
};

/** Staff started a run that has no event; an invoice without a run was issued with its subscription. */
function issuedBy({ run_id, run_event_id }: InvoiceOrigin): ExplainedInvoice["issued_by"] {
  if (run_id === null) return "subscription";
  return run_event_id === null ? "staff" : "timetable";
}

function runOf({ run_id, run_as_of, run_event_id, run_created_at, run_finished_at }: InvoiceOrigin) {
  if (run_id === null || run_as_of === null || run_created_at === null) return null;
  return {
    id: run_id,
    as_of: run_as_of,
    event_id: run_event_id,
    created_at: run_created_at,
    finished_at: run_finished_at,
  };
}

/** All mails about an invoice, the oldest first. There are a handful, so one page has them all. */
async function allDeliveries(call: Call, invoiceId: string): Promise<Delivery[]> {
  const { items } = await call("notifications.listDeliveries", { invoice: invoiceId, limit: 200 });
  return items.toReversed();
}
