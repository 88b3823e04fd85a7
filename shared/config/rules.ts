import type { Variables } from "./environment";

/** What a rule may need to know besides the variables. */
interface Process {
  /** whether this process runs every service */
  allServices: boolean;
}

/** The rules between variables. Gives one line for each variable that breaks one. */
export function brokenRules(vars: Variables, process: Process): string[] {
  return [
    ...together(vars, ["STAFF_USERNAME", "STAFF_EMAIL", "STAFF_PASSWORD"]),
    ...together(vars, ["STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET"]),
    ...clusterRules(vars, process.allServices),
    ...stripeRules(vars),
    ...sellerRules(vars),
  ];
}

/** All of these variables are set, or none. */
function together(vars: Variables, names: (keyof Variables)[]): string[] {
  const missing = names.filter((name) => vars[name] === undefined);
  if (missing.length === names.length) return [];
  return missing.map((name) => `${name}: is missing; set all of ${names.join(", ")}, or none`);
}

function clusterRules({ NATS_URL, NATS_CA_FILE }: Variables, allServices: boolean): string[] {
  const broken: string[] = [];
  if (!allServices && NATS_URL === undefined) {
    broken.push("NATS_URL: is missing; services in separate processes need NATS to talk to each other");
  }
  if (NATS_CA_FILE !== undefined && !/(^|,)\s*tls:/.test(NATS_URL ?? "")) {
    broken.push("NATS_CA_FILE: has no effect without a tls:// URL in NATS_URL");
  }
  return broken;
}

/** Where Stripe is; a live key and real card numbers go nowhere else. */
const STRIPE_ORIGINS = { STRIPE_API_BASE: "https://api.stripe.com", STRIPE_JS_URL: "https://js.stripe.com" };

function stripeRules(vars: Variables): string[] {
  const { STRIPE_SECRET_KEY, STRIPE_PUBLISHABLE_KEY, STRIPE_API_BASE, STRIPE_JS_URL } = vars;
  if (STRIPE_SECRET_KEY === undefined) {
    if (STRIPE_API_BASE === undefined && STRIPE_JS_URL === undefined) return [];
    return ["STRIPE_SECRET_KEY: is missing; STRIPE_API_BASE and STRIPE_JS_URL have no effect without it"];
  }
  if (![STRIPE_SECRET_KEY, STRIPE_PUBLISHABLE_KEY].some((key) => key?.includes("_live_"))) return [];
  return Object.entries({ STRIPE_API_BASE, STRIPE_JS_URL })
    .filter(([name, url]) => url !== undefined && new URL(url).origin !== STRIPE_ORIGINS[name as Place])
    .map(([name]) => `${name}: is not Stripe's; with live keys, leave it out`);
}

type Place = keyof typeof STRIPE_ORIGINS;

function sellerRules({ SELLER_NAME, SELLER_ADDRESS, SELLER_LOGO }: Variables): string[] {
  if (SELLER_NAME !== undefined || (SELLER_ADDRESS === undefined && SELLER_LOGO === undefined)) return [];
  return ["SELLER_NAME: is missing; SELLER_ADDRESS and SELLER_LOGO have no effect without it"];
}
