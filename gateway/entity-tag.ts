import { createHash } from "node:crypto";
import type { Route } from "./routes/route";
import { z } from "zod";

/** Whether a route answers with a single object, which has an entity tag. */
export function hasEntityTag({ method, response }: Pick<Route, "method" | "response">): boolean {
  return method === "get" && [response[200]].flat().some((content) => content instanceof z.ZodObject);
}

/** The entity tag of a body (RFC 9110, 8.8.3): another body has another one. */
export function entityTag(body: string): string {
  return `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;
}

/** Whether an If-None-Match header names a tag, so that the client has this body already. */
export function isKnown(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const known = ifNoneMatch.split(",").map((each) => each.trim().replace(/^W\//, ""));
  return known.includes("*") || known.includes(tag);
}
