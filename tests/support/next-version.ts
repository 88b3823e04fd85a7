import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const ROOT = path.resolve(__dirname, "../..");
const COPIED = ["services", "gateway", "shared", "package.json", "tsconfig.json", "moleculer.config.ts"];

/** A migration as a new release may add it: the release before it can go on writing to the table. */
const MIGRATION = `
export const up = (knex) =>
  knex.raw("ALTER TABLE subscriptions ADD COLUMN channel text DEFAULT 'web'; CREATE TABLE notes (id uuid)");
export const down = (knex) => knex.raw("ALTER TABLE subscriptions DROP COLUMN channel; DROP TABLE notes");
`;

/**
 * Makes the code of a next version, which differs as releases do: a column and a table more, a field more in
 * an event and in an answer, a parameter more, and an action more.
 * @returns its folder, to be removed by the caller
 */
export function makeNextVersion(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "next-version-"));
  for (const name of COPIED) cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
  const change = (file: string, from: string, to: string) => {
    const text = readFileSync(path.join(folder, file), "utf8");
    if (!text.includes(from)) throw new Error(`${file} no longer has ${from}`);
    writeFileSync(path.join(folder, file), text.replace(from, to));
  };
  writeFileSync(path.join(folder, "services/subscriptions/migrations/9999_next.ts"), MIGRATION);
  change("package.json", '"version": "', '"version": "9.');
  // An event and an answer with one field more.
  change(
    "shared/contracts/subscriptions.ts",
    "  subscribed_at: instant,\n",
    "  subscribed_at: instant,\n  channel: z.string().nullish(),\n",
  );
  change(
    "shared/contracts/subscriptions.ts",
    "    created_at: instant,\n",
    "    created_at: instant,\n    channel: z.string().nullish(),\n",
  );
  // A parameter more, with a default.
  change(
    "shared/contracts/catalog.ts",
    "z.strictObject({ plan: planReference })",
    "z.strictObject({ plan: planReference, market: z.string().default('all') })",
  );
  return folder;
}
