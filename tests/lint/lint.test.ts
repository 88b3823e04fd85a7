import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const ROOT = resolve(__dirname, "../..");
const OXLINT = join(ROOT, "node_modules/.bin/oxlint");

const REFUSED: [file: string, code: string][] = [
  // A service does not import another one, however the path is written.
  ["services/invoicing/invoicing.service.ts", 'export * from "../payments/payments.service";'],
  ["services/invoicing/actions/list-invoices.ts", 'export * from "../../payments/models/payment";'],
  ["services/invoicing/queries/deep/claim.ts", 'export * from "../../../../services/catalog/models/plan";'],
  [
    "services/invoicing/actions/by-detour.ts",
    'export * from "../../../shared/../services/identity/models/user";',
  ],
  [
    "services/invoicing/actions/by-type.ts",
    'import type { Payment } from "../../payments/models/payment"; export type P = Payment;',
  ],
  [
    "services/invoicing/actions/by-inline-type.ts",
    'export type P = import("../../payments/models/payment").Payment;',
  ],
  [
    "services/invoicing/actions/by-call.ts",
    'export const load = () => import("../../payments/models/payment");',
  ],
  ["services/invoicing/actions/by-require.ts", 'export const x = require("../../payments/models/payment");'],
  [
    "services/invoicing/actions/by-import-require.ts",
    'import x = require("../../payments/models/payment"); export { x };',
  ],
  ["services/cron/timetable.ts", 'export * from "../../gateway/app";'],
  ["services/cron/from-tests.ts", 'export * from "../../tests/support/postgres";'],
  // The gateway imports contracts, not services.
  ["gateway/routes/invoices.ts", 'export * from "../../services/invoicing/domain/totals";'],
  ["gateway/app.ts", 'export * from "../services/invoicing/domain/totals";'],
  // shared/ imports neither services nor the gateway.
  ["shared/events/feed.ts", 'export * from "../../services/invoicing/models/invoice";'],
  ["shared/process/errors.ts", 'export * from "../../gateway/app";'],
  // Inside shared/, imports go one way.
  [
    "shared/config/by-contract.ts",
    'import type { Contract } from "../contracts/contract"; export type C = Contract;',
  ],
  ["shared/money/by-sibling.ts", 'export * from "../time";'],
  ["shared/contracts/by-db.ts", 'import type { Knex } from "../db/open-database"; export type K = Knex;'],
  ["shared/db/by-events.ts", 'export * from "../events/outbox";'],
  [
    "shared/events/by-service.ts",
    'import type { ServiceEnv } from "../service/service-env"; export type E = ServiceEnv;',
  ],
  ["shared/service/by-process.ts", 'export const load = () => import("../process/shutdown");'],
  ["shared/process/by-console.ts", 'export * from "../console/command";'],
  ["shared/broker/anything.ts", 'export * from "../contracts";'],
  ["shared/errors.ts", 'export * from "./contracts";'],
  // The Stripe sandbox imports nothing of the product, and only payments imports it.
  ["services/stripe-sandbox/by-shared.ts", 'export * from "../../shared/money";'],
  ["services/stripe-sandbox/domain/by-shared.ts", 'export * from "../../../shared/money";'],
  ["services/stripe-sandbox/by-payments.ts", 'export * from "../payments/stripe/stripe-api";'],
  ["services/payments/actions/by-sandbox.ts", 'export * from "../../stripe-sandbox";'],
  ["gateway/pages/by-sandbox.ts", 'export * from "../../services/stripe-sandbox";'],
  ["shared/db/for-tests.ts", 'export * from "../../tests/support/postgres";'],
  // Domain code does no I/O.
  ["services/invoicing/domain/by-file.ts", 'export { readFileSync } from "node:fs";'],
  ["services/invoicing/domain/by-knex.ts", 'import type { Knex } from "knex"; export type K = Knex;'],
  ["services/invoicing/domain/by-moleculer.ts", 'export { ServiceBroker } from "moleculer";'],
  ["services/invoicing/domain/by-model.ts", 'export * from "../models/invoice";'],
  ["services/invoicing/domain/by-database.ts", 'export * from "../../../shared/db/transaction";'],
  [
    "services/invoicing/domain/by-contract-value.ts",
    'export { invoice } from "../../../shared/contracts/invoicing";',
  ],
  ["services/stripe-sandbox/domain/by-parent.ts", 'export * from "../api/params";'],
  // Some packages may be imported in one place only.
  ["services/invoicing/actions/charge.ts", 'export { default } from "stripe";'],
  ["services/invoicing/actions/charge-type.ts", 'import type Stripe from "stripe"; export type S = Stripe;'],
  ["gateway/pages/pay.ts", 'export * from "@stripe/stripe-js/pure";'],
  ["services/invoicing/actions/query.ts", 'export { knex } from "knex";'],
  ["services/invoicing/actions/model.ts", 'export { Model } from "objection";'],
  ["services/invoicing/queries/raw.ts", 'export { Client } from "pg";'],
];

