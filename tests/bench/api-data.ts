import { createHash, randomBytes } from "node:crypto";
import { apiKeyText } from "../../shared/contracts/api-keys";
import type { Database } from "./database";
import { vacuum } from "./billing-data";

const CUSTOMER = { username: "reader", password: "a long enough secret" };
const INVOICES_EACH = 10;

/** Somebody who reads the invoices of a customer over HTTP. */
export interface Reader {
  customerId: string;
  token: string;
}

/** Subscribes the customer of a token. */
export async function subscribe(gatewayUrl: string, token: string): Promise<void> {
  await post(gatewayUrl, "/subscriptions/", { plan: "Pro" }, token);
}

/** Writes an API key that may read. @returns the key as it is sent */
export async function writeReadKey(db: Database): Promise<string> {
  const secret = randomBytes(32).toString("base64url");
  const hash = createHash("sha256").update(secret).digest("hex");
  const [key] = await db.query<{ id: string }>(
    `INSERT INTO identity.api_keys (name, scope, secret_sha256, rate_limit)
     VALUES ('bench', 'read', decode($1, 'hex'), 10000000) RETURNING id`,
    [hash],
  );
  return apiKeyText(key?.id ?? "", secret);
}

async function post(gatewayUrl: string, path: string, body: object, token?: string) {
  const response = await fetch(`${gatewayUrl}/api${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, string>;
}

/** Signs a customer up and in. The token is valid for 15 minutes. */
export async function signUp(gatewayUrl: string): Promise<Reader> {
  await post(gatewayUrl, "/users/", { ...CUSTOMER, email: "reader@example.com" });
  const { access = "" } = await post(gatewayUrl, "/token/", CUSTOMER);
  return { customerId: customerOf(access), token: access };
}

/** The customer of an access token of one. */
export function customerOf(token: string): string {
  const [, claims = ""] = token.split(".");
  const { customers } = JSON.parse(Buffer.from(claims, "base64url").toString()) as { customers: string[] };
  return String(customers[0]);
}

/** Writes invoices of many customers, ten each; ten are the reader's. */
export async function writeInvoices(db: Database, count: number, readerId: string): Promise<void> {
  await insertInvoices(
    db,
    count,
    `CASE WHEN n % ${count / INVOICES_EACH} = 77 THEN '${readerId}'::uuid
    ELSE md5('user ' || n % ${count / INVOICES_EACH})::uuid END`,
  );
}

/** Writes more invoices, all of them the reader's. */
export async function writeOwnInvoices(db: Database, count: number, readerId: string): Promise<void> {
  await insertInvoices(db, count, `'${readerId}'::uuid`);
}

/** @param owner SQL for the user of invoice `n` */
async function insertInvoices(db: Database, count: number, owner: string): Promise<void> {
  await db.query(
    `WITH counter AS (
       UPDATE invoicing.invoice_counter SET last_sequence = last_sequence + ${count}
       RETURNING last_sequence - ${count} AS base
     )
     INSERT INTO invoicing.invoices
       (sequence, subscription_id, customer_id, plan_id, period_index, period_start, period_end,
        lines, subtotal_minor, amount_minor, currency, issue_date, due_date, status)
     SELECT base + n, gen_random_uuid(), ${owner}, gen_random_uuid(), 0, '2026-01-01', '2026-02-01',
            '[]', 49900, 49900, 'usd', '2026-01-01', '2026-01-08', 'pending'
     FROM generate_series(1, ${count}) AS n, counter`,
  );
  await vacuum(db);
}

/** The public key for verifying tokens, as PEM. */
export async function publicKeyOf(db: Database): Promise<string> {
  const [key] = await db.query<{ public_pem: string }>(
    "SELECT public_pem FROM identity.signing_keys WHERE retired_at IS NULL",
  );
  if (key === undefined) throw new Error("identity has no signing key yet");
  return key.public_pem;
}
