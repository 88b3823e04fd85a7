import Stripe from "stripe";
import { BillingError } from "../../../shared/errors";
import { toStripeAmount } from "../domain/stripe-amount";
import type { Payment } from "../models/payment";
import { askForObject, askStripe, type RequestLog } from "./stripe-errors";

/** Two tries and the pause between them fit into the ten seconds of an action's timeout. */
const TIMEOUT_MS = 4_000;
const RETRIES = 1;
/** https://docs.stripe.com/webhooks#verify-manually: an older signature may be a replay. */
const SIGNATURE_TOLERANCE_S = 300;
const MAX_LISTED = 10_000;

type OrderedPayment = Pick<
  Payment,
  "id" | "invoice_id" | "attempt" | "amount_minor" | "currency" | "created_at"
>;

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
   * @throws BillingError 409 `invoice.not_payable` when no card can be charged with the amount
   */
  createIntent(payment: OrderedPayment): Promise<Stripe.PaymentIntent> {
    const params: Stripe.PaymentIntentCreateParams = {
      amount: toStripeAmount(payment.amount_minor, payment.currency),
      currency: payment.currency,
      allowed_payment_method_types: ["card"],
      metadata: { invoice_id: payment.invoice_id, payment_id: payment.id },
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
   * Searches all intents created since the payment began. Slow: for payments whose idempotency key can no
   * longer be used.
   */
  findIntentOfPayment(payment: OrderedPayment): Promise<Stripe.PaymentIntent | undefined> {
    const createdSince = Math.floor(Date.parse(payment.created_at) / 1000) - 300;
    return askStripe(this.#log, "list intents", async () => {
      const list = this.sdk.paymentIntents.list({ created: { gte: createdSince }, limit: 100 });
      const intents = await list.autoPagingToArray({ limit: MAX_LISTED });
      return intents.find((intent) => intent.metadata["payment_id"] === payment.id);
    });
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

function addressOf(apiBase: string): Pick<Stripe.StripeConfig, "host" | "port" | "protocol"> {
  const { hostname, port, protocol } = new URL(apiBase);
  const scheme = protocol === "http:" ? "http" : "https";
  return {
    host: hostname,
    port: port === "" ? (scheme === "http" ? 80 : 443) : Number(port),
    protocol: scheme,
  };
}
