import Stripe from "stripe";
import { BillingError } from "../../../shared/errors";
import { notPayableByCard } from "../payer-errors";

/** What we log of a Stripe error. The error object itself can hold a whole intent with its client secret. */
interface SafeDetails {
  stripe_type: string;
  code: string | undefined;
  param: string | undefined;
  http_status: number | undefined;
  stripe_request_id: string | undefined;
}

/** Where refused requests are logged. */
export interface RequestLog {
  warn(details: SafeDetails, message: string): void;
}

/**
 * Type of the 503 when an idempotency key can no longer be used: Stripe repeats an old 5xx for it (for 24
 * hours), or has seen it with other parameters, which an older version of our code may have sent.
 */
export const UNUSABLE_KEY = "stripe.spent_key";

/**
 * Sends a request to Stripe. Its errors are replaced by ones that are safe to log and to show.
 * @param what names the request in the log, like `create an intent`
 * @throws BillingError 409 `invoice.not_payable`, 503 `stripe.spent_key`, else 503 `stripe.unavailable`
 */
export async function askStripe<T>(log: RequestLog, what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    log.warn(safeDetails(error), `Stripe did not ${what}`);
    throw translated(error);
  }
}

/** Like `askStripe`, but gives undefined for an object that does not exist. */
export async function askForObject<T>(
  log: RequestLog,
  what: string,
  ask: () => Promise<T>,
): Promise<T | undefined> {
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
    return notPayableByCard(error.message);
  }
  const detail = "Card payments are not available at the moment. Please try again in a few minutes.";
  return new BillingError(503, makesKeyUnusable(error) ? UNUSABLE_KEY : "stripe.unavailable", detail);
}

function makesKeyUnusable(error: InstanceType<typeof Stripe.errors.StripeError>): boolean {
  if (error instanceof Stripe.errors.StripeIdempotencyError) return error.statusCode === 400;
  return (
    error.headers?.["idempotent-replayed"] === "true" &&
    error.statusCode !== undefined &&
    error.statusCode >= 500
  );
}
