import { BillingError } from "../../shared/errors";

/** 429: too many of something for now. @param what in the plural, like `failed attempts` */
export function tooMany(what: string, retry_after_s: number): BillingError {
  const detail = `Too many ${what}. Try again in ${retry_after_s} seconds.`;
  return new BillingError(429, "request.throttled", detail, undefined, { retry_after_s });
}
