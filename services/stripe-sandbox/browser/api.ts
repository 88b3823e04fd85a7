import type { PaymentIntent, SetupIntent, StripeError } from "@stripe/stripe-js";
import { IntegrationError } from "./errors";

export type Intent = PaymentIntent | SetupIntent;
export type IntentAnswer = { intent: Intent; error?: undefined } | { intent?: undefined; error: StripeError };

/** Form fields; those that are undefined or null are not sent. */
export interface Fields {
  [name: string]: string | number | boolean | null | undefined | Fields;
}

const CLIENT_SECRET = /^((?:pi|seti)_[A-Za-z0-9]+)_secret_[A-Za-z0-9]+$/;

function flatten(fields: Fields, prefix = ""): [string, string][] {
  return Object.entries(fields).flatMap(([name, value]): [string, string][] => {
    const full = prefix === "" ? name : `${prefix}[${name}]`;
    if (value === undefined || value === null) return [];
    return typeof value === "object" ? flatten(value, full) : [[full, String(value)]];
  });
}

/** The id in a client secret. */
export function idIn(clientSecret: string): string {
  const id = CLIENT_SECRET.exec(clientSecret)?.[1];
  if (id === undefined) {
    throw new IntegrationError("Invalid value for clientSecret: it should look like pi_…_secret_….");
  }
  return id;
}

function resourceOf(id: string): string {
  return id.startsWith("seti_") ? "setup_intents" : "payment_intents";
}

/** The calls that a browser may make, with the publishable key and the intent's client secret. */
export class Api {
  readonly #base: string;
  readonly #publishableKey: string;

  constructor(base: string, publishableKey: string) {
    this.#base = base;
    this.#publishableKey = publishableKey;
  }

  retrieve(clientSecret: string): Promise<IntentAnswer> {
    const id = idIn(clientSecret);
    const query = new URLSearchParams({ client_secret: clientSecret }).toString();
    return this.#send(`/v1/${resourceOf(id)}/${id}?${query}`, null);
  }

  confirm(clientSecret: string, fields: Fields): Promise<IntentAnswer> {
    const id = idIn(clientSecret);
    return this.#send(`/v1/${resourceOf(id)}/${id}/confirm`, {
      ...fields,
      client_secret: clientSecret,
      use_stripe_sdk: true,
    });
  }

  /** Sends the customer's answer to the bank. */
  answerChallenge(clientSecret: string, outcome: "complete" | "fail"): Promise<IntentAnswer> {
    return this.#send(`/sandbox/challenges/${idIn(clientSecret)}`, { client_secret: clientSecret, outcome });
  }

  async #send(path: string, fields: Fields | null): Promise<IntentAnswer> {
    try {
      const response = await fetch(`${this.#base}${path}`, {
        method: fields ? "POST" : "GET",
        headers: { Authorization: `Bearer ${this.#publishableKey}` },
        ...(fields ? { body: new URLSearchParams(flatten(fields)) } : {}),
      });
      const body = (await response.json()) as Intent & { error?: StripeError };
      return response.ok ? { intent: body } : { error: body.error ?? { type: "api_error" } };
    } catch {
      const message = "We could not reach the payment sandbox. Check that it runs, and try again.";
      return { error: { type: "api_connection_error", message } };
    }
  }
}
