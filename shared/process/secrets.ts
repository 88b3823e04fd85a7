import { randomBytes } from "node:crypto";
import { SCHEMAS } from "../config/config";
import { schemaVariable } from "../config/databases";
import { CONSOLE, LISTENER } from "../service/bus-name";
import { natsServerConfig } from "./nats/server-config";

const HEADER = "# Made by `npm run secrets`. Whoever has this file has the whole system.\n";
const STRIPE = ["STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET"];

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
 */
export function makeSecrets(processes: readonly string[]): { env: string; natsConf: string } {
  const passwords = Object.fromEntries(
    [...processes, CONSOLE, LISTENER].map((name) => [name, newPassword()]),
  );
  const env = [
    "POSTGRES_PASSWORD=" + newPassword(),
    ...SCHEMAS.map((schema) => `${schemaVariable("DATABASE_PASSWORD", schema)}=${newPassword()}`),
    ...Object.entries(passwords).map(([name, password]) => `${natsPasswordVariable(name)}=${password}`),
    "",
    "# Of your Stripe account.",
    ...STRIPE.map((name) => `${name}=`),
  ];
  return { env: `${HEADER}${env.join("\n")}\n`, natsConf: HEADER + natsServerConfig(passwords) };
}
