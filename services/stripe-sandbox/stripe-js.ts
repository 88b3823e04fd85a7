import { buildSync } from "esbuild";
import { join } from "node:path";

/** The browsers that Stripe.js itself serves have all of this. */
const BROWSERS = "es2021";

let built: string | undefined;

/** The browser stand-in for Stripe.js as one script, built from `browser/` when first asked for. */
export function stripeJs(): string {
  if (built === undefined) {
    const result = buildSync({
      entryPoints: [join(__dirname, "browser", "index.ts")],
      bundle: true,
      format: "iife",
      target: BROWSERS,
      charset: "utf8",
      legalComments: "none",
      logLevel: "silent",
      write: false,
    });
    built = result.outputFiles[0]?.text ?? "";
  }
  return built;
}
