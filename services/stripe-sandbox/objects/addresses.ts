import type Stripe from "stripe";
import type { z } from "zod";
import type { billingDetails, shipping } from "../api/params";

const NO_ADDRESS: Stripe.Address = {
  city: null,
  country: null,
  line1: null,
  line2: null,
  postal_code: null,
  state: null,
};

export const NO_BILLING_DETAILS: Stripe.PaymentMethod.BillingDetails = {
  address: NO_ADDRESS,
  email: null,
  name: null,
  phone: null,
  tax_id: null,
};

type Given<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

/** Without the fields that the caller did not send. */
function given<Fields extends object>(fields: Fields): Given<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Given<Fields>;
}

/** A delivery address with every field of the API. */
export function shippingFrom(input: z.output<typeof shipping>): Stripe.PaymentIntent.Shipping {
  return {
    address: { ...NO_ADDRESS, ...given(input.address) },
    carrier: input.carrier ?? null,
    name: input.name,
    phone: input.phone ?? null,
    tracking_number: input.tracking_number ?? null,
  };
}

/** Billing details with every field of the API; what the caller did not send stays as it is. */
export function billingFrom(
  input: z.output<typeof billingDetails> = {},
  current = NO_BILLING_DETAILS,
): Stripe.PaymentMethod.BillingDetails {
  const { address = {}, ...rest } = input;
  return { ...current, ...given(rest), address: { ...NO_ADDRESS, ...current.address, ...given(address) } };
}
