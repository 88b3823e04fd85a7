import { createHash, timingSafeEqual } from "node:crypto";
import Koa from "koa";
import { Pool } from "pg";
import { COVERING } from "../../../services/subscriptions/queries/entitlements";
import { readApiKey } from "../../../shared/contracts/api-keys";

// The least code that can answer GET /api/customers/{id}/entitlements/ for an API key: Koa, pg, and one
// handler, which looks up the hash of the key and then the answer.
const settings = { connectionString: process.env["DATABASE_URL"] ?? "", max: 5, options: "-c timezone=UTC" };
const identity = new Pool({ ...settings, connectionString: process.env["IDENTITY_URL"] ?? "" });
const pool = new Pool({ ...settings, options: `${settings.options} -c search_path=subscriptions,public` });

async function hashOf(id: string): Promise<Buffer | undefined> {
  const { rows } = await identity.query<{ secret_sha256: Buffer }>({
    name: "key",
    text: "SELECT secret_sha256 FROM identity.api_keys WHERE id = $1 AND revoked_at IS NULL",
    values: [id],
  });
  return rows[0]?.secret_sha256;
}

async function isKnown(authorization: string): Promise<boolean> {
  const key = readApiKey(authorization.slice("Bearer ".length));
  if (key === undefined) return false;
  const hash = await hashOf(key.id);
  return hash !== undefined && timingSafeEqual(hash, createHash("sha256").update(key.secret).digest());
}

interface Row {
  customer_id: string;
  product: string;
  plan_id: string;
  start_date: string;
  end_date: string | null;
  features: object;
}

const app = new Koa();
app.use(async (ctx) => {
  if (!(await isKnown(ctx.get("authorization")))) {
    ctx.status = 401;
    return;
  }
  const [, , , customer = ""] = ctx.path.split("/");
  const today = new Date().toISOString().slice(0, 10);
  const { rows } = await pool.query<Row>({
    name: COVERING.name,
    text: COVERING.sql,
    values: [customer, "default", today],
  });
  const [row] = rows;
  ctx.body =
    row === undefined
      ? {}
      : {
          customer: row.customer_id,
          product: row.product,
          status: "active",
          plan: row.plan_id,
          features: row.features,
          until: row.end_date,
        };
});
process.once("SIGINT", () => process.exit());
app.listen(Number(process.env["PORT"]), "127.0.0.1", () => process.stdout.write("ready\n"));
