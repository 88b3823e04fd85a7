import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scripts } from "../../../package.json";
import { type TestProcess, freePorts, startProgram, statusOf } from "../../support/processes";
import { INTENT, PUBLISHABLE_KEY, Receiver, SECRET_KEY, WEBHOOK_SECRET, sdkFor } from "./support";

/** What `npm run sandbox` gives to node: `exec node <arguments>`. */
const ARGUMENTS = scripts.sandbox.split(" ").slice(2);
const KEYS = { SANDBOX_SECRET_KEY: SECRET_KEY, SANDBOX_PUBLISHABLE_KEY: PUBLISHABLE_KEY };

jest.setTimeout(60_000);

const running: TestProcess[] = [];
function start(env: Record<string, string>): TestProcess {
  const started = startProgram(process.execPath, ARGUMENTS, env);
  running.push(started);
  return started;
}
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.kill()));
});

test("as a process it takes a payment, reports it by webhook, and keeps it over a restart", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sandbox-"));
  const receiver = new Receiver();
  const [port = 0] = await freePorts(1);
  const env = {
    ...KEYS,
    SANDBOX_PORT: String(port),
    SANDBOX_HOST: "",
    SANDBOX_PUBLIC_URL: "https://stripe.example/sandbox/",
    SANDBOX_WEBHOOK_URL: await receiver.listen(),
    SANDBOX_WEBHOOK_SECRET: WEBHOOK_SECRET,
    SANDBOX_STATE_FILE: join(folder, "state.json"),
  };
  const stripe = sdkFor({ port });

  const first = start(env);
  await first.says("No money moves");
  expect(first.output()).toContain("https://stripe.example/sandbox/stripe.js");
  expect(await statusOf(`http://127.0.0.1:${port}/stripe.js`)).toBe(200);
  const paid = await stripe.paymentIntents.create({
    ...INTENT,
    payment_method: "pm_card_visa",
    confirm: true,
  });
  expect(paid.status).toBe("succeeded");
  await first.says("payment_intent.succeeded");
  expect(receiver.types()).toContain("payment_intent.succeeded");
  first.signal("SIGTERM");
  expect(await first.ended).toEqual({ status: 0, signal: null });
  for (const secret of [SECRET_KEY, PUBLISHABLE_KEY, WEBHOOK_SECRET]) {
    expect(first.output()).not.toContain(secret);
  }

  const second = start(env);
  await second.says("No money moves");
  expect((await stripe.paymentIntents.retrieve(paid.id)).status).toBe("succeeded");
  second.signal("SIGINT");
  second.signal("SIGINT");
  expect(await second.ended).toEqual({ status: 0, signal: null });
  await receiver.stop();
  await rm(folder, { recursive: true });
});

test.each([
  [{}, "SANDBOX_SECRET_KEY: is missing"],
  [{ SANDBOX_PUBLISHABLE_KEY: PUBLISHABLE_KEY, SANDBOX_SECRET_KEY: "sk_live_abc" }, "SANDBOX_SECRET_KEY"],
  [{ ...KEYS, SANDBOX_PORT: "many" }, "SANDBOX_PORT"],
  [{ ...KEYS, SANDBOX_WEBHOOK_URL: "http://127.0.0.1:9/" }, "SANDBOX_WEBHOOK_SECRET: is missing"],
  [{ ...KEYS, NODE_ENV: "production" }, "NODE_ENV=production"],
])("with %j it does not start, and says why", async (env, reason) => {
  const refused = start(env);
  expect(await refused.ended).toEqual({ status: 1, signal: null });
  expect(refused.output()).toContain(reason);
  expect(refused.output()).not.toContain("sk_live_abc");
});

test("a taken port ends it with the reason", async () => {
  const receiver = new Receiver();
  const { port } = new URL(await receiver.listen());
  const refused = start({ ...KEYS, SANDBOX_PORT: port });
  expect(await refused.ended).toEqual({ status: 1, signal: null });
  expect(refused.output()).toContain("EADDRINUSE");
  await receiver.stop();
});
