/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { StripeConstructor } from "@stripe/stripe-js";
import { Api } from "./api";
import { createStripe } from "./client";
import { IntegrationError } from "./errors";

declare global {
  interface Window {
    Stripe?: StripeConstructor;
  }
}

/** Where the sandbox is: where this script came from. */
function sandboxUrl(): string {
  const script = document.currentScript;
  if (!(script instanceof HTMLScriptElement)) throw new IntegrationError("Load stripe.js with a script tag.");
  return new URL(".", script.src).href.replace(/\/$/, "");
}

const base = sandboxUrl();

window.Stripe = ((publishableKey: string) => {
  if (typeof publishableKey !== "string" || !publishableKey.startsWith("pk_")) {
    throw new IntegrationError(
      "Stripe() needs your publishable key, which starts with pk_, and never the secret one.",
    );
  }
  return createStripe(new Api(base, publishableKey));
  // The object has only what payment pages use; client.ts checks that part against Stripe's types.
}) as unknown as StripeConstructor;
