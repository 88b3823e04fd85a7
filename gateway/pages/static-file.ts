import { readFile } from "node:fs/promises";
import type { Reply } from "../routes/route";

const TYPES: Record<string, string> = {
  css: "text/css; charset=utf-8",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  js: "text/javascript; charset=utf-8",
  png: "image/png",
  svg: "image/svg+xml",
  webp: "image/webp",
};

const read = new Map<string, Promise<Buffer>>();

/** Answers with a file of a page. Each file is read from disk once. */
export async function staticFile(path: string): Promise<Reply> {
  let file = read.get(path);
  if (file === undefined) {
    file = readFile(path);
    read.set(path, file);
  }
  return staticContent(await file, path);
}

/** Answers with content of a page. The ending of its name gives the content type. */
export function staticContent(body: Buffer | string, name: string): Reply {
  const type = TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
  // Short, because the address stays the same after an upgrade.
  return { status: 200, body, type, headers: { "cache-control": "public, max-age=300" } };
}
