import { z } from "zod";
import { invalidParam } from "../api/errors";
import {
  automaticMethods,
  boolean,
  cardOnly,
  integer,
  metadata,
  methodData,
  paging,
  shipping,
  text,
  unsettable,
} from "../api/params";
import {
  MAX_AMOUNT_MINOR,
  describeAmount,
  hasChargeableDigits,
  isCurrency,
  minimumFor,
} from "../domain/amounts";

const currency = text
  .transform((code) => code.toLowerCase())
  .refine(isCurrency, {
    error: (issue) => `Invalid currency: ${String(issue.input)}.`,
  });
const usage = z.enum(["off_session", "on_session"]);

const confirmFields = {
  payment_method: text.optional(),
  payment_method_data: methodData.optional(),
  return_url: z.url().optional(),
  off_session: z.enum(["true", "false", "one_off", "recurring"]).optional(),
  error_on_requires_action: boolean.optional(),
  receipt_email: unsettable.optional(),
  setup_future_usage: usage.optional(),
  use_stripe_sdk: boolean.optional(),
};

const settable = {
  customer: text.optional(),
  description: unsettable.optional(),
  metadata: metadata.optional(),
  receipt_email: unsettable.optional(),
  statement_descriptor: unsettable.optional(),
  statement_descriptor_suffix: unsettable.optional(),
  setup_future_usage: usage.optional(),
  allowed_payment_method_types: cardOnly.optional(),
  shipping: shipping.optional(),
};

export const createSchema = z.strictObject({
  ...confirmFields,
  ...settable,
  amount: integer,
  currency,
  automatic_payment_methods: automaticMethods.optional(),
  capture_method: z.enum(["automatic", "automatic_async"]).optional(),
  confirm: boolean.optional(),
});
export const updateSchema = z.strictObject({
  ...settable,
  amount: integer.optional(),
  currency: currency.optional(),
  payment_method: text.optional(),
});
export const confirmSchema = z.strictObject({ ...confirmFields, client_secret: text.optional() });
export const retrieveSchema = z.strictObject({ client_secret: text.optional() });
export const cancelSchema = z.strictObject({
  cancellation_reason: z.enum(["abandoned", "duplicate", "fraudulent", "requested_by_customer"]).optional(),
});
export const listSchema = z.strictObject({ ...paging, customer: text.optional() });

/**
 * Checks that a card can be charged with an amount (minor units).
 * @throws ApiError 400 with Stripe's code
 */
export function assertChargeable(amountMinor: number, code: string): void {
  if (amountMinor < 1) {
    throw invalidParam(
      "amount",
      "This value must be greater than or equal to 1.",
      "parameter_invalid_integer",
    );
  }
  if (amountMinor < minimumFor(code)) {
    const least = describeAmount(minimumFor(code), code);
    throw invalidParam("amount", `Amount must be at least ${least}.`, "amount_too_small");
  }
  if (amountMinor > MAX_AMOUNT_MINOR) {
    const most = describeAmount(MAX_AMOUNT_MINOR, code);
    throw invalidParam("amount", `Amount must be no more than ${most}.`, "amount_too_large");
  }
  if (!hasChargeableDigits(amountMinor, code)) {
    throw invalidParam("amount", `Amounts in ${code} must be divisible by ten.`, "parameter_invalid_integer");
  }
}
