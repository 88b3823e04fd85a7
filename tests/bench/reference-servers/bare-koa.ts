import Koa from "koa";
import { invoicesOf, settings, customerOf } from "./common";

// The least code that can answer GET /api/invoices/: Koa, pg, jsonwebtoken and one handler.
const { databaseUrl, port, publicKey } = settings();
const read = invoicesOf(databaseUrl);
const app = new Koa();
app.use(async (ctx) => {
  const customerId = customerOf(ctx.get("authorization"), publicKey);
  ctx.body = await read(customerId, Number(ctx.query["limit"]));
});
process.once("SIGINT", () => process.exit());
app.listen(port, "127.0.0.1", () => process.stdout.write("ready\n"));
