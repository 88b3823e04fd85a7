import { z } from "zod";
import type { Route } from "./routes/route";

type Filter = (body: unknown) => unknown;

const keepAll: Filter = (body) => body;

/**
 * Makes the filter of a route's answers: a field that the route does not describe does not leave, whatever a
 * service may have added.
 * @returns the body of an answer with the described fields only
 */
export function responseFilter(response: Route["response"]): (status: number, body: unknown) => unknown {
  const byStatus = new Map(
    Object.entries(response).map(([status, contents]) => [
      Number(status),
      filterOf([contents].flat().find((content) => content instanceof z.ZodType)),
    ]),
  );
  return (status, body) => (byStatus.get(status) ?? keepAll)(body);
}

function filterOf(schema: z.ZodType | undefined): Filter {
  if (schema instanceof z.ZodArray) {
    const filter = filterOf(schema.element as z.ZodType);
    return (body) => (Array.isArray(body) ? body.map(filter) : body);
  }
  if (!(schema instanceof z.ZodObject) || schema.def.catchall !== undefined) return keepAll;
  const names = Object.keys(schema.shape);
  return (body) => {
    if (typeof body !== "object" || body === null) return body;
    const kept: Record<string, unknown> = {};
    for (const name of names) if (name in body) kept[name] = (body as Record<string, unknown>)[name];
    return kept;
  };
}
