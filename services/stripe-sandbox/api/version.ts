import type Stripe from "stripe";
import type { FormObject } from "./form";

/** The one version of Stripe's API that the sandbox speaks: the one that the pinned SDK is typed for. */
export const API_VERSION = "2026-10-28.endive" satisfies Stripe.LatestApiVersion;

/** Since this day's version, intents take `allowed_payment_method_types` instead. */
const METHOD_TYPES_RENAMED_ON = "2026-09-30";

/**
 * Reads the parameters of a caller that asks for an older version, such as Stripe's own command line does.
 * @param version the `Stripe-Version` header, which begins with a date; without one, the present version
 *   counts
 */
export function modernise(params: FormObject, version: string | undefined): FormObject {
  const { payment_method_types: types, ...rest } = params;
  const isOld =
    version !== undefined && /^\d{4}-\d{2}-\d{2}/.test(version) && version < METHOD_TYPES_RENAMED_ON;
  return isOld && types !== undefined ? { ...rest, allowed_payment_method_types: types } : params;
}
