import { compareFacts, type Difference } from "../../../shared/service/audit/compare";
import type { ServiceEnv } from "../../../shared/service/service-env";
import type { AuditResult } from "../../../shared/contracts/contract";
import type { SettledPayment } from "../../../shared/contracts/payments";
import { PAID_INVOICES } from "../queries/audit/copies";
import { catchUpWith } from "./catch-up";
import { Findings } from "./findings";

const CHECKS = {
  paid_invoices_have_payments: "every paid invoice above 0 has a succeeded payment",
  payments_have_paid_invoices: "every succeeded payment's invoice is paid",
  payments_fit_invoices: "every paid invoice names its payment, which is of the same amount and currency",
  refunds_agree: "invoices and payments agree on what was refunded and what is disputed",
};

/**
 * Compares the paid invoices with the payments of the payments service.
 * @returns a result for every check; its ids are those of invoices
 */
export async function auditPayments(env: ServiceEnv): Promise<AuditResult[]> {
  const { db, call } = env;
  const findings = new Findings(CHECKS);
  const differences = compareFacts<SettledPayment, SettledPayment>({
    originals: {
      digest: () => call("payments.digestSettledPayments", {}),
      list: (selection) => call("payments.listSettledPayments", selection),
    },
    db,
    facts: PAID_INVOICES,
    catchUp: catchUpWith(env, "payments"),
  });
  for await (const difference of differences) findings.add(checkOf(difference), difference.id);
  return findings.results();
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
