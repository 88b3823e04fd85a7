import { existsSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, type Page, chromium } from "playwright-core";
import type Stripe from "stripe";
import type { Sandbox } from "../../../services/stripe-sandbox";
import { INTENT, PUBLISHABLE_KEY, sdkFor, startTestSandbox } from "./support";

const CHROMIUM = "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const inBrowser = existsSync(CHROMIUM) ? describe : describe.skip;
if (!existsSync(CHROMIUM))
  console.warn(`!!! No ${CHROMIUM}: the Stripe.js stand-in is NOT tested in a browser`);

/** A minimal payment page; it writes results into the document as JSON. */
const PAGE_SCRIPT = `
const query = new URLSearchParams(location.search);
const secret = query.get("secret");
const stripe = Stripe(document.body.dataset.key);
const appearance = { variables: { colorPrimary: "#0a7" } };
const elements = stripe.elements({ clientSecret: secret, appearance });
const element = elements.create("payment");
const log = (name, value) => { document.body.setAttribute("data-" + name, JSON.stringify(value)); };
element.on("ready", (event) => log("ready", event));
element.on("loaderror", (event) => log("loaderror", event));
element.on("change", (event) => log("change", event));
element.mount("#element");
log("same", elements.getElement("payment") === element);
document.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  document.body.removeAttribute("data-result");
  const redirect = query.get("redirect") || "if_required";
  const options = { elements, redirect, confirmParams: { return_url: location.origin + "/back" } };
  const confirm = secret.startsWith("seti_") ? stripe.confirmSetup : stripe.confirmPayment;
  log("result", await confirm(options));
});
document.querySelector("#next").addEventListener("click", async () => {
  log("result", await stripe.handleNextAction({ clientSecret: secret }));
});
document.querySelector("#retrieve").addEventListener("click", async () => {
  log("result", await stripe.retrievePaymentIntent(secret));
});
`;

interface Result {
  paymentIntent?: { status: string };
  setupIntent?: { status: string };
  error?: {
    type: string;
    code: string;
    decline_code?: string;
    message: string;
    payment_intent?: { status: string };
  };
}

