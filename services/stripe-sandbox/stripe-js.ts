import { buildSync } from "esbuild";
import { join } from "node:path";

/** All browsers that Stripe.js supports have this. */
const BROWSERS = "es2021";

let built: string | undefined;

/** The stand-in for Stripe.js as one script, built from `browser/` at the first call. */
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
