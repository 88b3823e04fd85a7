import type { z } from "zod";

/** The configuration cannot be used. The message has one line for each wrong variable. */
export class ConfigError extends Error {}

/**
 * Reads variables in the form that a schema gives them. An empty variable counts as not set.
 * @throws ConfigError naming each variable that is malformed or missing
 */
export function parseVariables<Variables>(
  schema: z.ZodType<Variables>,
  env: Record<string, string | undefined>,
): Variables {
  const set = Object.entries(env).filter(([, value]) => value !== undefined && value !== "");
  const parsed = schema.safeParse(Object.fromEntries(set));
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new ConfigError(lines.join("\n"));
}
