import type { IncomingHttpHeaders } from "node:http";
import type Stripe from "stripe";
import { ApiError } from "./errors";
import type { FormObject } from "./form";

/** The version of Stripe's API in which the sandbox answers: the one that the pinned SDK is typed for. */
export const API_VERSION = "2026-10-28.endive" satisfies Stripe.LatestApiVersion;

/** Stripe's command line names no version unless it is told one; its triggers are written for this one. */
const COMMAND_LINE_VERSION = "2026-08-26.dahlia";
const COMMAND_LINE = /\bstripe-cli\//;

/** From this version on, intents take `allowed_payment_method_types` instead of `payment_method_types`. */
const METHOD_TYPES_RENAMED_IN = "2026-09-30";

/** "2026-10-28.endive", or only a date in versions before 2024-09-30. */
const VERSION = /^\d{4}-\d{2}-\d{2}(\.\w+)?$/;

/**
 * The version that a caller speaks.
 * @throws ApiError 400 for a `Stripe-Version` that is none
 */
export function versionOf(headers: IncomingHttpHeaders): string {
  const fallback = COMMAND_LINE.test(headers["user-agent"] ?? "") ? COMMAND_LINE_VERSION : API_VERSION;
  const version = headers["stripe-version"]?.toString() ?? fallback;
  if (VERSION.test(version)) return version;
  const message = `Invalid Stripe API version: ${version}`;
  throw new ApiError(400, { type: "invalid_request_error", message }, false);
}

/** Reads the parameters of a version as those of {@link API_VERSION}. */
export function upgradeParams(params: FormObject, version: string): FormObject {
  const { payment_method_types: types, ...rest } = params;
  const isOld = version < METHOD_TYPES_RENAMED_IN;
  return isOld && types !== undefined ? { ...rest, allowed_payment_method_types: types } : params;
}
