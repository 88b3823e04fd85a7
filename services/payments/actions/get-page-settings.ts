import type { PaymentsAction } from "../tools";

/** What the payment page needs to load Stripe.js. */
export const getPageSettings: PaymentsAction<"payments.getPageSettings"> = async ({ tools }) => ({
  publishable_key: tools.publishableKey,
  stripe_js_url: tools.stripeJsUrl,
  sandbox: !tools.livemode,
});
