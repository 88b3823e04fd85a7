import path from "node:path";
import { z } from "zod";
import type { Invoice } from "../../shared/contracts/invoicing";
import { toProblem } from "../problem-details";
import { staticFile, staticContent } from "../pages/static-file";
import { askPage, invoicePage, unavailablePage, type PageSettings } from "../pages/payment-page";
import { payScript } from "../pages/payment-script";
import { contentSecurityPolicy, type Policy } from "../pages/content-security-policy";
import { route, type RouteContext, type Reply, type Resource } from "./route";

const PAGES = path.join(__dirname, "../pages");
const STRIPE = "https://js.stripe.com";

const MALFORMED =
  "This is not an invoice ID. Please copy the ID from the payment link in our email. " +
  "The invoice number does not work here.";
const UNKNOWN = "We could not find this invoice. Please check the ID, or open the link in our email again.";

const OWN_POLICY: Policy = { "style-src": ["'self'"], "img-src": ["'self'"] };
/** As Stripe's integration security guide says, without the maps, which only address forms need. */
const STRIPE_POLICY: Policy = {
  ...OWN_POLICY,
  "script-src": ["'self'", STRIPE, "https://*.js.stripe.com"],
  "connect-src": ["'self'", "https://api.stripe.com"],
  "frame-src": [STRIPE, "https://*.js.stripe.com", "https://hooks.stripe.com"],
};

/** The policy for a page with Stripe.js from this address. The sandbox has one origin for everything. */
function policyFor(stripeJsUrl: string): Policy {
  const { origin } = new URL(stripeJsUrl);
  if (origin === STRIPE) return STRIPE_POLICY;
  return {
    ...OWN_POLICY,
    "script-src": ["'self'", origin],
    "connect-src": ["'self'", origin],
    "frame-src": [origin],
  };
}

function pageReply(status: number, body: string, policy = OWN_POLICY): Reply {
  const headers = { "content-security-policy": contentSecurityPolicy(policy) };
  return { status, type: "text/html; charset=utf-8", body, headers };
}

/** Shows errors as a page too, because people read them. */
async function showPage({
  call,
  query,
}: RouteContext<unknown, { invoice?: string | undefined }>): Promise<Reply> {
  const entered = query.invoice?.trim() ?? "";
  let settings: PageSettings | undefined;
  try {
    settings = await call("payments.getPageSettings", {});
    const { sandbox } = settings;
    if (entered === "") return pageReply(200, askPage({ sandbox }));
    if (!z.uuid().safeParse(entered).success) {
      return pageReply(400, askPage({ entered, sandbox, problem: MALFORMED }));
    }
    const invoice: Invoice = await call("invoicing.getPayableInvoice", { id: entered });
    return pageReply(200, invoicePage(invoice, settings), policyFor(settings.stripe_js_url));
  } catch (error) {
    if (toProblem(error, "").status !== 404) return pageReply(503, unavailablePage());
    return pageReply(404, askPage({ entered, sandbox: settings?.sandbox ?? false, problem: UNKNOWN }));
  }
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
    route({
      method: "get",
      path: "/api/pay/pay.js",
      operation: null,
      auth: "anyone",
      summary: "The payment page's script",
      response: { 200: "text/javascript" },
      handler: () => staticContent(payScript(), "pay.js"),
    }),
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
  ],
};
