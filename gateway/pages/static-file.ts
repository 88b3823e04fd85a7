import { readFile } from "node:fs/promises";
import type { Reply } from "../routes/route";

const TYPES: Record<string, string> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  png: "image/png",
  svg: "image/svg+xml",
};

const read = new Map<string, Promise<Buffer>>();

/** A file of a page as it lies on disk, read once. */
export async function staticFile(path: string): Promise<Reply> {
  let file = read.get(path);
  if (file === undefined) {
    file = readFile(path);
    read.set(path, file);
  }
  return staticContent(await file, path);
}

/** Content of a page under a name whose ending says what it is. */
export function staticContent(body: Buffer | string, name: string): Reply {
  const type = TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
  // Asked for again at each visit until an upgrade could be told from the address; a page has two or three of
  // them.
  return { status: 200, body, type, headers: { "cache-control": "public, max-age=300" } };
}
