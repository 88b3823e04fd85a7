import { createServer, request, type Server } from "node:http";
import { describeInBrowser, enterCard, inBrowser, paid, payButton } from "./in-browser";
import { freePorts } from "../support/processes";

const PREFIX = "/billing";

describeInBrowser("behind a proxy that strips the path of PUBLIC_URL", () => {
  let proxy: Server;
  let publicUrl: string;
  /** what was asked for outside of our path */
  const outside: string[] = [];

  const { url, violations, open, send, firstInvoice } = inBrowser(async () => {
    const [port = 0] = await freePorts(1);
    publicUrl = `http://127.0.0.1:${port}${PREFIX}`;
    proxy = createServer((asked, answer) => {
      const { url: path = "", method, headers } = asked;
      if (!path.startsWith(`${PREFIX}/`)) {
        outside.push(path);
        answer.writeHead(404).end();
        return;
      }
      const target = new URL(path.slice(PREFIX.length), url());
      const forwarded = request(target, { method, headers }, (answered) => {
        answer.writeHead(answered.statusCode ?? 502, answered.headers);
        answered.pipe(answer);
      });
      asked.pipe(forwarded);
    }).listen(port, "127.0.0.1");
    const staff = { STAFF_USERNAME: "boss", STAFF_EMAIL: "boss@example.com" };
    return { PUBLIC_URL: publicUrl, ...staff, STAFF_PASSWORD: "correct horse" };
  });
  afterAll(() => void proxy.close());
  beforeEach(() => void (outside.length = 0));

  test("a customer finds the invoice, pays it and gets the receipt", async () => {
    const { id, number, status } = await firstInvoice();
    const page = await open(`${publicUrl}/api/pay/`);
    await page.getByLabel("Invoice ID").fill(id);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: `Invoice ${number}` }).waitFor();
    expect(page.url()).toBe(`${publicUrl}/api/pay/?invoice=${id}`);
    await enterCard(page, "4242424242424242");
    await payButton(page).click();
    await page.getByText("Paid on").waitFor();
    expect(await paid(status)).toBe("paid");
    expect([violations, outside]).toEqual([[], []]);
  });

  test("the documentation is shown, and sends requests to the right address", async () => {
    const page = await open(`${publicUrl}/api/docs`);
    await page.getByRole("heading", { name: /Subscription billing/ }).waitFor();
    await page.locator("#operations-health-checkHealth").getByText("/health").click();
    const answered = page.waitForResponse(`${publicUrl}/health`);
    await page.getByRole("button", { name: "Execute" }).click();
    expect((await answered).status()).toBe(200);
    expect([violations, outside]).toEqual([[], []]);
  });

  test("Link, Location, the entry points and the servers have the path", async () => {
    const password = "correct horse";
    const { access: token } = await send<{ access: string }>("/api/token/", {
      body: { username: "boss", password },
    });
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const list = await fetch(`${publicUrl}/plans?limit=1`, { headers });
    const [, next = ""] = /^<([^>]+)>/.exec(list.headers.get("link") ?? "") ?? [];
    expect(next).toMatch(/^\/billing\/plans\?limit=1&cursor=/);
    expect((await fetch(new URL(next, publicUrl), { headers })).status).toBe(200);
    // A program in the same network, which does not use the proxy, can follow it too.
    expect((await fetch(new URL(next, url()), { headers })).status).toBe(200);

    const body = JSON.stringify({ kind: "send_reminders" });
    const run = await fetch(`${publicUrl}/api/billing-runs/`, { method: "POST", headers, body });
    const location = run.headers.get("location") ?? "";
    expect(location).toMatch(/^\/billing\/api\/billing-runs\/[\w-]+\/$/);
    expect((await fetch(new URL(location, publicUrl), { headers })).status).toBe(200);

    const entry = (await (await fetch(`${publicUrl}/api/`)).json()) as Record<string, string>;
    for (const path of Object.values(entry)) expect((await fetch(new URL(path, publicUrl))).status).toBe(200);
    const described = (await (await fetch(`${publicUrl}/api/openapi.json`)).json()) as {
      servers: { url: string }[];
    };
    expect(described.servers.map((server) => server.url)).toEqual([PREFIX, publicUrl]);
    expect(outside).toEqual([]);
  });
});
