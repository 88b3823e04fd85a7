import path from "node:path";

/** The shortest limit of the systems that we run on, for the path of a socket. */
const MAX_BYTES = 103;

/** Where consoles find the system that runs on a data folder. undefined: the path is too long */
export function socketPath(dataDir: string): string | undefined {
  const absolute = path.join(path.resolve(dataDir), "console.sock");
  const relative = path.relative(process.cwd(), absolute);
  const shorter = relative.length < absolute.length ? relative : absolute;
  return Buffer.byteLength(shorter) > MAX_BYTES ? undefined : shorter;
}
