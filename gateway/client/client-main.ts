import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describeApi } from "../openapi";
import { resources } from "../routes";

/** openapi-typescript needs TypeScript 5, whose programs would replace ours: npm fetches both when needed. */
const GENERATOR = ["openapi-typescript@7.13.0", "typescript@5.9.3"];

const PACKAGE = {
  name: "billing-client",
  version: "1.0.0",
  private: true,
  type: "module",
  exports: { types: "./index.d.ts", default: "./index.js" },
  dependencies: { "openapi-fetch": "0.17.0" },
};

const INDEX = `import createClient from "openapi-fetch";

/**
 * A client of the billing API: every call's parameters and answers have types.
 * @param {string} baseUrl such as "https://billing.example.com"
 * @param {string} key an API key, or an access token
 */
export function billingClient(baseUrl, key) {
  return createClient({ baseUrl, headers: { authorization: \`Bearer \${key}\` } });
}
`;

const TYPES = `import type { Client } from "openapi-fetch";
import type { paths } from "./api.js";

export type { components, operations, paths } from "./api.js";
/** A client of the billing API. @param key an API key, or an access token */
export declare function billingClient(baseUrl: string, key: string): Client<paths>;
`;

/**
 * `npm run client [FOLDER]`: writes an npm package with a typed client of this version's API, made from its
 * OpenAPI description, into a folder; billing-client by default.
 */
function main([folder = "billing-client"]: string[]): void {
  const target = path.resolve(process.env["INIT_CWD"] ?? process.cwd(), folder);
  mkdirSync(target, { recursive: true });
  const write = (name: string, text: string) => writeFileSync(path.join(target, name), text);
  const config = { publicUrl: "http://127.0.0.1:3000" };
  write("openapi.json", JSON.stringify(describeApi(resources(config), config), null, 2));
  write("package.json", JSON.stringify(PACKAGE, null, 2));
  write("index.js", INDEX);
  write("index.d.ts", TYPES);
  const packages = GENERATOR.map((each) => `--package=${each}`);
  const generate = ["openapi-typescript", "openapi.json", "--output", "api.d.ts"];
  execFileSync("npm", ["exec", "--yes", "--silent", ...packages, "--", ...generate], {
    cwd: target,
    stdio: "inherit",
  });
  process.stdout.write(`Wrote a typed client. Add it to your software: npm install ${target}\n`);
}

main(process.argv.slice(2));
