import { transformSync } from "esbuild";
import { readFileSync } from "node:fs";
import { join } from "node:path";

let script: string | undefined;

/** The payment page's own script, made from `browser/pay.ts` when first asked for. */
export function payScript(): string {
  script ??= transformSync(readFileSync(join(__dirname, "browser/pay.ts"), "utf8"), {
    loader: "ts",
    format: "iife",
    target: "es2020",
    charset: "utf8",
    // The project's settings speak of Node; nothing in them is for this script.
    tsconfigRaw: {},
  }).code;
  return script;
}
