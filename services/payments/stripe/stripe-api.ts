import Stripe from "stripe";
import { BillingError } from "../../../shared/errors";
import { toStripeAmount } from "../domain/stripe-amount";
import type { Payment } from "../models/payment";
import { intentMark } from "../domain/intent-mark";
import { askForObject, askStripe, type RequestLog } from "./stripe-errors";

/** Two tries and the pause between them fit into the ten seconds of an action's timeout. */
const TIMEOUT_MS = 4_000;
const RETRIES = 1;
/** https://docs.stripe.com/webhooks#verify-manually: an older signature may be a replay. */
const SIGNATURE_TOLERANCE_S = 300;
const MAX_LISTED = 10_000;

type OrderedPayment = Pick<Payment, "id" | "invoice_id" | "attempt" | "amount_minor" | "currency">;

interface StripeApiOptions {
  secretKey: string;
  webhookSecret: string;
  /** where Stripe's API is; undefined: at Stripe */
  apiBase: string | undefined;
  log: RequestLog;
}

/**
 * All our requests to Stripe. Every method throws a BillingError that is safe to log and to show: 503 when
 * Stripe cannot be reached or refuses.
 */
export class StripeApi {
  /** The SDK's client; public for tests. */
  readonly sdk: Stripe;
  /** The secret that signs Stripe's webhooks. */
  webhookSecret: string;
  readonly #log: RequestLog;

  constructor({ secretKey, webhookSecret, apiBase, log }: StripeApiOptions) {
    this.sdk = new Stripe(secretKey, {
      apiVersion: "2026-10-28.endive",
      maxNetworkRetries: RETRIES,
      timeout: TIMEOUT_MS,
      telemetry: false,
      ...(apiBase === undefined ? {} : addressOf(apiBase)),
    });
    this.webhookSecret = webhookSecret;
    this.#log = log;
  }

  /**
   * Creates the payment's intent. Repeated within 24 hours, it gives the same one.
   * @param systemId marks the intent as ours
   * @throws BillingError 409 `invoice.not_payable` when no card can be charged with the amount
   */
  createIntent(payment: OrderedPayment, systemId: string): Promise<Stripe.PaymentIntent> {
    const params: Stripe.PaymentIntentCreateParams = {
      amount: toStripeAmount(payment.amount_minor, payment.currency),
      currency: payment.currency,
      allowed_payment_method_types: ["card"],
      metadata: intentMark(payment, systemId),
    };
    const idempotencyKey = `pi:${payment.invoice_id}:${payment.attempt}`;
    return askStripe(this.#log, "create an intent", () =>
      this.sdk.paymentIntents.create(params, { idempotencyKey }),
    );
  }

  findIntent(id: string): Promise<Stripe.PaymentIntent | undefined> {
    return askForObject(this.#log, "show an intent", () => this.sdk.paymentIntents.retrieve(id));
  }

  /**
   * One page of intents, newest first, at most 100.
   * @param created seconds since 1970, both included
   * @param after the last intent of the page before
   */
  listIntents(
    created: { gte?: number; lte?: number },
    after?: string,
  ): Promise<Stripe.ApiList<Stripe.PaymentIntent>> {
    return askStripe(this.#log, "list intents", () =>
      this.sdk.paymentIntents.list({
        ...(created.gte === undefined && created.lte === undefined ? {} : { created }),
        limit: 100,
        ...(after === undefined ? {} : { starting_after: after }),
      }),
    );
  }

  /** All intents created between two times (seconds since 1970, both included), newest first, in pages. */
  async *allIntents(created: { gte?: number; lte?: number }): AsyncGenerator<Stripe.PaymentIntent[]> {
    for (let after: string | undefined; ;) {
      const { data, has_more } = await this.listIntents(created, after);
      yield data;
      after = data.at(-1)?.id;
      if (!has_more || after === undefined) return;
    }
  }

  /**
   * The intents of an invoice that were created since a time, newest first. Slow: Stripe lists intents by
   * their time alone.
   */
  async findIntentsOfInvoice(invoiceId: string, since_ms: number): Promise<Stripe.PaymentIntent[]> {
    const found: Stripe.PaymentIntent[] = [];
    for await (const page of this.allIntents({ gte: Math.floor(since_ms / 1000) }))
      found.push(...page.filter(({ metadata }) => metadata["invoice_id"] === invoiceId));
    return found;
  }

  /**
   * Cancels an intent, so that nobody can pay with it.
   * @returns false when it cannot be cancelled any more, because it has succeeded or was cancelled before
   */
  cancelIntent(id: string): Promise<boolean> {
    return askStripe(this.#log, "cancel an intent", async () => {
      try {
        await this.sdk.paymentIntents.cancel(id);
        return true;
      } catch (error) {
        if (error instanceof Stripe.errors.StripeInvalidRequestError && error.statusCode !== 401)
          return false;
        throw error;
      }
    });
  }

