import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Context, ServiceSchema } from "moleculer";
import Stripe from "stripe";
import { sandboxOf, type OwnSandbox } from "../../../services/payments/stripe/own-sandbox";
import { requireOwner, type Caller } from "../../../shared/service/caller";
import { notFound } from "../../../shared/errors";
import type { Invoice } from "../../../shared/contracts/invoicing";
import type { PayloadOf, ResultOf } from "../../../shared/contracts";
import { startSystem, type System } from "../../support/system";
import { unpaidAmounts } from "../../support/invoices";

export type CreatedIntent = ResultOf<"payments.createPaymentIntent">;

/**
 * The payments service with the sandbox and a fake of invoicing, which has the invoices that a test gives it.
 */
export interface PaymentsSystem extends System {
  sandbox: OwnSandbox;
  /** Creates an unpaid invoice. */
  owe: (invoice?: Partial<Invoice>) => Invoice;
  /** How often invoicing was called to consume payments' events. */
  caughtUp: () => number;
  /** Confirms an intent with a card, as the payment page does; gives Stripe's error if it declines. */
  payWith: (
    method: string,
    intent: CreatedIntent,
  ) => Promise<Stripe.PaymentIntent | Stripe.errors.StripeError>;
  /** Creates the intent of an invoice and pays it. */
  pay: (invoice: Invoice, method?: string) => Promise<CreatedIntent>;
  payments: (invoice: Invoice) => Promise<Record<string, unknown>[]>;
  events: <Type extends "payment.succeeded" | "payment.failed" | "payment.refunded" | "payment.disputed">(
    type: Type,
    invoice: Invoice,
  ) => Promise<PayloadOf<Type>[]>;
  /** Receives the sandbox's webhooks, as the gateway does. */
  receiveWebhooks: () => Promise<void>;
}

export async function startPayments(
  options: Parameters<typeof startSystem>[0] = {},
): Promise<PaymentsSystem> {
  const system = await startSystem({ ...options, services: ["payments"] });
  const invoicing = fakeInvoicing();
  system.broker.createService(invoicing.schema);
  await system.broker.waitForServices("invoicing");
  const sandbox = sandboxOf(system.broker);
  const servers: Server[] = [];

  const payWith: PaymentsSystem["payWith"] = async (method, intent) => {
    const browser = new Stripe(intent.publishable_key, {
      host: "127.0.0.1",
      port: sandbox.port,
      protocol: "http",
    });
    // Stripe.js sends the client secret; the server's types do not have it.
    const params = { client_secret: intent.client_secret, payment_method: method };
    try {
      return await browser.paymentIntents.confirm(intent.payment_intent_id, params);
    } catch (error) {
      if (error instanceof Stripe.errors.StripeError) return error;
      throw error;
    }
  };
  return {
    ...system,
    sandbox,
    owe: invoicing.owe,
    caughtUp: invoicing.caughtUp,
    payWith,
    pay: async (invoice, method = "pm_card_visa") => {
      const intent = await system.call("payments.createPaymentIntent", { invoice: invoice.id });
      await payWith(method, intent);
      return intent;
    },
    payments: (invoice) =>
      system.db("payments")("payments").where({ invoice_id: invoice.id }).orderBy("attempt"),
    events: (type, invoice) =>
      system
        .db("payments")("outbox")
        .where({ type })
        .whereRaw("payload->>'invoice' = ?", [invoice.id])
        .orderBy("seq")
        .pluck("payload"),
    receiveWebhooks: async () => {
      const server = await webhookServer(system);
      servers.push(server);
      await sandbox.deliverTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    },
    stop: async () => {
      await system.stop();
      for (const server of servers) await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A fake of invoicing: it has the invoices that it is given, and checks who may see them. */
export function fakeInvoicing() {
  const invoices = new Map<string, Invoice>();
  let caughtUp = 0;
  const schema: ServiceSchema = {
    name: "invoicing",
    actions: {
      getPayableInvoice(ctx: Context<{ id: string }, { caller: Caller }>) {
        const invoice = invoices.get(ctx.params.id);
        if (invoice === undefined) throw notFound("invoice");
        if (ctx.meta.caller.kind === "user") requireOwner(ctx.meta.caller, invoice.customer, "invoice");
        return invoice;
      },
      catchUp() {
        caughtUp += 1;
        return { consumed: 0 };
      },
    },
  };
  return {
    schema,
    caughtUp: () => caughtUp,
    owe: (given: Partial<Invoice> = {}): Invoice => {
      const invoice = { ...owed(), ...given };
      invoices.set(invoice.id, invoice);
      return invoice;
    },
  };
}

function owed(): Invoice {
  return {
    id: randomUUID(),
    number: `INV-${String(Math.floor(Math.random() * 1e8)).padStart(8, "0")}`,
    subscription: randomUUID(),
    customer: randomUUID(),
    user: null,
    plan: randomUUID(),
    period_start: "2026-01-01",
    period_end: "2026-02-01",
    ...unpaidAmounts(49_900),
    currency: "usd",
    issue_date: "2026-01-01",
    due_date: "2026-01-08",
    status: "pending",
    paid_at: null,
    refunded_minor: 0,
    disputed_at: null,
    metadata: {},
  };
}

/** Passes webhooks from HTTP to the action, with the body unchanged. */
async function webhookServer(system: System): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = async (): Promise<number> => {
      const body = await text(request);
      const signature = String(request.headers["stripe-signature"]);
      try {
        await system.call("payments.receiveWebhook", { body, signature });
        return 200;
      } catch (error) {
        return error instanceof Error && "code" in error ? Number(error.code) : 500;
      }
    };
    void answer().then((status) => response.writeHead(status, { connection: "close" }).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
