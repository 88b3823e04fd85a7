import { existsSync } from "node:fs";
import path from "node:path";
import type { Schema } from "../config/config";

const ROOT = path.resolve(__dirname, "../..");

/** The folders with the migrations of a service's schema, in the order in which they run. */
export function migrationFolders(schema: Schema): string[] {
  const own = path.join(ROOT, "services", schema, "migrations");
  return [path.join(ROOT, "shared/events/migrations"), ...(existsSync(own) ? [own] : [])];
}
