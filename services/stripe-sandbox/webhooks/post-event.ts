import type Stripe from "stripe";
import { sign } from "./signature";

const ANSWER_TIMEOUT_MS = 10_000;

/**
 * Makes one attempt to deliver an event, with a signature of its own.
 * @param stopping ends the attempt
 * @returns why it failed, or null
 */
export async function postEvent(
  event: Stripe.Event,
  endpoint: Stripe.WebhookEndpoint,
  stopping: AbortSignal,
): Promise<string | null> {
  const body = JSON.stringify(event, null, 2);
  try {
    const response = await fetch(endpoint.url, {
      method: "POST",
      body,
      redirect: "manual",
      headers: {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": sign(body, endpoint.secret ?? "", Math.floor(Date.now() / 1000)),
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
      },
      signal: AbortSignal.any([stopping, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
    });
    await response.arrayBuffer();
    return response.ok ? null : `was answered with ${response.status}`;
  } catch (error) {
    return error instanceof Error && error.name === "TimeoutError" ? "timed out" : "could not connect";
  }
}