  /** Refunds what is left of an intent's money. Repeated with the same key, it is one refund. */
  refundIntent(id: string, idempotencyKey: string): Promise<Stripe.Refund> {
    return askStripe(this.#log, "refund a payment", () =>
      this.sdk.refunds.create({ payment_intent: id }, { idempotencyKey }),
    );
  }

  /** How much of what an intent received has been sent back for good, or is on its way; in Stripe's units. */
  async refundsOf(intent: Stripe.PaymentIntent): Promise<{ done: number; pending: number; count: number }> {
    const charge = idOf(intent.latest_charge);
    const refunds = charge === null ? [] : await this.listRefunds(charge);
    const total = (...statuses: string[]): number =>
      refunds
        .filter(({ status }) => statuses.includes(status ?? ""))
        .reduce((sum, { amount }) => sum + amount, 0);
    return {
      done: total("succeeded"),
      pending: total("pending", "requires_action"),
      count: refunds.length,
    };
  }

  findCharge(id: string): Promise<Stripe.Charge | undefined> {
    return askForObject(this.#log, "show a charge", () => this.sdk.charges.retrieve(id));
  }

  findRefund(id: string): Promise<Stripe.Refund | undefined> {
    return askForObject(this.#log, "show a refund", () => this.sdk.refunds.retrieve(id));
  }

  findDispute(id: string): Promise<Stripe.Dispute | undefined> {
    return askForObject(this.#log, "show a dispute", () => this.sdk.disputes.retrieve(id));
  }

  /** All refunds of a charge. */
  listRefunds(charge: string): Promise<Stripe.Refund[]> {
    return askStripe(this.#log, "list refunds", () =>
      this.sdk.refunds.list({ charge, limit: 100 }).autoPagingToArray({ limit: MAX_LISTED }),
    );
  }

  /**
   * Reads a webhook and checks its signature and age.
   * @param body the bytes as received
   * @throws BillingError 400 `webhook.invalid_signature`
   */
  readWebhook(body: string, signature: string): Stripe.Event {
    try {
      return this.sdk.webhooks.constructEvent(body, signature, this.webhookSecret, SIGNATURE_TOLERANCE_S);
    } catch {
      // The SDK's error holds the body and the signature; neither may be logged.
      throw new BillingError(
        400,
        "webhook.invalid_signature",
        "The webhook signature is not valid or is too old.",
      );
    }
  }
}

/** The id of an object that Stripe gives as its id or, expanded, as a whole. */
export function idOf(reference: string | { id: string } | null): string | null {
  return typeof reference === "object" && reference !== null ? reference.id : reference;
}

function addressOf(apiBase: string): Pick<Stripe.StripeConfig, "host" | "port" | "protocol"> {
  const { hostname, port, protocol } = new URL(apiBase);
  const scheme = protocol === "http:" ? "http" : "https";
  return {
    host: hostname,
    port: port === "" ? (scheme === "http" ? 80 : 443) : Number(port),
    protocol: scheme,
  };
}
