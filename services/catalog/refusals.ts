import { invalid, taken } from "../../shared/errors";
import { violatedConstraint } from "../../shared/db/transaction";
import { whyNotAPrice } from "./domain/price";

/** @throws BillingError 400 naming `field` when a card cannot be charged with the amount */
export function requireChargeable(amountMinor: number, currency: string, field = "amount_minor"): void {
  const message = whyNotAPrice(amountMinor, currency);
  if (message !== undefined) throw invalid({ field, message });
}

/** @throws BillingError 409 naming `name` when a plan on offer has it already; any other error as it is */
export function refuseTakenName(error: unknown): never {
  if (violatedConstraint(error) !== "plans_name_on_offer") throw error;
  throw taken("plan.name_taken", { field: "name", message: "is the name of another plan on offer" });
}
