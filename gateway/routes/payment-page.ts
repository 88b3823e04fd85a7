import path from "node:path";
import { z } from "zod";
import type { Config } from "../../shared/config/config";
import { notFound } from "../../shared/errors";
import { toProblem } from "../problem-details";
import { staticFile, staticContent } from "../pages/static-file";
import type { Site } from "../pages/layout";
import { askPage, invoicePage, unavailablePage } from "../pages/payment-page";
import { pageScript } from "../pages/payment-script";
import type { Policy } from "../pages/content-security-policy";
import { pageReply } from "../pages/page-reply";
import { route, type RouteContext, type Reply, type Resource } from "./route";

const PAGES = path.join(__dirname, "../pages");
const STRIPE = "https://js.stripe.com";

const MALFORMED =
  "This is not an invoice ID. Please copy the ID from the payment link in our email. " +
  "The invoice number does not work here.";
const UNKNOWN = "We could not find this invoice. Please check the ID, or open the link in our email again.";

/** As Stripe's integration security guide says, without the maps, which only address forms need. */
const STRIPE_POLICY: Policy = {
  "script-src": ["'self'", STRIPE, "https://*.js.stripe.com"],
  "connect-src": ["'self'", "https://api.stripe.com"],
  "frame-src": [STRIPE, "https://*.js.stripe.com", "https://hooks.stripe.com"],
};

/** The policy for a page with Stripe.js from this address. The sandbox has one origin for everything. */
function policyFor(stripeJsUrl: string): Policy {
  const { origin } = new URL(stripeJsUrl);
  if (origin === STRIPE) return STRIPE_POLICY;
  return {
    "script-src": ["'self'", origin],
    "connect-src": ["'self'", origin],
    "frame-src": [origin],
  };
}

type Context = RouteContext<unknown, { invoice?: string | undefined }>;

/** Shows errors as a page too, because people read them. */
async function showPage(context: Context): Promise<Reply> {
  const { call, query, basePath, config } = context;
  const entered = query.invoice?.trim() ?? "";
  const site: Site = { basePath, seller: config.seller, sandbox: false };
  try {
    const { stripe_js_url: stripeJsUrl, sandbox } = await call("payments.getPageSettings", {});
    site.sandbox = sandbox;
    if (entered === "") return pageReply(200, askPage({}, site));
    if (!z.uuid().safeParse(entered).success)
      return pageReply(400, askPage({ entered, problem: MALFORMED }, site));
    return pageReply(200, await showInvoice(context, entered, stripeJsUrl, site), policyFor(stripeJsUrl));
  } catch (error) {
    if (toProblem(error, "").status !== 404) return pageReply(503, unavailablePage(site));
    return pageReply(404, askPage({ entered, problem: UNKNOWN }, site));
  }
}

/** @throws BillingError 404 */
async function showInvoice(
  { asGateway, config }: Context,
  id: string,
  stripeJsUrl: string,
  site: Site,
): Promise<string> {
  const { lines, bill_to, ...invoice } = await asGateway("invoicing.getInvoice", { id });
  const billTo = bill_to?.name;
  return invoicePage({ invoice, lines, billTo, stripeJsUrl, timezone: config.billingTimezone }, site);
}

/** The payment page. Whoever has an invoice's id may pay the invoice. */
export const pay: Resource = {
  name: "payment page",
  description: "The page on which customers pay an invoice.",
  item: "page",
  routes: [
    route({
      method: "get",
      path: "/api/pay/",
      operation: "showPaymentPage",
      auth: "anyone",
      summary: "Show the payment page",
      // Stripe adds its own parameters when a customer comes back from the bank's page.
      query: z.looseObject({ invoice: z.string().max(100).optional() }),
      response: { 200: "text/html", 400: "text/html", 404: "text/html", 503: "text/html" },
      handler: showPage,
    }),
    ...(["pay", "print", "account"] as const).map((name) =>
      route({
        method: "get",
        path: `/api/pay/${name}.js`,
        operation: null,
        auth: "anyone",
        summary: "A script of the payment page",
        response: { 200: "text/javascript" },
        handler: () => staticContent(pageScript(name), `${name}.js`),
      }),
    ),
    ...["pay.css", "icon.svg"].map((name) =>
      route({
        method: "get",
        path: `/api/pay/${name}`,
        operation: null,
        auth: "anyone",
        summary: "A file of the payment page",
        response: { 200: "text/css" },
        handler: () => staticFile(path.join(PAGES, name)),
      }),
    ),
    route({
      method: "get",
      path: "/api/pay/logo",
      operation: null,
      auth: "anyone",
      summary: "The seller's logo",
      response: { 200: "image/png" },
      handler: ({ config }) => showLogo(config),
    }),
  ],
};

/** @throws BillingError 404 where none is configured */
function showLogo({ seller }: Config): Promise<Reply> {
  if (seller.logoFile === undefined) throw notFound("page");
  return staticFile(path.resolve(seller.logoFile));
}
