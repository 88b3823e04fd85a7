import { CATCH_UP_WITHIN_MS } from "../../../shared/service/audit/checks";
import { compareFacts, type Difference } from "../../../shared/service/audit/compare";
import type { ServiceEnv } from "../../../shared/service/service-env";
import type { AuditResult } from "../../../shared/contracts/contract";
import type { SettledPayment } from "../../../shared/contracts/payments";
import { PAID_INVOICES } from "../queries/audit/copies";
import { Tally } from "./tally";

const CHECKS = {
  paid_invoices_have_payments: "every paid invoice of more than nothing has a succeeded payment",
  payments_have_paid_invoices: "every succeeded payment's invoice is paid",
  payments_fit_invoices: "every paid invoice names its payment, which is of the same amount and currency",
  refunds_agree: "invoices and payments agree on what went back and what is disputed",
};

/**
 * Compares the paid invoices with the books of payments.
 * @returns a result for every check, its ids those of invoices
 */
export async function auditPayments({ db, asSystem, catchUp, log }: ServiceEnv): Promise<AuditResult[]> {
  const tally = new Tally(CHECKS);
  const differences = compareFacts<SettledPayment, SettledPayment>({
    originals: {
      digest: () => asSystem("payments.digestSettledPayments", {}),
      list: (selection) => asSystem("payments.listSettledPayments", selection),
    },
    db,
    facts: PAID_INVOICES,
    // That a feed is stuck is a finding of its own; what it holds up differs then, and is one too.
    catchUp: () =>
      catchUp("payments", CATCH_UP_WITHIN_MS).catch((error: unknown) => {
        log.warn({ err: error }, "audit: could not catch up");
      }),
  });
  for await (const difference of differences) tally.add(checkOf(difference), difference.id);
  return tally.results();
}

function checkOf({ original, copy }: Difference<SettledPayment, SettledPayment>): keyof typeof CHECKS {
  if (original === undefined) return "paid_invoices_have_payments";
  if (copy === undefined) return "payments_have_paid_invoices";
  const fits =
    original.payment_id === copy.payment_id &&
    original.amount_minor === copy.amount_minor &&
    original.currency === copy.currency;
  return fits ? "refunds_agree" : "payments_fit_invoices";
}