const ALLOWED: [file: string, code: string][] = [
  [
    "services/catalog/catalog.service.ts",
    'export * from "./actions/list-plans"; export * from "../../shared/service/caller";',
  ],
  [
    "services/catalog/actions/list-plans.ts",
    'export * from "../models/plan"; export * from "../../../shared/contracts/payments";',
  ],
  ["services/catalog/models/plan.ts", 'export { Model } from "objection";'],
  ["services/catalog/migrations/0001_plans.ts", 'export { knex } from "knex";'],
  ["services/catalog/queries/prices.ts", 'import type { Knex } from "knex"; export type K = Knex;'],
  ["services/catalog/domain/price.ts", 'export * from "./plan"; export * from "../../../shared/time/dates";'],
  ["services/catalog/domain/total.ts", 'export * from "../../../shared/money";'],
  ["services/catalog/domain/plan.state.ts", 'export * from "../../../shared/states";'],
  [
    "services/catalog/domain/plan.ts",
    'import type { Plan } from "../../../shared/contracts/catalog"; export type P = Plan;',
  ],
  [
    "services/catalog/domain/mixed.ts",
    'import { type Plan } from "../../../shared/contracts/catalog"; export type P = Plan;',
  ],
  ["services/payments/stripe-client.ts", 'export { default } from "stripe";'],
  ["gateway/routes/plans.ts", 'export * from "../app"; export * from "../../shared/contracts";'],
  ["shared/db/open-database.ts", 'export { knex } from "knex"; export * from "../config/config";'],
  [
    "shared/process/create-broker.ts",
    'export * from "../../moleculer.config"; export * from "../service/broker"; export * from "../errors";',
  ],
  ["shared/service/audit/compare.ts", 'export * from "../../contracts/contract"; export * from "../worker";'],
  ["services/payments/stripe/own-sandbox.ts", 'export * from "../../stripe-sandbox";'],
  ["moleculer.config.ts", 'export * from "./shared/process/logging";'],
  [
    "tests/scenarios/month.test.ts",
    'export * from "../../services/invoicing/domain/totals"; export * from "../../gateway/app";',
  ],
];

/** Text of so many columns, with two bytes in each letter. */
const text = (columns: number) => "ä ".repeat(columns).slice(0, columns);
const TOO_LONG = new Map([
  ["gateway/string.ts", `export const label =\n  "${text(106)}!";`],
  ["gateway/sql.ts", `export const sql = \`\n  SELECT '${text(100)}'\`;`],
  ["gateway/comment.ts", `// ${text(107)}!\nexport const one = 1;`],
]);
const LONG_ENOUGH = new Map([
  ["gateway/full.ts", `// ${text(106)}!\nexport const one = 1;`],
  ["gateway/url.ts", `// see https://example.com/${"a".repeat(100)}\nexport const one = 1;`],
  ["gateway/token.ts", `export const key =\n  "${"a".repeat(120)}";`],
]);

describe("lint", () => {
  const project = mkdtempSync(join(tmpdir(), "lint-"));
  let reported: Map<string, string[]>;

  beforeAll(() => {
    for (const file of [".oxlintrc.json", "tsconfig.json"]) cpSync(join(ROOT, file), join(project, file));
    cpSync(join(ROOT, "tests/lint"), join(project, "tests/lint"), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(project, "node_modules"));
    for (const [file, code] of [...REFUSED, ...ALLOWED, ...TOO_LONG, ...LONG_ENOUGH])
      write(file, `${code}\n`);
    write(
      "shared/events/floating.ts",
      "export const ring = async () => {};\nexport const later = () => {\n  ring();\n};\n",
    );
    reported = lint();
  });

  afterAll(() => rmSync(project, { recursive: true, force: true }));

  const write = (file: string, code: string) => {
    mkdirSync(dirname(join(project, file)), { recursive: true });
    writeFileSync(join(project, file), code);
  };

  /** The rules that each file breaks. */
  const lint = () => {
    const { stdout, stderr } = spawnSync(
      OXLINT,
      ["--type-aware", "--deny-warnings", "--format=json", "--ignore-pattern=node_modules"],
      {
        cwd: project,
        encoding: "utf8",
      },
    );
    if (!stdout.startsWith("{")) throw new Error(`${stdout}${stderr}`);
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] };
    const rules = new Map<string, string[]>();
    for (const { filename, code } of diagnostics) rules.set(filename, [...(rules.get(filename) ?? []), code]);
    return rules;
  };

  test.each(REFUSED)("refuses in %s: %s", (file) => {
    expect(reported.get(file) ?? []).toContainEqual(
      expect.stringMatching(/import-directions|no-require-imports/),
    );
  });

  test.each(ALLOWED)("allows in %s: %s", (file) => {
    expect(reported.get(file) ?? []).not.toContainEqual(
      expect.stringMatching(/import-directions|no-require-imports/),
    );
  });

  test("refuses a line of 111 columns, also in a string, SQL or a comment", () => {
    for (const file of TOO_LONG.keys()) expect(reported.get(file)).toEqual(["project(line-length)"]);
  });

  test("allows a line of 110 columns, a URL, and a long line without a space", () => {
    for (const file of LONG_ENOUGH.keys()) expect(reported.get(file) ?? []).toEqual([]);
  });

  test("knows types: it finds a promise that is not awaited", () => {
    expect(reported.get("shared/events/floating.ts")).toEqual(["typescript(no-floating-promises)"]);
  });
});
