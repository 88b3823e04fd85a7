import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const keysSchema = z.object({
  secretKey: z.string().startsWith("sk_test_"),
  publishableKey: z.string().startsWith("pk_test_"),
  webhookSecret: z.string().startsWith("whsec_"),
});
export type SandboxKeys = z.infer<typeof keysSchema>;

/** Makes keys that nobody can guess. */
export function newSandboxKeys(): SandboxKeys {
  const random = (): string => randomBytes(24).toString("hex");
  return {
    secretKey: `sk_test_${random()}`,
    publishableKey: `pk_test_${random()}`,
    webhookSecret: `whsec_${random()}`,
  };
}

/**
 * The sandbox's keys of a data folder, made at the first start and readable by their owner alone.
 * @throws Error when the file is there and no JSON of ours
 */
export async function keysOfDataDir(dataDir: string): Promise<SandboxKeys> {
  const file = join(dataDir, "stripe-sandbox-keys.json");
  await mkdir(dataDir, { recursive: true });
  if (!existsSync(file)) await writeFile(file, JSON.stringify(newSandboxKeys()), { mode: 0o600, flag: "wx" });
  const parsed = keysSchema.safeParse(JSON.parse(await readFile(file, "utf8")));
  if (!parsed.success)
    throw new Error(`${file} does not hold the sandbox's keys; move it away to have new ones made.`);
  return parsed.data;
}
