import { transformSync } from "esbuild";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const scripts = new Map<string, string>();

/**
 * A script of a page, made from TypeScript when first asked for.
 * @param name of a file in `browser/`, without its ending
 */
export function pageScript(name: "pay" | "print" | "account"): string {
  const known = scripts.get(name);
  if (known !== undefined) return known;
  const { code } = transformSync(readFileSync(join(__dirname, `browser/${name}.ts`), "utf8"), {
    loader: "ts",
    format: "iife",
    target: "es2020",
    charset: "utf8",
    // The project's settings speak of Node; nothing in them is for this script.
    tsconfigRaw: {},
  });
  scripts.set(name, code);
  return code;
}
