import { randomBytes } from "node:crypto";
import { SCHEMAS } from "../config/config";
import { schemaVariable } from "../config/databases";
import { CONSOLE, LISTENER } from "../service/bus-name";
import { natsServerConfig } from "./nats/server-config";

const HEADER = "# Made by `npm run secrets`. Whoever has this file has the whole system.\n";
const OF_STRIPE_ACCOUNT = [
  "# Of your Stripe account.",
  "STRIPE_SECRET_KEY=",
  "STRIPE_PUBLISHABLE_KEY=",
  "STRIPE_WEBHOOK_SECRET=",
];

/** The variables for the sandbox in docker-compose.yml. */
const ofSandbox = (): string[] => [
  "# Of the Stripe sandbox, to try the system. No money moves: never for real customers.",
  "COMPOSE_PROFILES=sandbox",
  `STRIPE_SECRET_KEY=sk_test_${newPassword()}`,
  `STRIPE_PUBLISHABLE_KEY=pk_test_${newPassword()}`,
  `STRIPE_WEBHOOK_SECRET=whsec_${newPassword()}`,
  "STRIPE_API_BASE=http://stripe-sandbox:12111",
  "STRIPE_JS_URL=http://localhost:12111/stripe.js",
];

/** A new password; it is 256 bits, and can be part of a URL. */
export function newPassword(): string {
  return randomBytes(32).toString("hex");
}

/** The variable with the password of a NATS user, like `NATS_PASSWORD_INVOICING`. */
export function natsPasswordVariable(name: string): string {
  return `NATS_PASSWORD_${name.toUpperCase().replaceAll("-", "_")}`;
}

/**
 * Makes the files `.env` and `nats.conf` of a new cluster, with new passwords.
 * @param processes the bus name of each process
 * @param sandbox whether it takes payments with the Stripe sandbox, not with a Stripe account
 */
export function makeSecrets(
  processes: readonly string[],
  { sandbox = false } = {},
): { env: string; natsConf: string } {
  const passwords = Object.fromEntries(
    [...processes, CONSOLE, LISTENER].map((name) => [name, newPassword()]),
  );
  const env = [
    "POSTGRES_PASSWORD=" + newPassword(),
    ...SCHEMAS.map((schema) => `${schemaVariable("DATABASE_PASSWORD", schema)}=${newPassword()}`),
    ...Object.entries(passwords).map(([name, password]) => `${natsPasswordVariable(name)}=${password}`),
    "",
    ...(sandbox ? ofSandbox() : OF_STRIPE_ACCOUNT),
  ];
  return { env: `${HEADER}${env.join("\n")}\n`, natsConf: HEADER + natsServerConfig(passwords) };
}
