import type Stripe from "stripe";
import { newId } from "../state/ids";
import type { Store } from "../state/store";
import type { Scope } from "./call";
import type { Origin } from "./pipeline";
import { API_VERSION } from "./version";

/**
 * Makes the scopes in which calls, and the sandbox itself (origin null), work.
 * @param now ms since 1970
 * @param publish sends an event to the webhook endpoints
 */
export function scopeMaker(store: Store, now: () => number, publish: (event: Stripe.Event) => void) {
  return (origin: Origin | null): Scope => {
    const nowMs = now();
    const request = origin && { id: origin.requestId, idempotency_key: origin.idempotencyKey };
    const emit: Scope["emit"] = (type, object, previousAttributes) => {
      const copy: object = structuredClone(object);
      const data = previousAttributes
        ? { object: copy, previous_attributes: previousAttributes }
        : { object: copy };
      const event = {
        id: newId("evt"),
        object: "event",
        api_version: API_VERSION,
        created: Math.floor(nowMs / 1000),
        data,
        livemode: false,
        pending_webhooks: 0,
        request,
        type,
        // The SDK's union pairs each type with its object; a general emit cannot.
      } as Stripe.Event;
      store.put("events", event);
      publish(event);
    };
    return { store, nowMs, emit };
  };
}
