import type { Store } from "../state/store";
import type { KeyKind } from "./call";
import { publicView } from "./client-secret";
import type { ErrorBody } from "./errors";
import { expand } from "./expand";

/** An object as JSON: expanded as asked, and without what the caller may not see. */
export function present(store: Store, body: object, asked: { key: KeyKind; expansions: string[] }): string {
  const copy: object = structuredClone(body);
  expand(store, copy, asked.expansions);
  return JSON.stringify(asked.key === "publishable" ? publicView(copy) : copy, null, 2);
}

/** An error as JSON; the objects in it are without what the caller may not see. */
export function presentError(error: ErrorBody, key: KeyKind): string {
  if (key === "secret") return JSON.stringify({ error }, null, 2);
  const fields = Object.entries(error).map(([name, value]: [string, unknown]) => [
    name,
    typeof value === "object" && value !== null ? publicView(value) : value,
  ]);
  return JSON.stringify({ error: Object.fromEntries(fields) }, null, 2);
}
