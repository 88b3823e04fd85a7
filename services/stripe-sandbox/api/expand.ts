import type { Store, TableName } from "../state/store";
import { invalidParam } from "./errors";
import type { FormObject } from "./form";

/** For each kind of object, the fields that hold ids, and of what. */
const REFERENCES: Readonly<Record<string, Readonly<Record<string, TableName>>>> = {
  payment_intent: { customer: "customers", latest_charge: "charges", payment_method: "payment_methods" },
  setup_intent: { customer: "customers", payment_method: "payment_methods" },
  payment_method: { customer: "customers" },
  charge: { customer: "customers", payment_intent: "payment_intents" },
  refund: {
    charge: "charges",
    customer: "customers",
    payment_intent: "payment_intents",
    payment_method: "payment_methods",
  },
  dispute: { charge: "charges", payment_intent: "payment_intents" },
};

/** https://docs.stripe.com/expand#how-it-works */
const MAX_DEPTH = 4;

type Json = Record<string, unknown>;

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refundsOf(store: Store, charge: Json): Json {
  const data = store
    .all("refunds")
    .filter((refund) => refund.charge === charge["id"])
    .reverse();
  const url = `/v1/charges/${String(charge["id"])}/refunds`;
  return { object: "list", data: structuredClone(data), has_more: false, url };
}

function expandField(store: Store, target: Json, field: string, whole: string): void {
  if (isJson(target[field]) || target[field] === null) return;
  if (target["object"] === "charge" && field === "refunds") {
    target[field] = refundsOf(store, target);
    return;
  }
  const table = REFERENCES[String(target["object"])]?.[field];
  if (!table) throw invalidParam("expand", `This property cannot be expanded (${whole}).`);
  const id = target[field];
  if (typeof id === "string") target[field] = structuredClone(store.get(table, id) ?? id);
}

function expandPath(store: Store, target: unknown, path: readonly string[], whole: string): void {
  const [field, ...rest] = path;
  if (field === undefined || !isJson(target)) return;
  const list = target[field];
  if (Array.isArray(list)) {
    for (const item of list) expandPath(store, item, rest, whole);
    return;
  }
  expandField(store, target, field, whole);
  expandPath(store, target[field], rest, whole);
}

/**
 * Replaces ids by the objects they stand for, in place: `latest_charge`, `data.customer`, `charge.refunds`.
 * @throws ApiError 400 for a property that is no reference
 */
export function expand(store: Store, body: object, paths: readonly string[]): void {
  for (const whole of paths) {
    const path = whole.split(".");
    const isList = "object" in body && body.object === "list";
    if (path.length > MAX_DEPTH + (isList ? 1 : 0)) {
      throw invalidParam(
        "expand",
        `You cannot expand more than ${MAX_DEPTH} levels of a property (${whole}).`,
      );
    }
    expandPath(store, body, path, whole);
  }
}

/** The paths that a call asks to be expanded. */
export function expansionsIn(form: FormObject): string[] {
  const { expand: asked = [] } = form;
  const paths = Array.isArray(asked) ? asked : [asked];
  return paths.filter((path) => typeof path === "string");
}
