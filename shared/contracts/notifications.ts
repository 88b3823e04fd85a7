import { z } from "zod";
import type { LinkPurpose } from "./accounts";
import { action, defineContract, id, instant, isoDate, pageOf, pageParams } from "./contract";

export const deliveryKind = z.enum([
  "invoice_issued",
  "receipt",
  "reminder_due_soon",
  "reminder_due_today",
  "reminder_overdue",
  "email_used_again",
  "email_changed",
  "invitation",
  "password_reset",
  "email_confirmation",
  "email_change",
]);
export type DeliveryKind = z.infer<typeof deliveryKind>;
/** The mails about an account that have no link. */
export type AccountMailKind = Extract<DeliveryKind, "email_used_again" | "email_changed">;
/** The mails with a link about an account. All others are about an invoice. */
export type LinkMailKind = Extract<DeliveryKind, LinkPurpose>;
/** cancelled: the invoice was paid meanwhile, or there is nobody to send it to */
export const deliveryStatus = z.enum(["queued", "sent", "failed", "cancelled"]);
export type DeliveryStatus = z.infer<typeof deliveryStatus>;

export const delivery = z.object({
  id,
  kind: deliveryKind,
  invoice: id.nullable().meta({ description: "null for a mail about an account" }),
  customer: id.nullable().meta({ description: "whom an invoice or an invitation is about" }),
  user: id.nullable().meta({ description: "whose account another mail is about" }),
  day: isoDate,
  status: deliveryStatus,
  attempts: z.int().meta({ description: "how many times sending it has failed" }),
  error: z.string().nullable(),
  sent_at: instant.nullable(),
});
export type Delivery = z.infer<typeof delivery>;

/** A mail as the export of a customer shows it. */
export const exportedDelivery = z.object({
  ...delivery.shape,
  link_id: id.nullable(),
  payload: z.record(z.string(), z.unknown()).meta({ description: "the facts that its text is made of" }),
});
export type ExportedDelivery = z.infer<typeof exportedDelivery>;

const ids = z.array(id).max(200).default([]);

export const notifications = defineContract("notifications", {
  feedReaders: ["invoicing"],
  actions: {
    /** The mails to customers, sent or queued, newest first. */
    listDeliveries: action(
      ["staff", "invoicing"],
      z.strictObject({ ...pageParams, invoice: id.optional(), status: deliveryStatus.optional() }),
      pageOf(delivery),
    ),
    /** For the export of a customer: the mails about invoices, about users' accounts, and with links. */
    exportDeliveries: action(
      "staff",
      z.strictObject({ invoices: ids, users: ids, links: ids, ...pageParams }),
      pageOf(exportedDelivery),
      { key: "admin" },
    ),
  },
  events: {
    /** All reminders of a day are queued; `run_id` is null when the timetable requested them. */
    "reminders.planned": z.object({ run_id: id.nullable(), as_of: isoDate, reminded: z.int() }),
    /** A run of reminders could not go on. */
    "reminders.failed": z.object({ run_id: id.nullable(), as_of: isoDate, error: z.string() }),
  },
});
