import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { gatewayUrl } from "../../gateway/gateway.service";
import { loadConfig } from "../../shared/config/config";
import { startSystem, type System } from "../support/system";

const run = promisify(execFile);
const ROOT = path.resolve(__dirname, "../..");
const README = readFileSync(path.join(ROOT, "README.md"), "utf8");

let system: System;
beforeAll(async () => {
  system = await startSystem({
    env: {
      TEST_CLOCK: "true",
      STAFF_USERNAME: "admin",
      STAFF_EMAIL: "admin@example.com",
      STAFF_PASSWORD: "printed by the first start",
    },
  });
});
afterAll(() => system.stop());

/** The commands of one section. */
function commandsOf(heading: string): string {
  const section = README.split(/^## /m).find((text) => text.startsWith(heading)) ?? "";
  return [...section.matchAll(/^```sh\n(.*?)^```/gms)].map((block) => block[1]).join("\n");
}

/** Runs the commands of some sections in one shell. @returns the lines that they print */
async function walkThrough(...headings: string[]): Promise<string[]> {
  const script = headings
    .map(commandsOf)
    .join("\n")
    .replace("http://127.0.0.1:3000", gatewayUrl(system.broker))
    .replace(/^PASSWORD=.*$/m, "PASSWORD='printed by the first start'");
  const { stdout } = await run("bash", ["-euo", "pipefail", "-c", script]);
  return stdout.trim().split(/\r?\n/);
}

it("the commands of the walk-through end with a paid invoice and clean books", async () => {
  const lines = await walkThrough(
    "Five minutes as a customer",
    "Five minutes as staff",
    "Calls from your own software",
  );
  const paid = lines.indexOf("succeeded");
  expect(lines.slice(paid, paid + 3)).toEqual([
    "succeeded",
    '{"detail":"Invoice INV-00000001 marked as paid."}',
    "paid",
  ]);
  const [crm, table, team] = [
    lines.indexOf("crm-42"),
    lines.findIndex((line) => line.startsWith("number,")),
    -4,
  ];
  const [retried = "", features, columns, invoice] = lines.slice(table - 2, table + 2);
  expect(lines.slice(crm - 3, table - 2)).toEqual([
    "[ 'INV-00000002 549.00 pending', 'INV-00000001 499.00 paid' ]",
    "{ due: 0, issued: 0, parked: 0 }",
    "true",
    "crm-42",
    "HTTP/1.1 201",
    '"status":"active"',
    "HTTP/1.1 201",
    "idempotent-replayed: true",
  ]);
  expect([retried, features]).toEqual(['"status":"active"', "{ sso: true, seats: 25 }"]);
  expect(columns).toBe("number,status,amount,currency,issue_date,metadata");
  expect(invoice).toMatch(/^INV-00000003,pending,549.00,usd,[\d-]+,"\{""order"":""7""\}"$/);
  expect(lines.slice(team)).toEqual([
    "[",
    expect.stringMatching(/^ {2}'33\.33 Team, /),
    expect.stringMatching(/^ {2}'33\.33 Seats, /),
    "]",
  ]);
}, 120_000);

it("the configuration table has exactly the variables that are read", () => {
  const files = ["shared/config/environment.ts", "shared/config/migration.ts"];
  const source = files.map((file) => readFileSync(path.join(ROOT, file), "utf8")).join("\n");
  const names = [...source.matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map((match) => match[1]);
  const read = [...new Set(names)].sort();
  const table = README.slice(README.indexOf("## Configuration"), README.indexOf("With real Stripe keys"));
  const told = [...table.matchAll(/^\| (.*?) \|/gm)]
    .flatMap((row) => [...(row[1] ?? "").matchAll(/`([A-Z_]+)`/g)].map((name) => name[1]))
    .sort();
  expect(told).toEqual(read);
  const perService = [...source.matchAll(/oncePerSchema\("([A-Z_]+)"/g)].map((match) => match[1]);
  expect([...table.matchAll(/^\| `([A-Z_]+)_<SERVICE>` \|/gm)].map((match) => match[1])).toEqual(perService);
  expect(loadConfig({}).port).toBe(3000);
});

it.each(["README.md", "CONTRIBUTING.md", "shared/process/README.md"])(
  "%s names only files that exist",
  (file) => {
    const text = readFileSync(path.join(ROOT, file), "utf8");
    const paths = [...text.matchAll(/`((?:services|gateway|shared|tests)\/[\w./-]+)`/g)].map(
      (match) => match[1] ?? "",
    );
    expect(paths).not.toEqual([]);
    for (const each of paths) expect(() => readFileSync(path.join(ROOT, each))).not.toThrow(/ENOENT/);
  },
);
