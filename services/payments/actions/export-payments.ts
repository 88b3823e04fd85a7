import { columnsOf, view } from "../../../shared/contracts/fields";
import { exportedPayment, type ExportedPayment } from "../../../shared/contracts/payments";
import { decodeCursor, ID_CURSOR, toPage } from "../../../shared/db/keyset";
import { Payment } from "../models/payment";
import type { PaymentsAction } from "../tools";

const COLUMNS = columnsOf(exportedPayment.omit({ refunds: true }));

type Refund = ExportedPayment["refunds"][number];

/** A page of the payments of some invoices with their refunds, in the order in which they were begun. */
export const exportPayments: PaymentsAction<"payments.exportPayments"> = async ({
  params: { invoices, limit, cursor },
  db,
}) => {
  const query = Payment.query(db)
    .whereIn("invoice_id", invoices)
    .orderBy("id")
    .limit(limit + 1)
    .select(...COLUMNS);
  if (cursor !== undefined) void query.where("id", ">", ...decodeCursor(cursor, ID_CURSOR));
  const { items, next } = toPage(await query, limit, ({ id }) => [id]);
  const refunds = await db("refunds")
    .whereIn(
      "payment_id",
      items.map(({ id }) => id),
    )
    .orderBy(["created_at", "id"])
    .select<(Refund & { payment_id: string })[]>("*");
  return {
    items: items.map((row) =>
      view(exportedPayment, row, {
        refunds: refunds
          .filter(({ payment_id }) => payment_id === row.id)
          .map(({ id, amount_minor, currency, status, reason, created_at }) => ({
            id,
            amount_minor,
            currency,
            status,
            reason,
            created_at,
          })),
      }),
    ),
    next,
  };
};
