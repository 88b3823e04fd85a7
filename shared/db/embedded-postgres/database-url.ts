import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { giveToOwner, type DataFolder } from "./data-folder";

/** The superuser of an embedded Postgres. */
export const ADMIN = "billing_admin";

/** The URL of a database of the embedded Postgres, for its superuser. */
export function adminUrl(password: string, port: number, database: string): string {
  return `postgresql://${ADMIN}:${password}@127.0.0.1:${port}/${database}`;
}

/** What `<dataDir>/database-url` holds; undefined when it is missing or unreadable. */
export function readUrl({ urlFile }: DataFolder): { password: string; port: number } | undefined {
  if (!existsSync(urlFile)) return undefined;
  const text = readFileSync(urlFile, "utf8").trim();
  if (!URL.canParse(text)) return undefined;
  const { password, port } = new URL(text);
  return password === "" ? undefined : { password, port: Number(port) };
}

/** Writes a URL to `<dataDir>/database-url`, which only the owner of the data folder can read. */
export function writeUrl({ urlFile }: DataFolder, url: string): void {
  const unfinished = `${urlFile}.new`;
  writeFileSync(unfinished, `${url}\n`, { mode: 0o600 });
  giveToOwner(unfinished);
  renameSync(unfinished, urlFile);
}
