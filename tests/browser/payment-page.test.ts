import { describeInBrowser, enterCard, inBrowser, paid, payButton, PHONE } from "./in-browser";

describeInBrowser("in a real browser", () => {
  const { system, url, violations, open, openTab, firstInvoice } = inBrowser();

  test("4242… pays the invoice, and the page says so, also after a reload", async () => {
    const { number, path, status } = await firstInvoice();
    const page = await open(path);
    expect(await page.getByRole("heading").textContent()).toBe(`Invoice ${number}`);
    await enterCard(page, "4242424242424242");
    await payButton(page).click();
    await page.getByText("We have received your payment. Thank you.").waitFor();
    expect(await page.locator("#status").textContent()).toBe("Paid");
    expect(await paid(status)).toBe("paid");
    await page.reload();
    expect(await page.getByRole("status").textContent()).toBe("We have received your payment. Thank you.");
    expect(await payButton(page).count()).toBe(0);
    expect(violations).toEqual([]);
  });

  test("…9995 is declined with the reason, then another card pays", async () => {
    const { path, status } = await firstInvoice();
    const page = await open(path);
    await enterCard(page, "4000000000009995");
    await payButton(page).click();
    await page.getByText("Your card has insufficient funds.").waitFor();
    expect(await status()).toBe("pending");
    await enterCard(page, "4242424242424242");
    await payButton(page).click();
    await page.getByText("Thank you.").waitFor();
    expect(await page.getByText("insufficient funds").count()).toBe(0);
    expect(await paid(status)).toBe("paid");
    expect(violations).toEqual([]);
  });

  test("a mistyped card number is not sent", async () => {
    const { path, status } = await firstInvoice();
    const page = await open(path);
    const sent: string[] = [];
    page.on("request", (request) => sent.push(`${request.method()} ${request.url()}`));
    await enterCard(page, "4242424242424241");
    await payButton(page).click();
    await page.locator("#message").waitFor();
    expect(sent.filter((each) => each.startsWith("POST"))).toEqual([]);
    expect(await status()).toBe("pending");
  });

  test("3D Secure: a refused payment can be tried again, a confirmed one is paid", async () => {
    const { path, status } = await firstInvoice();
    const page = await open(path);
    await enterCard(page, "4000000000003220");
    await payButton(page).click();
    await page.getByRole("button", { name: "Fail" }).click();
    await page.locator("#message").waitFor();
    expect(await page.locator("#message").textContent()).toMatch(/authenticat/i);
    expect(await status()).toBe("pending");
    await payButton(page).click();
    await page.getByRole("button", { name: "Complete" }).click();
    await page.getByText("Thank you.").waitFor();
    expect(await paid(status)).toBe("paid");
    expect(violations).toEqual([]);
  });

  test("on a phone the page fits and its button is large enough", async () => {
    const { path, status } = await firstInvoice();
    const page = await open(path, { viewport: PHONE });
    await enterCard(page, "4242424242424242");
    const width = await page.evaluate("document.documentElement.scrollWidth");
    expect(width).toBe(PHONE.width);
    const button = await payButton(page).boundingBox();
    expect(button?.height).toBeGreaterThanOrEqual(44);
    expect(button?.width).toBeGreaterThan(300);
    await payButton(page).tap();
    await page.getByText("Thank you.").waitFor();
    expect(await paid(status)).toBe("paid");
  });

  test("pressing twice pays once", async () => {
    const { path, status } = await firstInvoice();
    const page = await open(path);
    const confirmations: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "POST" && request.url().endsWith("/confirm"))
        confirmations.push(request.url());
    });
    await enterCard(page, "4242424242424242");
    await payButton(page).dblclick();
    await page.getByText("Thank you.").waitFor();
    expect(confirmations).toHaveLength(1);
    expect(await paid(status)).toBe("paid");
  });

  test("a second tab finds the invoice paid and charges nothing", async () => {
    const { id, path, status } = await firstInvoice();
    const first = await open(path);
    const second = await openTab(path);
    await enterCard(second, "4242424242424242");
    await enterCard(first, "4242424242424242");
    await payButton(first).click();
    await first.getByText("Thank you.").waitFor();
    await paid(status);
    await payButton(second).click();
    await second.getByText("Thank you.").waitFor();
    const payments = await system().db("payments")("payments").where({ invoice_id: id, status: "succeeded" });
    expect(payments).toHaveLength(1);
  });

  test("when our server fails after the payment, the page retries and offers no second payment", async () => {
    const { path, status } = await firstInvoice();
    const page = await open(path);
    let asked = 0;
    await page.route("**/api/payment-success/", (route) => {
      return ++asked === 1 ? route.fulfill({ status: 503, body: "{}" }) : route.continue();
    });
    await enterCard(page, "4242424242424242");
    await payButton(page).click();
    await page.getByText("Thank you.").waitFor();
    expect(asked).toBe(2);
    expect(await paid(status)).toBe("paid");
  });

  test("after the bank's page the invoice is paid, and the secret leaves the address", async () => {
    const { path, status } = await firstInvoice();
    const page = await open(path);
    await page.route("**/api/payment-success/", () => undefined);
    await enterCard(page, "4242424242424242");
    const asking = page.waitForRequest("**/api/payment-success/");
    await payButton(page).click();
    await asking;
    const back = await openTab(
      `${path}&payment_intent=pi_1&payment_intent_client_secret=pi_1_secret_2&redirect_status=succeeded`,
    );
    await back.getByText("Thank you.").waitFor();
    expect(new URL(back.url()).search).not.toContain("secret");
    expect(await paid(status)).toBe("paid");
  });

  test("a customer who comes back without paying can try again", async () => {
    const { path, status } = await firstInvoice();
    const page = await open(
      `${path}&payment_intent=pi_1&payment_intent_client_secret=pi_1_secret_2&redirect_status=failed`,
    );
    await page.getByText("The payment was not completed.").waitFor();
    await enterCard(page, "4242424242424242");
    await payButton(page).click();
    await page.getByText("Thank you.").waitFor();
    expect(await paid(status)).toBe("paid");
  });

  test("when Stripe.js does not load, the page says so and loads it on the next try", async () => {
    const { path } = await firstInvoice();
    const page = await open("/api/pay/");
    await page.route("**/stripe.js", (route) => route.abort());
    await page.goto(`${url()}${path}`);
    await page.getByText("The payment form could not be loaded.").waitFor();
    await page.unroute("**/stripe.js");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByLabel("Card number").waitFor();
    expect(violations).toEqual([]);
  });

  test("a customer who has only the id can enter it", async () => {
    const { id, number } = await firstInvoice();
    const page = await open("/api/pay/");
    await page.getByLabel("Invoice ID").fill("INV-1");
    await page.keyboard.press("Enter");
    await page.getByText("This is not an invoice ID").waitFor();
    await page.getByLabel("Invoice ID").fill(` ${id} `);
    await page.getByRole("button", { name: "Show invoice" }).click();
    await page.getByRole("heading", { name: `Invoice ${number}` }).waitFor();
    expect(violations).toEqual([]);
  });

  test("the API documentation loads nothing from other servers", async () => {
    const page = await open("/api/");
    const elsewhere: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(url()) && !request.url().startsWith("data:"))
        elsewhere.push(request.url());
    });
    await page.goto(`${url()}/api/docs`);
    await page.getByRole("heading", { name: /Subscription billing/ }).waitFor();
    await page.getByText("/api/create-payment-intent").first().waitFor();
    expect(elsewhere).toEqual([]);
    expect(violations).toEqual([]);
  });
});
