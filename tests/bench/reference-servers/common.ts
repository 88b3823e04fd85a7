import { createPublicKey, type KeyObject } from "node:crypto";
import { Pool } from "pg";
import { listInvoicesStatement } from "../../../services/invoicing/queries/list-invoices";
import { TOKEN_AUDIENCE, TOKEN_ISSUER } from "../../../shared/contracts/identity";
import jwt from "jsonwebtoken";

/** The settings that every reference server gets through its environment. */
export const settings = () => ({
  databaseUrl: process.env["DATABASE_URL"] ?? "",
  natsUrl: process.env["NATS_URL"] ?? "",
  port: Number(process.env["PORT"]),
  publicKey: createPublicKey(process.env["PUBLIC_KEY"] ?? ""),
});

/**
 * Checks a token as our gateway does: signature, issuer, audience, expiry.
 * @returns the id of the user's customer
 * @throws JsonWebTokenError
 */
export function customerOf(authorization: string | undefined, key: KeyObject): string {
  const token = (authorization ?? "").slice("Bearer ".length);
  const { customers } = jwt.verify(token, key, {
    algorithms: ["ES256"],
    issuer: TOKEN_ISSUER,
    audience: TOKEN_AUDIENCE,
  }) as jwt.JwtPayload & { customers: string[] };
  return customers[0] ?? "";
}

/** Runs our own query, with pg only. */
export function invoicesOf(databaseUrl: string): (customerId: string, limit: number) => Promise<unknown[]> {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: 5,
    options: "-c search_path=invoicing,public -c timezone=UTC",
  });
  const { sql: text } = listInvoicesStatement(["customer"]);
  return async (customerId, limit) => {
    const { rows } = await pool.query<{ items: unknown[] }>(text, [customerId, limit]);
    return rows[0]?.items ?? [];
  };
}
