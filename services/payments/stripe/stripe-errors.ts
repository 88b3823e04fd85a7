import Stripe from "stripe";
import { BillingError, conflict } from "../../../shared/errors";

/** What may be logged of Stripe's refusal: its error objects carry whole intents, client secrets included. */
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
/**
 * The idempotency key is of no more use: Stripe repeats an old 5xx under it, as it does for a day, or knows
 * it from a request with other parameters, which an older version of ours may have sent.
 */
export const UNUSABLE_KEY = "stripe.spent_key";

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
      if (error instanceof Stripe.errors.StripeInvalidRequestError && error.statusCode === 404)
        return undefined;
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
  const isInvalid = error instanceof Stripe.errors.StripeInvalidRequestError;
  if (isInvalid && (error.param === "amount" || error.param === "currency")) {
    return conflict(NOT_PAYABLE, `This invoice cannot be paid by card: ${error.message}`);
  }
  const detail = "The card payment service is not available at the moment; try again shortly.";
  return new BillingError(503, spendsKey(error) ? UNUSABLE_KEY : "stripe.unavailable", detail);
}

function spendsKey(error: InstanceType<typeof Stripe.errors.StripeError>): boolean {
  if (error instanceof Stripe.errors.StripeIdempotencyError) return error.statusCode === 400;
  return (
    error.headers?.["idempotent-replayed"] === "true" &&
    error.statusCode !== undefined &&
    error.statusCode >= 500
  );
}
