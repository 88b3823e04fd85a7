import { z } from "zod";
import type { Route } from "./routes/route";

type Tell = (body: unknown) => unknown;

const all: Tell = (body) => body;

/**
 * What the description of an answer does not name is not told, whatever a service may have added.
 * @returns what leaves of the body of an answer only what its description names; made once for each route
 */
export function describer(response: Route["response"]): (status: number, body: unknown) => unknown {
  const byStatus = new Map(
    Object.entries(response).map(([status, contents]) => [
      Number(status),
      tellerOf([contents].flat().find((content) => content instanceof z.ZodType)),
    ]),
  );
  return (status, body) => (byStatus.get(status) ?? all)(body);
}

function tellerOf(schema: z.ZodType | undefined): Tell {
  if (schema instanceof z.ZodArray) {
    const tell = tellerOf(schema.element as z.ZodType);
    return (body) => (Array.isArray(body) ? body.map(tell) : body);
  }
  if (!(schema instanceof z.ZodObject) || schema.def.catchall !== undefined) return all;
  const names = Object.keys(schema.shape);
  return (body) => {
    if (typeof body !== "object" || body === null) return body;
    const told: Record<string, unknown> = {};
    for (const name of names) if (name in body) told[name] = (body as Record<string, unknown>)[name];
    return told;
  };
}
