import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

/**
 * `npm run check:client`: makes the typed client, installs it as a stranger would, compiles a program that
 * uses it, and runs the program against a system.
 */
const ROOT = path.resolve(__dirname, "../..");
const README = readFileSync(path.join(ROOT, "README.md"), "utf8");
const [, EXAMPLE = ""] = /```ts\n(import \{ billingClient \}.*?)```/s.exec(README) ?? [];

/** What the types must refuse and allow, besides the README's example. */
const TYPES = `
import type { components, operations } from "billing-client";

type Json<Name extends keyof operations, Status extends keyof operations[Name]["responses"]> =
  operations[Name]["responses"][Status] extends { content: { "application/json": infer Body } }
    ? Body
    : never;

export const line = (invoice: Json<"getInvoice", 200>): string | undefined => invoice.lines[0]?.unit_amount;
export function reasonsOf(problem: components["schemas"]["Problem"]): string[] {
  return (problem.errors ?? []).map(({ field, message }) => field + ": " + message);
}
// @ts-expect-error an invoice has no such field
export const wrong = (invoice: Json<"getInvoice", 200>): number => invoice.amount_minor;
`;

async function main(folder: string): Promise<void> {
  const options = { cwd: folder, stdio: "inherit" } as const;
  execFileSync("npm", ["run", "--silent", "client", "--", path.join(folder, "billing-client")], {
    cwd: ROOT,
    stdio: "inherit",
  });
  writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
  execFileSync("npm", ["install", "--silent", "--no-audit", "--no-fund", "./billing-client"], options);
  writeFileSync(path.join(folder, "example.ts"), EXAMPLE);
  writeFileSync(path.join(folder, "types.ts"), TYPES);
  const tsc = path.join(path.dirname(require.resolve("typescript/package.json")), "bin/tsc");
  const strict = ["--strict", "--exactOptionalPropertyTypes", "--target", "es2023", "--skipLibCheck"];
  const modules = [
    "--module",
    "nodenext",
    "--types",
    "node",
    "--typeRoots",
    path.join(ROOT, "node_modules/@types"),
  ];
  execFileSync(process.execPath, [tsc, ...strict, ...modules, "example.ts", "types.ts"], options);
  await withSystem(path.join(folder, "data"), async (url, password) => {
    const key = await makeKey(url, password);
    const env = { ...process.env, BILLING_URL: url, BILLING_KEY: key };
    const said = execFileSync(process.execPath, ["example.js"], { cwd: folder, env, encoding: "utf8" });
    process.stdout.write(said);
    if (!/^active .*499\.00 usd$/m.test(said)) throw new Error("the README's example says something else");
  });
  process.stdout.write("The client compiles, and does what the README says.\n");
}

/** Starts a system with a first staff account. */
async function withSystem(
  dataDir: string,
  work: (url: string, password: string) => Promise<void>,
): Promise<void> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  const env = {
    ...process.env,
    DATA_DIR: dataDir,
    PORT: String(port),
    METRICS_PORT: "0",
    SMTP_URL: "smtp://127.0.0.1:9",
  };
  const system = spawn("npm", ["start"], { cwd: ROOT, env, detached: true });
  let output = "";
  try {
    const ready = new Promise<string>((resolve, reject) => {
      system.stdout.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        const [, password] = /First staff account {2}admin \/ (\S+)/.exec(output) ?? [];
        if (password !== undefined) resolve(password);
      });
      system.once("exit", () => reject(new Error(`the system did not start:\n${output}`)));
    });
    await work(`http://127.0.0.1:${port}`, await ready);
  } finally {
    process.kill(-(system.pid ?? 0), "SIGTERM");
    await once(system, "exit");
  }
}

async function makeKey(url: string, password: string): Promise<string> {
  const post = async (at: string, body: object, token?: string) => {
    const headers = {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const answer = await fetch(`${url}${at}`, { method: "POST", headers, body: JSON.stringify(body) });
    return (await answer.json()) as Record<string, string>;
  };
  const { access } = await post("/api/token/", { username: "admin", password });
  const made = await post("/api/api-keys/", { name: "client", scope: "write" }, access);
  return made["key"] ?? made["secret"] ?? "";
}

const folder = mkdtempSync(path.join(tmpdir(), "api-client-"));
main(folder)
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  })
  .finally(() => rmSync(folder, { recursive: true, force: true }));
