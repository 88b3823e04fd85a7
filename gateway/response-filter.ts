import { Readable } from "node:stream";
import { z } from "zod";
import type { Route } from "./routes/route";

type Filter = (body: unknown) => unknown;

const keepAll: Filter = (body) => body;

/**
 * Makes the filter of a route's answers: a field that the route does not describe does not leave, whatever a
 * service may have added.
 * A stream is the matter of who writes it.
 * @returns the body of an answer with the described fields only
 */
export function responseFilter(response: Route["response"]): (status: number, body: unknown) => unknown {
  const byStatus = new Map(
    Object.entries(response).map(([status, contents]) => [
      Number(status),
      filterOf([contents].flat().find((content) => content instanceof z.ZodType)),
    ]),
  );
  return (status, body) => (body instanceof Readable ? body : (byStatus.get(status) ?? keepAll)(body));
}

/** Keeps of a value what its schema describes; for answers that are written piece by piece. */
export function keepFields(schema: z.ZodType): (value: unknown) => unknown {
  return filterOf(schema);
}

/** Goes as deep as the schema: also into lists, records and what may be null. */
function filterOf(schema: unknown): Filter {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) return filterOf(schema.unwrap());
  if (schema instanceof z.ZodArray) {
    const filter = filterOf(schema.element);
    return filter === keepAll ? keepAll : (body) => (Array.isArray(body) ? body.map(filter) : body);
  }
  if (schema instanceof z.ZodRecord) {
    const filter = filterOf(schema.valueType);
    return filter === keepAll ? keepAll : recordFilter(filter);
  }
  if (!(schema instanceof z.ZodObject) || allowsMore(schema)) return keepAll;
  return objectFilter(Object.entries(schema.shape).map(([name, field]) => [name, filterOf(field)]));
}

function allowsMore({ def }: z.ZodObject): boolean {
  return def.catchall !== undefined && !(def.catchall instanceof z.ZodNever);
}

function objectFilter(fields: [name: string, filter: Filter][]): Filter {
  return (body) => {
    if (!isObject(body)) return body;
    const kept: Record<string, unknown> = {};
    for (const [name, filter] of fields) if (name in body) kept[name] = filter(body[name]);
    return kept;
  };
}

function recordFilter(filter: Filter): Filter {
  return (body) =>
    isObject(body)
      ? Object.fromEntries(Object.entries(body).map(([key, value]) => [key, filter(value)]))
      : body;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
