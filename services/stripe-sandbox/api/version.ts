import type Stripe from "stripe";
import { ApiError } from "./errors";
import type { FormObject } from "./form";

/** The version of Stripe's API in which the sandbox answers: the one that the pinned SDK is typed for. */
export const API_VERSION = "2026-10-28.endive" satisfies Stripe.LatestApiVersion;

/** From this version on, intents take `allowed_payment_method_types` instead of `payment_method_types`. */
const METHOD_TYPES_RENAMED_IN = "2026-09-30";

/** "2026-10-28.endive", or only a date in versions before 2024-09-30. */
const VERSION = /^\d{4}-\d{2}-\d{2}(\.\w+)?$/;

/**
 * Reads the parameters of older versions as those of {@link API_VERSION}. Stripe's command line names no
 * version and sends the older ones, so without a version both are taken.
 * @param version the `Stripe-Version` header
 * @throws ApiError 400 for what is no version of the API
 */
export function upgradeParams(params: FormObject, version: string | undefined): FormObject {
  if (version !== undefined && !VERSION.test(version)) {
    const message = `Invalid Stripe API version: ${version}`;
    throw new ApiError(400, { type: "invalid_request_error", message }, false);
  }
  const { payment_method_types: types, ...rest } = params;
  const isOld = version === undefined || version < METHOD_TYPES_RENAMED_IN;
  return isOld && types !== undefined ? { ...rest, allowed_payment_method_types: types } : params;
}