inBrowser("the Stripe.js stand-in, on a page with a strict content security policy", () => {
  jest.setTimeout(20_000);
  let sandbox: Sandbox;
  let stripe: Stripe;
  let server: Server;
  let browser: Browser;
  let page: Page;
  let origin: string;
  let problems: string[];
  const pageRequests: string[] = [];

  function html(): string {
    return `<!doctype html><html lang="en"><head><title>Pay</title>
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <script src="${sandbox.stripeJsUrl}"></script></head>
      <body data-key="${PUBLISHABLE_KEY}"><form><div id="element"></div><button>Pay</button></form>
      <button id="next" type="button">Next</button><button id="retrieve" type="button">Retrieve</button>
      <script src="/page.js"></script></body></html>`;
  }

  function startPageServer(): Promise<void> {
    const csp =
      `default-src 'none'; script-src 'self' ${sandbox.url}; connect-src 'self' ${sandbox.url}; ` +
      `frame-src ${sandbox.url}; style-src 'self' ${sandbox.url}; img-src 'self'; form-action 'self'`;
    server = createServer((request, response) => {
      const isScript = request.url === "/page.js";
      pageRequests.push(request.url ?? "");
      response.writeHead(200, {
        "Content-Type": isScript ? "text/javascript" : "text/html; charset=utf-8",
        "Content-Security-Policy": csp,
      });
      const isBack = request.url?.startsWith("/back") === true;
      response.end(isScript ? PAGE_SCRIPT : isBack ? "<!doctype html><title>Back</title>" : html());
    });
    return new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  }

  beforeAll(async () => {
    sandbox = await startTestSandbox();
    stripe = sdkFor(sandbox);
    await startPageServer();
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
    await sandbox.stop();
  });

  beforeEach(async () => {
    problems = [];
    page = await browser.newPage({ viewport: { width: 360, height: 740 } });
    page.setDefaultTimeout(10_000);
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      // A declined card is an HTTP 402, which Chromium logs by itself; so are missing favicons.
      const isExpected = message.text().includes("402") || message.location().url.endsWith("favicon.ico");
      if (message.type() === "error" && !isExpected) problems.push(message.text());
    });
  });

  afterEach(async () => {
    await page.close();
    expect(problems).toEqual([]);
  });

  async function open(clientSecret: string | null, redirect = "if_required"): Promise<void> {
    const query = new URLSearchParams({ secret: clientSecret ?? "", redirect }).toString();
    await page.goto(`${origin}/pay?${query}`);
    await page.waitForSelector("body[data-ready], body[data-loaderror]");
  }

  async function type(number: string, expiry = "12 / 40", cvc = "123"): Promise<void> {
    await page.getByLabel("Card number").fill(number);
    await page.getByLabel("Expiration").fill(expiry);
    await page.getByLabel("CVC").fill(cvc);
  }

  async function result(): Promise<Result> {
    await page.waitForSelector("body[data-result]");
    return JSON.parse((await page.getAttribute("body", "data-result")) ?? "null") as Result;
  }

  async function payWith(number: string, redirect?: string): Promise<Stripe.PaymentIntent> {
    const intent = await stripe.paymentIntents.create(INTENT);
    await open(intent.client_secret, redirect);
    await type(number);
    await page.getByRole("button", { name: "Pay" }).click();
    return intent;
  }

  test("4242 4242 4242 4242 pays, and the card number goes to the sandbox only", async () => {
    const intent = await payWith("4242424242424242");
    expect((await result()).paymentIntent).toMatchObject({ id: intent.id, status: "succeeded" });
    const paid = await stripe.paymentIntents.retrieve(intent.id, { expand: ["payment_method"] });
    expect(paid.payment_method).toMatchObject({ card: { last4: "4242", exp_month: 12, exp_year: 2040 } });
    expect(pageRequests.join(" ")).not.toContain("4242");
    expect(await page.getAttribute("body", "data-same")).toBe("true");
  });

  test("a declined card says why, and another card pays after it", async () => {
    const intent = await payWith("4000 0000 0000 9995");
    const declined = await result();
    expect(declined.error).toMatchObject({
      type: "card_error",
      code: "card_declined",
      decline_code: "insufficient_funds",
      message: "Your card has insufficient funds.",
      payment_intent: { status: "requires_payment_method" },
    });
    await type("5555555555554444");
    await page.getByRole("button", { name: "Pay" }).click();
    expect((await result()).paymentIntent).toMatchObject({ id: intent.id, status: "succeeded" });
  });

  test.each([
    ["Complete", "succeeded"],
    ["Fail", "requires_payment_method"],
  ])("3D Secure: %s leads to %s", async (button, status) => {
    const intent = await payWith("4000000000003220");
    const dialog = page.getByRole("dialog", { name: "3D Secure authentication" });
    await dialog.getByRole("button", { name: button }).click();
    const { error, paymentIntent } = await result();
    expect(paymentIntent?.status ?? error?.payment_intent?.status).toBe(status);
    expect(error?.code).toBe(button === "Fail" ? "payment_intent_authentication_failure" : undefined);
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe(status);
    expect(await page.getByRole("dialog").count()).toBe(0);
  });

  test("redirect 'always' returns the customer to the page with the intent in its address", async () => {
    const intent = await payWith("4242424242424242", "always");
    await page.waitForURL(/\/back\?/);
    const query = new URL(page.url()).searchParams;
    expect(Object.fromEntries(query)).toEqual({
      payment_intent: intent.id,
      payment_intent_client_secret: intent.client_secret,
      redirect_status: "succeeded",
    });
  });

  test("digits are grouped, and mistakes are shown before anything is sent", async () => {
    const intent = await stripe.paymentIntents.create(INTENT);
    await open(intent.client_secret);
    await page.getByLabel("Card number").pressSequentially("378282246310005");
    await page.getByLabel("Expiration").pressSequentially("130");
    expect(await page.getByLabel("Card number").inputValue()).toBe("3782 822463 10005");
    expect(await page.getByLabel("Expiration").inputValue()).toBe("13 / 0");
    await page.getByRole("button", { name: "Pay" }).click();
    expect((await result()).error).toMatchObject({ type: "validation_error", code: "incomplete_expiry" });
    await page.getByText("Your card's security code is incomplete.").waitFor();
    await type("4242424242424241");
    await page.getByRole("button", { name: "Pay" }).click();
    expect((await result()).error).toMatchObject({ type: "validation_error", code: "invalid_number" });
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe("requires_payment_method");
  });

  test("'change' says when the fields are complete", async () => {
    const intent = await stripe.paymentIntents.create(INTENT);
    await open(intent.client_secret);
    await type("4242424242424242");
    const change = JSON.parse((await page.getAttribute("body", "data-change")) ?? "null") as unknown;
    expect(change).toMatchObject({
      elementType: "payment",
      empty: false,
      complete: true,
      value: { type: "card" },
    });
  });

  test("'loaderror' reports a wrong secret and an intent that is already paid", async () => {
    const paid = await stripe.paymentIntents.create({
      ...INTENT,
      payment_method: "pm_card_visa",
      confirm: true,
    });
    await open(paid.client_secret);
    const error = (await page.getAttribute("body", "data-loaderror")) ?? "";
    expect(JSON.parse(error)).toMatchObject({ error: { code: "payment_intent_unexpected_state" } });

    await open(`${paid.id}_secret_wrong`);
    expect(JSON.parse((await page.getAttribute("body", "data-loaderror")) ?? "")).toMatchObject({
      error: { type: "invalid_request_error", code: "payment_intent_invalid_parameter" },
    });
    // Chromium reports the refusal on its console.
    problems = problems.filter((problem) => !problem.includes("400"));
  });

  test("confirmSetup saves a card, handleNextAction continues, retrievePaymentIntent retrieves", async () => {
    const customer = await stripe.customers.create();
    const setup = await stripe.setupIntents.create({ customer: customer.id });
    await open(setup.client_secret);
    await type("4242424242424242");
    await page.getByRole("button", { name: "Pay" }).click();
    expect((await result()).setupIntent?.status).toBe("succeeded");

    const intent = await stripe.paymentIntents.create({
      ...INTENT,
      payment_method: "pm_card_authenticationRequired",
      confirm: true,
    });
    await open(intent.client_secret);
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByRole("button", { name: "Complete" }).click();
    expect((await result()).paymentIntent?.status).toBe("succeeded");
    await page.getByRole("button", { name: "Retrieve" }).click();
    expect((await result()).paymentIntent?.status).toBe("succeeded");
  });
});
