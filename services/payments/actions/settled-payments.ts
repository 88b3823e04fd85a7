import { digestFacts, listFacts } from "../../../shared/service/audit/fact-set";
import type { SettledPayment } from "../../../shared/contracts/payments";
import { SETTLED_PAYMENTS } from "../queries/audit/settled-payments";
import type { PaymentsAction } from "../tools";

/** Digests of all succeeded payments, for services that keep a copy of them. */
export const digestSettledPayments: PaymentsAction<"payments.digestSettledPayments"> = ({ db }) =>
  digestFacts(db, SETTLED_PAYMENTS);

/** Succeeded payments: those of the given invoices, or a page of all. */
export const listSettledPayments: PaymentsAction<"payments.listSettledPayments"> = ({ db, params }) =>
  listFacts<SettledPayment>(db, SETTLED_PAYMENTS, params);
