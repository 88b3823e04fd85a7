import { view } from "../../../shared/contracts/fields";
import { charge } from "../../../shared/contracts/invoicing";
import type { Knex } from "../../../shared/db/open-database";
import { conflict, invalid } from "../../../shared/errors";
import { recordChanges } from "../../../shared/events/audit-log";
import { formatAmount, MAX_AMOUNT_MINOR } from "../../../shared/money";
import type { ActionHandler } from "../../../shared/service/service-env";
import { Charge } from "../models/charge";

/**
 * Keeps a charge for the customer's next invoice in its currency.
 * @throws BillingError 404 for no customer, 409 for a closed one; 400 when it costs more than can be paid,
 *   also together with what waits already
 */
export const createCharge: ActionHandler<"invoicing.createCharge"> = async ({
  params,
  config,
  clock,
  call,
  transaction,
}) => {
  const { id: customer_id, closed_at } = await call("identity.getCustomer", { customer: params.customer });
  if (closed_at !== null) throw conflict("customer.closed", "The customer is closed.");
  const { description, quantity, unit_amount_minor, currency = config.defaultCurrency } = params;
  const amount_minor = unit_amount_minor * quantity;
  const created_at = await clock.now();
  return transaction(async (trx) => {
    const waiting = await waitingAmount(trx, customer_id, currency);
    if (amount_minor + waiting > MAX_AMOUNT_MINOR) {
      const most = `${formatAmount(MAX_AMOUNT_MINOR, currency)} ${currency}`;
      const message = `must be at most ${most}, together with what waits for the customer's next invoice`;
      throw invalid({ field: "unit_amount_minor", message });
    }
    const row = { customer_id, description, quantity, unit_amount_minor, amount_minor, currency, created_at };
    const kept = await Charge.query(trx).insert(row).returning("*");
    await recordChanges(trx, [{ action: "charge.created", object: kept.id }]);
    return view(charge, kept);
  });
};

/** What waits for a customer's next invoice in a currency, in minor units. */
async function waitingAmount(trx: Knex.Transaction, customer: string, currency: string): Promise<number> {
  const { rows } = await trx.raw<{ rows: { amount_minor: number }[] }>(
    `SELECT coalesce(sum(amount_minor), 0)::bigint AS amount_minor FROM charges
     WHERE customer_id = ? AND currency = ? AND invoice_id IS NULL`,
    [customer, currency],
  );
  return rows[0]?.amount_minor ?? 0;
}
