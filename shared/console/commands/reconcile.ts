import { columns } from "../columns";
import { type CommandContext, UsageError } from "../command";

/**
 * Compares Stripe with the payments, and names the successes that the books lack.
 * @throws UsageError; Error when there are any
 */
export async function reconcile({ call, print }: CommandContext, [day, ...rest]: string[]): Promise<void> {
  const isDay = day === undefined || /^\d{4}-\d{2}-\d{2}$/.test(day);
  if (!isDay || rest.length > 0) throw new UsageError("Usage: billing reconcile [YYYY-MM-DD]");
  const since = day === undefined ? {} : { since: `${day}T00:00:00Z` };
  const { listed, taken_over, settled, unbooked, ...compared } = await call("payments.reconcile", since);
  if (compared.since === null) print("Stripe was not asked: this process only observes.");
  else {
    print(
      `Since ${compared.since}: ${listed} intents at Stripe, ${taken_over} taken over, ${settled} settled.`,
    );
  }
  if (unbooked.length === 0) return print("Every success at Stripe is in the books.");
  const rows = unbooked.map(({ id, stripe_payment_intent_id, invoice, stripe_amount, currency, reason }) => {
    const amount = `${stripe_amount} ${currency} (Stripe's units)`;
    return [id, stripe_payment_intent_id, amount, invoice ?? "no invoice", reason];
  });
  for (const line of columns(rows)) print(`  ${line}`);
  throw new Error(`successes at Stripe that the books lack: ${unbooked.length}`);
}
