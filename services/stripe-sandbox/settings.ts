import { z } from "zod";
import type { SandboxOptions } from "./options";

const webAddress = z.url({ protocol: /^https?$/ });

const variables = z.object({
  SANDBOX_PORT: z.coerce.number().int().min(0).max(65_535).default(12_111),
  SANDBOX_HOST: z.string().default("127.0.0.1"),
  SANDBOX_PUBLIC_URL: webAddress.optional(),
  SANDBOX_SECRET_KEY: z.string("is missing").startsWith("sk_test_"),
  SANDBOX_PUBLISHABLE_KEY: z.string("is missing").startsWith("pk_test_"),
  SANDBOX_WEBHOOK_URL: webAddress.optional(),
  SANDBOX_WEBHOOK_SECRET: z.string().startsWith("whsec_").optional(),
  SANDBOX_STATE_FILE: z.string().optional(),
});

const environment = variables.refine(
  (given) => given.SANDBOX_WEBHOOK_URL === undefined || given.SANDBOX_WEBHOOK_SECRET !== undefined,
  { path: ["SANDBOX_WEBHOOK_SECRET"], error: "is missing; it signs what is sent to SANDBOX_WEBHOOK_URL" },
);

/**
 * Reads the sandbox's options from environment variables; an empty one counts as not set.
 * @throws Error with one line for each variable that cannot be used; it names the variable, not its value
 */
export function readSettings(env: NodeJS.ProcessEnv): SandboxOptions {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw new Error(["The Stripe sandbox cannot start.", ...lines].join("\n"));
  }
  return {
    port: parsed.data.SANDBOX_PORT,
    host: parsed.data.SANDBOX_HOST,
    publicUrl: parsed.data.SANDBOX_PUBLIC_URL,
    secretKey: parsed.data.SANDBOX_SECRET_KEY,
    publishableKey: parsed.data.SANDBOX_PUBLISHABLE_KEY,
    webhookUrl: parsed.data.SANDBOX_WEBHOOK_URL,
    webhookSecret: parsed.data.SANDBOX_WEBHOOK_SECRET,
    stateFile: parsed.data.SANDBOX_STATE_FILE,
  };
}
