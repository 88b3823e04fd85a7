import { z } from "zod";
import { type Call, type Handler, findInPath } from "../api/call";
import { listOf } from "../api/lists";
import { mergeMetadata, metadata, paging, text } from "../api/params";
import { parseParams } from "../api/parse-params";

/** What can be done with charges, refunds and disputes alike. */
type Table = "charges" | "refunds" | "disputes";

const nothing = z.strictObject({});
const updateSchema = z.strictObject({ metadata: metadata.optional() });
const listSchema = z.strictObject({ ...paging, charge: text.optional(), payment_intent: text.optional() });

const UPDATED = {
  charges: "charge.updated",
  refunds: "charge.refund.updated",
  disputes: "charge.dispute.updated",
} as const;

export function retrieveFrom(table: Table): Handler {
  return (call: Call) => {
    parseParams(nothing, call.params);
    return findInPath(call, table);
  };
}

/** Only metadata can change. */
export function updateMetadataOf(table: Table): Handler {
  return (call: Call) => {
    const input = parseParams(updateSchema, call.params);
    const item = findInPath(call, table);
    const previous = { metadata: item.metadata };
    item.metadata = mergeMetadata(item.metadata ?? {}, input.metadata);
    call.emit(UPDATED[table], item, previous);
    return item;
  };
}

/** A list, of all or of one charge or payment intent. */
export function listByPayment(table: "refunds" | "disputes"): Handler {
  return (call: Call) => {
    const { charge, payment_intent, ...page } = parseParams(listSchema, call.params);
    const matches = (item: { charge: unknown; payment_intent: unknown }): boolean =>
      (charge === undefined || item.charge === charge) &&
      (payment_intent === undefined || item.payment_intent === payment_intent);
    return listOf(call, table, page, matches, `/v1/${table}`);
  };
}
