import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describeApi } from "../../gateway/openapi";
import { resources } from "../../gateway/routes";

/**
 * `npm run check:client`: makes the types of a client from the OpenAPI document with openapi-typescript, and
 * compiles a client that uses them. openapi-typescript needs TypeScript 5, whose programs would replace ours
 * in node_modules; so npm fetches both when they are needed.
 */
const PACKAGES = ["openapi-typescript@7.13.0", "typescript@5.9.3"];

const CLIENT = `
import type { components, operations, paths } from "./api";

type Json<Name extends keyof operations, Status extends keyof operations[Name]["responses"]> =
  operations[Name]["responses"][Status] extends { content: { "application/json": infer Body } }
    ? Body
    : never;

const plans: Json<"listPlans", 200> = [];
export const prices: string[] = plans.map(({ price, currency }) => price + " " + currency);

const created: NonNullable<operations["createPlan"]["requestBody"]>["content"]["application/json"] = {
  name: "Basic",
  price: "499.00",
};
export const body: string = JSON.stringify(created);

export function reasonsOf(problem: components["schemas"]["Problem"]): string[] {
  return (problem.errors ?? []).map(({ field, message }) => field + ": " + message);
}

type Query = NonNullable<paths["/api/invoices"]["get"]["parameters"]["query"]>;
export const query: Query = { status: "overdue", limit: 10 };
export const line = (invoice: Json<"getInvoice", 200>): string | undefined => invoice.lines[0]?.unit_amount;
export const why = (story: Json<"explainInvoice", 200>): string[] => story.because;

// @ts-expect-error an invoice has no such field
export const wrong = (invoice: Json<"getInvoice", 200>): number => invoice.amount_minor;
`;

const folder = mkdtempSync(path.join(tmpdir(), "api-client-"));
try {
  const config = { publicUrl: "https://billing.example" };
  writeFileSync(path.join(folder, "openapi.json"), JSON.stringify(describeApi(resources(config), config)));
  writeFileSync(path.join(folder, "client.ts"), CLIENT);
  const packages = PACKAGES.map((each) => `--package=${each}`);
  const generate = ["openapi-typescript", "openapi.json", "--output", "api.ts"];
  const options = { cwd: folder, stdio: "inherit" } as const;
  execFileSync("npm", ["exec", "--yes", ...packages, "--", ...generate], options);
  const tsc = path.join(path.dirname(require.resolve("typescript/package.json")), "bin/tsc");
  const strict = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "es2023"];
  const modules = ["--module", "nodenext", "--types", ""];
  execFileSync(process.execPath, [tsc, ...strict, ...modules, "client.ts"], options);
  process.stdout.write("The client compiles.\n");
} finally {
  rmSync(folder, { recursive: true });
}
