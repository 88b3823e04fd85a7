import { existsSync, readFileSync } from "node:fs";
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from "playwright-core";
import { gatewayUrl } from "../../gateway/gateway.service";
import type { Invoice } from "../../shared/contracts/invoicing";
import { eventually, startSystem, type System } from "../support/system";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
export const WIDE = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };

const chromiumIsHere = existsSync(CHROMIUM);
if (!chromiumIsHere)
  process.stderr.write(`\nSKIPPED: the payment page is not tested, because there is no ${CHROMIUM}\n\n`);
/** `describe` where Chromium is installed; otherwise it skips the tests with a warning. */
export const describeInBrowser: jest.Describe = chromiumIsHere ? describe : describe.skip;

export type Options = BrowserContextOptions;
type Env = Record<string, string>;

/**
 * Starts a system and a browser for the tests of one `describe`, and stops them.
 * @param env gives environment variables of the system
 */
export function inBrowser(env: () => Env | Promise<Env> = () => ({})) {
  let system: System;
  let browser: Browser;
  let context: BrowserContext | undefined;
  let customers = 0;
  /** what the content security policy refused, and errors of scripts */
  const violations: string[] = [];

  beforeAll(async () => {
    [system, browser] = await Promise.all([
      startSystem({ env: await env() }),
      chromium.launch({ executablePath: CHROMIUM, args: FLAGS }),
    ]);
  });
  afterAll(async () => {
    await browser.close();
    await system.stop();
  });
  beforeEach(() => {
    violations.length = 0;
  });
  afterEach(async () => {
    await context?.close();
    context = undefined;
  });

  const url = () => gatewayUrl(system.broker);

  /** A page in a browser of its own. @param address a path of the gateway, or a whole URL */
  async function open(address: string, options: Options = {}): Promise<Page> {
    const { viewport = WIDE } = options;
    const hasTouch = viewport === PHONE;
    context = await browser.newContext({ reducedMotion: "reduce", hasTouch, ...options, viewport });
    return openTab(address);
  }

  /** Another page in the same browser. */
  async function openTab(address: string): Promise<Page> {
    const page = await context?.newPage();
    if (page === undefined) throw new Error("no browser is open");
    page.on("pageerror", (error) => violations.push(error.message));
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) violations.push(message.text());
    });
    await page.goto(new URL(address, url()).href);
    return page;
  }

  /** Calls the API. */
  async function send<T>(path: string, { token, body }: { token?: string; body?: object }): Promise<T> {
    const response = await fetch(`${url()}${path}`, {
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      headers: {
        "content-type": "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
    });
    expect(response.status).toBeLessThan(300);
    return (await response.json()) as T;
  }

  /** Signs a customer up and subscribes; gives the first invoice. */
  async function firstInvoice() {
    const username = `customer-${++customers}`;
    const password = "correct horse battery";
    await send("/api/users/", { body: { username, email: `${username}@example.com`, password } });
    const { access: token } = await send<{ access: string }>("/api/token/", { body: { username, password } });
    await send("/api/subscriptions/", { token, body: { plan: "basic" } });
    const { id, number } = await eventually(
      async () => (await send<Invoice[]>("/api/invoices/", { token }))[0],
    );
    const status = async () => (await send<Invoice>(`/api/invoices/${id}/`, { token })).status;
    return { id, number, username, path: `/api/pay/?invoice=${id}`, status };
  }

  return { system: () => system, url, violations, open, openTab, send, firstInvoice };
}

export const paid = (status: () => Promise<string>) =>
  eventually(async () => ((await status()) === "paid" ? "paid" : undefined));

export async function enterCard(page: Page, number: string): Promise<void> {
  await page.getByLabel("Card number").fill(number);
  await page.getByLabel("Expiration").fill("12/40");
  await page.getByLabel("CVC").fill("123");
}

/** Fails for each rule that axe-core finds broken, on a desk in the light and on a phone in the dark. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const [viewport, colorScheme] of [
    [WIDE, "light"],
    [PHONE, "dark"],
  ] as const) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    await page.evaluate(AXE);
    const found = await page.evaluate(
      "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map((n) => n.html)]))",
    );
    expect([colorScheme, found]).toEqual([colorScheme, []]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(viewport.width);
  }
}

export const payButton = (page: Page) => page.getByRole("button", { name: /^Pay/ });
