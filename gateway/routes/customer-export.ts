import { Readable } from "node:stream";
import { z } from "zod";
import type { Call } from "../../shared/contracts";
import { exportedLink } from "../../shared/contracts/accounts";
import { auditEntry } from "../../shared/contracts/contract";
import { customer, type Customer } from "../../shared/contracts/customers";
import { exportedUser } from "../../shared/contracts/identity";
import { charge, fullInvoice, invoiceLine } from "../../shared/contracts/invoicing";
import { exportedDelivery, type ExportedDelivery } from "../../shared/contracts/notifications";
import { exportedPayment, type ExportedPayment } from "../../shared/contracts/payments";
import { subscription } from "../../shared/contracts/subscriptions";
import { readAuditLog } from "../../shared/service/audit-log";
import { keepFields } from "../response-filter";
import { INVOICE_AMOUNTS, LINE_AMOUNTS } from "./invoice-amounts";
import { decimalView, showDecimals } from "./decimal-amounts";
import type { Reply } from "./route";

const PAYMENT_AMOUNTS = { amount: "amount_minor", refunded: "refunded_minor" } as const;
const CHARGE_AMOUNTS = { unit_amount: "unit_amount_minor", amount: "amount_minor" } as const;
const REFUND_AMOUNTS = { amount: "amount_minor" } as const;

const refundView = decimalView(exportedPayment.shape.refunds.element, REFUND_AMOUNTS);
const paymentView = decimalView(exportedPayment, PAYMENT_AMOUNTS).extend({ refunds: z.array(refundView) });
const deliveries = z.array(exportedDelivery).meta({ description: "the mails about it" });

const sections = {
  customer,
  users: z.array(exportedUser.extend({ deliveries })),
  links: z.array(exportedLink.extend({ deliveries })),
  subscriptions: z.array(subscription),
  invoices: z.array(
    decimalView(fullInvoice, INVOICE_AMOUNTS).extend({
      lines: z.array(decimalView(invoiceLine, LINE_AMOUNTS)),
      payments: z.array(paymentView),
      deliveries,
    }),
  ),
  charges: z.array(decimalView(charge, CHARGE_AMOUNTS)),
  audit_log: z
    .array(auditEntry)
    .meta({ description: "what was changed about the customer, its users and its subscriptions" }),
};

/** All that the services hold about one customer. */
export const customerExport = z.object(sections).meta({ id: "CustomerExport" });

/** How many rows are read at once; the answer needs the memory of a page. */
const PAGE = 100;
/** An audit log is asked about so many objects at once. */
const OBJECTS = 200;

/** Answers with the document about a customer, read as fast as the client takes it. */
export function exportReply(call: Call, found: Customer): Reply {
  const headers = { "content-disposition": `attachment; filename="customer-${found.id}.json"` };
  const body = Readable.from(documentOf(call, found), { objectMode: false });
  return { status: 200, body, headers };
}

async function* documentOf(call: Call, found: Customer): AsyncGenerator<string> {
  const objects = [found.id];
  const whose = { customer: found.id, limit: PAGE };
  const seen = async function* <Item extends { id: string }>(items: AsyncGenerator<Item[]>) {
    for await (const page of items) {
      objects.push(...page.map(({ id }) => id));
      yield page;
    }
  };
  const users = pages((more) => call("identity.exportUsers", { ...whose, ...more }));
  const links = pages((more) => call("identity.exportLinks", { ...whose, ...more }));
  const subscriptions = pages((more) =>
    call("subscriptions.listSubscriptions", { ...whose, order: "oldest", ...more }),
  );
  yield `{"customer":${JSON.stringify(keepFields(customer)(found))}`;
  yield* section("users", withMails(call, "users", seen(users)));
  yield* section("links", withMails(call, "links", links));
  yield* section("subscriptions", seen(subscriptions));
  yield* section("invoices", invoicesOf(call, found.id));
  yield* section("charges", chargesOf(call, whose));
  yield* section("audit_log", changesOf(call, objects));
  yield "}";
}

type ListName = Exclude<keyof typeof sections, "customer">;

/** A list of the document. No field leaves that the description does not name. */
async function* section(name: ListName, items: AsyncGenerator<unknown[]>): AsyncGenerator<string> {
  const keep = keepFields(sections[name]);
  yield `,"${name}":[`;
  let separator = "";
  for await (const page of items) {
    if (page.length === 0) continue;
    yield separator + JSON.stringify(keep(page)).slice(1, -1);
    separator = ",";
  }
  yield "]";
}

async function* pages<Item>(
  read: (more: { cursor?: string }) => Promise<{ items: Item[]; next: string | null }>,
): AsyncGenerator<Item[]> {
  for (let page = await read({}); ; page = await read({ cursor: page.next })) {
    yield page.items;
    if (page.next === null) return;
  }
}

async function all<Item>(items: AsyncGenerator<Item[]>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const page of items) found.push(...page);
  return found;
}

const MAILS_BY = { invoices: "invoice", users: "user", links: "link_id" } as const;

/** The mails about some objects, given by their ids. */
async function mailsAbout(
  call: Call,
  about: keyof typeof MAILS_BY,
  ids: string[],
): Promise<ExportedDelivery[]> {
  return all(pages((more) => call("notifications.exportDeliveries", { [about]: ids, ...more })));
}

async function* withMails<Item extends { id: string }>(
  call: Call,
  about: keyof typeof MAILS_BY,
  items: AsyncGenerator<Item[]>,
): AsyncGenerator<(Item & { deliveries: ExportedDelivery[] })[]> {
  for await (const page of items) {
    const mails = await mailsAbout(
      call,
      about,
      page.map(({ id }) => id),
    );
    yield page.map((item) => ({
      ...item,
      deliveries: mails.filter((mail) => mail[MAILS_BY[about]] === item.id),
    }));
  }
}

async function* invoicesOf(call: Call, whose: string): AsyncGenerator<object[]> {
  const found = pages((more) => call("invoicing.exportInvoices", { customer: whose, limit: PAGE, ...more }));
  for await (const page of withMails(call, "invoices", found)) {
    const ids = page.map(({ id }) => id);
    const paid = pages((more) => call("payments.exportPayments", { invoices: ids, ...more }));
    const payments = await all(paid);
    yield page.map(({ lines, ...invoice }) => ({
      ...showDecimals(invoice, INVOICE_AMOUNTS),
      lines: lines.map((line) => showDecimals(line, LINE_AMOUNTS, invoice.currency)),
      payments: payments.filter((payment) => payment.invoice === invoice.id).map(showPayment),
    }));
  }
}

const showPayment = ({ refunds, ...payment }: ExportedPayment) => ({
  ...showDecimals(payment, PAYMENT_AMOUNTS),
  refunds: refunds.map((refund) => showDecimals(refund, REFUND_AMOUNTS)),
});

async function* chargesOf(call: Call, whose: { customer: string; limit: number }): AsyncGenerator<object[]> {
  for await (const page of pages((more) => call("invoicing.listCharges", { ...whose, ...more })))
    yield page.map((found) => showDecimals(found, CHARGE_AMOUNTS));
}

async function* changesOf(call: Call, objects: readonly string[]): AsyncGenerator<unknown[]> {
  for (let first = 0; first < objects.length; first += OBJECTS) {
    const some = objects.slice(first, first + OBJECTS);
    yield* pages((more) => readAuditLog(call, { objects: some, limit: PAGE, ...more }));
  }
}
