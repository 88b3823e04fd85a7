import Stripe from "stripe";
import { BillingError, conflict } from "../../../shared/broker/errors";

/** What may be logged and thrown on of Stripe's refusal: its error objects carry whole intents, client secrets included. */
interface SafeDetails {
  stripe_type: string;
  code: string | undefined;
  param: string | undefined;
  http_status: number | undefined;
  stripe_request_id: string | undefined;
}

type Log = (details: SafeDetails, message: string) => void;

/** The invoice's amount or currency is beyond what Stripe charges: 409, and another try would not help. */
export const NOT_PAYABLE = "invoice.not_payable";
/** Stripe repeats an old 5xx under our idempotency key, as it does for a day: the key is of no more use. */
export const SPENT_KEY = "stripe.spent_key";

/**
 * Asks Stripe something and lets nothing of its errors out but what is safe to log and to show.
 * @param what names the request in the log, like `create an intent`
 * @throws BillingError 409 `invoice.not_payable`, 503 `stripe.spent_key`, else 503 `stripe.unavailable`
 */
export async function askStripe<T>(log: Log, what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    log(safeDetails(error), `Stripe would not ${what}`);
    throw translated(error);
  }
}

/** As `askStripe`, but what does not exist is undefined. */
export async function askForObject<T>(log: Log, what: string, ask: () => Promise<T>): Promise<T | undefined> {
  return askStripe(log, what, async () => {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof Stripe.errors.StripeInvalidRequestError && error.statusCode === 404) return undefined;
      throw error;
    }
  });
}

function safeDetails(error: InstanceType<typeof Stripe.errors.StripeError>): SafeDetails {
  return {
    stripe_type: error.type,
    code: error.code,
    param: error.param,
    http_status: error.statusCode,
    stripe_request_id: error.requestId,
  };
}

function translated(error: InstanceType<typeof Stripe.errors.StripeError>): BillingError {
  if (error instanceof Stripe.errors.StripeInvalidRequestError && (error.param === "amount" || error.param === "currency")) {
    return conflict(NOT_PAYABLE, `This invoice cannot be paid by card: ${error.message}`);
  }
  const replayed = error.headers?.["idempotent-replayed"] === "true" && (error.statusCode ?? 0) >= 500;
  return new BillingError(
    503,
    replayed ? SPENT_KEY : "stripe.unavailable",
    "The card payment service is not available at the moment; try again shortly.",
  );
}
