import { z } from "zod";
import { version } from "../../../package.json";

/** The last entry of a backup. */
export const MANIFEST = "manifest.json";

/** What a backup says about itself, to be checked before it is used. */
export const manifestSchema = z.object({
  format: z.literal(1),
  /** of the product that made it */
  version: z.string(),
  /** Postgres reads data of its own major version, made on the same kind of machine */
  postgres: z.string(),
  machine: z.string(),
  began_at: z.string(),
  /** the time of the books: all that was committed by then is in it; older backups do not say it */
  ended_at: z.string().optional(),
  /** the SHA-256 of each file */
  files: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** What data files of Postgres depend on. */
export const MACHINE = `${process.platform} ${process.arch}`;

/** The manifest of a backup that is made now. */
export function newManifest(about: Pick<Manifest, "postgres" | "began_at" | "ended_at" | "files">): Manifest {
  return { format: 1, version, machine: MACHINE, ...about };
}
