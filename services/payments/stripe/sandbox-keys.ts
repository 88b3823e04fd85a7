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

/** Makes random keys. */
export function newSandboxKeys(): SandboxKeys {
  const random = (): string => randomBytes(24).toString("hex");
  return {
    secretKey: `sk_test_${random()}`,
    publishableKey: `pk_test_${random()}`,
    webhookSecret: `whsec_${random()}`,
  };
}

/**
 * Reads the sandbox's keys from the data folder. The first start writes them, readable by the owner only.
 * @throws Error when the file exists but does not hold valid keys
 */
export async function keysOfDataDir(dataDir: string): Promise<SandboxKeys> {
  const file = join(dataDir, "stripe-sandbox-keys.json");
  await mkdir(dataDir, { recursive: true });
  if (!existsSync(file)) await writeFile(file, JSON.stringify(newSandboxKeys()), { mode: 0o600, flag: "wx" });
  const parsed = keysSchema.safeParse(JSON.parse(await readFile(file, "utf8")));
  if (!parsed.success)
    throw new Error(`${file} does not hold valid sandbox keys. Move the file away, and new keys are made.`);
  return parsed.data;
}
