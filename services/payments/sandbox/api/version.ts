import type Stripe from "stripe";

/** The one version of Stripe's API that the sandbox speaks: the one that the pinned SDK is typed for. */
export const API_VERSION = "2026-10-28.endive" satisfies Stripe.LatestApiVersion;
