import type { Page } from "playwright-core";
import { sandboxOf } from "../../services/payments/stripe/own-sandbox";
import { describeInBrowser, enterCard, expectAccessible, inBrowser, paid, payButton } from "./in-browser";

const CHECKING = "We are checking your payment";

/** The contrast of two colours as browsers compute them (WCAG 2.2). */
function contrast(one: string, other: string): number {
  const luminance = (colour: string) => {
    const [r = 0, g = 0, b = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number).map((each) => {
      const share = each / 255;
      return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

const focused = (page: Page) =>
  page.evaluate("document.activeElement.id || document.activeElement.className");
type Row = { stripe_payment_intent_id: string };
const never = () => new Promise<void>(() => undefined);

describeInBrowser("each state of the payment page", () => {
  const { system, violations, open, firstInvoice } = inBrowser(() => ({
    SELLER_NAME: "Example Software Ltd.",
    SELLER_ADDRESS: "1 Main Street\\n12345 Springfield",
    SELLER_LOGO: "gateway/pages/icon.svg",
  }));

  test("asking for the invoice", async () => {
    const page = await open("/api/pay/");
    await expectAccessible(page);
    await page.goto(`${page.url()}?invoice=INV-1`);
    await page.getByRole("alert").waitFor();
    await expectAccessible(page);
  });

  test("the form, a decline, and the receipt; the focus stays where it was, and Enter pays", async () => {
    const { number, username, path, status } = await firstInvoice();
    const page = await open(path);
    await page.getByLabel("Card number").waitFor();
    await expectAccessible(page);
    for (const shown of ["Example Software Ltd.", "12345 Springfield", username, "Basic, "])
      await page.getByText(shown).first().waitFor();
    expect(await page.evaluate("document.querySelector('.logo').naturalWidth > 0")).toBe(true);

    await enterCard(page, "4000000000009995");
    await payButton(page).focus();
    await page.keyboard.press("Enter");
    await page.getByText("Your card has insufficient funds.").waitFor();
    expect(await focused(page)).toBe("pay");
    expect(await page.getByText("Loading").count()).toBe(1);
    expect(await page.getByText("Loading").isVisible()).toBe(false);
    await expectAccessible(page);

    await enterCard(page, "4242424242424242");
    await page.getByLabel("CVC").press("Enter");
    await page.getByRole("button", { name: "Print or save the receipt" }).waitFor();
    await page.getByText("Paid on").waitFor();
    expect(await page.title()).toBe(`Receipt for invoice ${number}`);
    expect(await focused(page)).toBe("notice done");
    expect(await paid(status)).toBe("paid");
    await expectAccessible(page);
    expect(violations).toEqual([]);
  });

  test("an intent that is cancelled meanwhile begins anew", async () => {
    const { id, path, status } = await firstInvoice();
    const page = await open(path);
    await enterCard(page, "4242424242424242");
    const row = await system().db("payments")("payments").where({ invoice_id: id }).first<Row>();
    await sandboxOf(system().broker).stripe.sdk.paymentIntents.cancel(row.stripe_payment_intent_id);
    await payButton(page).click();
    await page.getByText("This payment was cancelled before you made it").waitFor();
    await expectAccessible(page);
    await enterCard(page, "4242424242424242");
    await payButton(page).click();
    await page.getByText("Thank you.").waitFor();
    expect(await paid(status)).toBe("paid");
  });

  test("our server never answers: the page says so, and tries again", async () => {
    const { path } = await firstInvoice();
    const page = await open("/api/pay/");
    await page.clock.install();
    await page.route("**/create-payment-intent/", never);
    await page.goto(new URL(path, page.url()).href);
    await page.getByText("Loading the payment form").waitFor();
    await page.clock.runFor(16_000);
    await page.getByText("We could not reach our server.").waitFor();
    expect(await page.getByText("Loading the payment form").isVisible()).toBe(false);
    await expectAccessible(page);
    await page.unroute("**/create-payment-intent/");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByLabel("Card number").waitFor();
  });

  test("Stripe.js never comes: the page says so, and tries again", async () => {
    const { path } = await firstInvoice();
    const page = await open("/api/pay/");
    await page.clock.install();
    await page.route("**/stripe.js", never);
    const answered = page.waitForResponse("**/create-payment-intent/");
    await page.goto(new URL(path, page.url()).href, { waitUntil: "domcontentloaded" });
    await (await answered).finished();
    await page.clock.runFor(21_000);
    await page.getByText("The payment form could not be loaded.").waitFor();
    expect(await page.getByText("Loading the payment form").isVisible()).toBe(false);
    await page.unroute("**/stripe.js");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByLabel("Card number").waitFor();
  });

  test("Stripe never says how the payment ended: the page asks our server", async () => {
    const { path, status } = await firstInvoice();
    const page = await open("/api/pay/");
    await page.clock.install();
    await page.goto(new URL(path, page.url()).href);
    let answers = 0;
    await page.route("**/payment-success/", (route) => (++answers === 1 ? route.abort() : route.continue()));
    await page.route("**/confirm", async (route) => {
      await route.fetch();
      await never();
    });
    await enterCard(page, "4242424242424242");
    await payButton(page).click();
    await page.getByText("Processing").waitFor();
    await page.clock.runFor(31_000);
    await page.getByText(CHECKING).waitFor();
    await expectAccessible(page);
    await page.clock.runFor(16_000);
    await page.getByText("Thank you.").waitFor();
    expect(await paid(status)).toBe("paid");
  });

  test("the connection breaks after the payment: the page asks our server", async () => {
    const { path, status } = await firstInvoice();
    const page = await open(path);
    await page.route("**/confirm", async (route) => {
      await route.fetch();
      await route.abort();
    });
    await enterCard(page, "4242424242424242");
    await payButton(page).click();
    await page.getByText("Thank you.").waitFor();
    expect(await paid(status)).toBe("paid");
  });

  test("nobody says how the payment ended: the page asks not to pay again", async () => {
    const { path } = await firstInvoice();
    const page = await open("/api/pay/");
    await page.clock.install();
    await page.goto(new URL(path, page.url()).href);
    await page.route("**/payment-success/", (route) => route.fulfill({ status: 503, body: "{}" }));
    await page.route("**/confirm", never);
    await enterCard(page, "4242424242424242");
    await payButton(page).click();
    await page.getByText("Processing").waitFor();
    await page.clock.runFor(31_000);
    await page.getByText(CHECKING).waitFor();
    await page.clock.runFor(600_000);
    await page.getByText("and will email you when it has arrived").waitFor();
    expect(await payButton(page).count()).toBe(0);
    await expectAccessible(page);
  });

  test("after the bank's page, a 503 that passes is retried", async () => {
    const { path } = await firstInvoice();
    const page = await open("/api/pay/");
    let asked = 0;
    await page.route("**/payment-success/", (route) =>
      route.fulfill(++asked < 3 ? { status: 503, body: "{}" } : { status: 200, body: "{}" }),
    );
    const returned = "payment_intent=pi_1&payment_intent_client_secret=x&redirect_status=succeeded";
    await page.goto(new URL(`${path}&${returned}`, page.url()).href);
    await page.getByText("Thank you.").waitFor();
    expect(asked).toBe(3);
  });

  test("after the bank's page, a 503 that stays is no invitation to pay again", async () => {
    const { path } = await firstInvoice();
    const page = await open("/api/pay/");
    await page.route("**/payment-success/", (route) => route.fulfill({ status: 503, body: "{}" }));
    const returned = "payment_intent=pi_1&payment_intent_client_secret=x&redirect_status=succeeded";
    await page.goto(new URL(`${path}&${returned}`, page.url()).href);
    await page.getByText("Checking your payment").waitFor();
    await page.getByText(CHECKING).waitFor();
    expect(await payButton(page).count()).toBe(0);
  });

  test("without JavaScript nothing is loading", async () => {
    const { path } = await firstInvoice();
    const page = await open(path, { javaScriptEnabled: false });
    // Playwright finds no text in a noscript element.
    expect(await page.locator("noscript p").isVisible()).toBe(true);
    expect(await page.getByText("Loading the payment form").isVisible()).toBe(false);
    expect(await payButton(page).count()).toBe(0);
  });

  test("shows an amount with all the decimals of its currency", async () => {
    const { id, path } = await firstInvoice();
    const db = system().db("invoicing");
    await db.raw("ALTER TABLE invoices DISABLE TRIGGER documents_never_change");
    await db("invoices")
      .where({ id })
      .update({ amount_minor: 490_050, subtotal_minor: 490_050, currency: "huf" });
    await db.raw("ALTER TABLE invoices ENABLE TRIGGER documents_never_change");
    const page = await open(path);
    await page.getByLabel("Card number").waitFor();
    expect(await page.locator(".amount").textContent()).toBe("HUF\u00a04,900.50");
    expect(await payButton(page).textContent()).toBe("Pay HUF\u00a04,900.50");
  });

  test.each(["light", "dark"] as const)("borders and the focus ring are seen: %s", async (colorScheme) => {
    const { path } = await firstInvoice();
    const page = await open("/api/pay/", { colorScheme });
    const colours = (selector: string, property: string) =>
      page
        .locator(selector)
        .evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property);
    const surface = await colours("main", "background-color");
    await page.getByLabel("Invoice ID").focus();
    expect(contrast(await colours("#invoice", "border-top-color"), surface)).toBeGreaterThan(3);
    expect(contrast(await colours("#invoice", "outline-color"), surface)).toBeGreaterThan(3);
    await page.goto(new URL(path, page.url()).href);
    await page.getByLabel("Card number").focus();
    expect(contrast(await colours("#card-number", "border-top-color"), surface)).toBeGreaterThan(3);
    expect(contrast(await colours("#card-number", "outline-color"), surface)).toBeGreaterThan(3);
    await page.emulateMedia({ forcedColors: "active" });
    expect(await colours("#pay", "border-top-style")).toBe("solid");
    expect(await colours("#status", "border-top-style")).toBe("solid");
  });
});
