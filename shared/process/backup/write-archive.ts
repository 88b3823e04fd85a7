import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { once } from "node:events";
import { dirname } from "node:path";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { pack, type Pack } from "tar-stream";
import { MANIFEST, newManifest, type Manifest } from "./manifest";

const CHUNK_BYTES = 1024 * 1024;

/**
 * Writes a backup: a tar file, compressed by gzip, for its owner alone. It gets its name when it is complete
 * and on disk.
 */
export class ArchiveWriter {
  readonly #file: string;
  readonly #unfinished: string;
  readonly #pack: Pack = pack();
  readonly #written: Promise<void>;
  readonly #files: Manifest["files"] = {};

  /** How many bytes the files have that were added. */
  size = 0;

  /** @param file must not exist; `finish` says so if it does */
  constructor(file: string) {
    this.#file = file;
    this.#unfinished = `${file}.unfinished-${process.pid}`;
    const out = createWriteStream(this.#unfinished, { mode: 0o600, flags: "wx" });
    // Postgres's files have many zeros: the quickest level takes most of what any level takes.
    this.#written = pipeline(this.#pack, createGzip({ level: 1 }), out);
    this.#written.catch(() => {});
  }

  addFolder(name: string): Promise<void> {
    return this.#entry({ name, type: "directory", mode: 0o700, size: 0 }, async () => {});
  }

  addText(name: string, text: string): Promise<void> {
    const data = Buffer.from(text);
    return this.#addData(name, data.length, async (put) => put(data));
  }

  /**
   * Adds a file that may be written to at the same time: it is taken in the length that it has now. Bytes
   * that are gone meanwhile become zeros; Postgres's log has what belongs there.
   * @returns false when there is no such file any more
   */
  async addFile(name: string, path: string): Promise<boolean> {
    const handle = await open(path).catch(unlessGone);
    if (handle === undefined) return false;
    try {
      const { size } = await handle.stat();
      await this.#addData(name, size, async (put) => {
        for (let left = size; left > 0;) {
          const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, left));
          const { bytesRead } = await handle.read(chunk, 0, chunk.length, size - left);
          const got = bytesRead === 0 ? chunk : chunk.subarray(0, bytesRead);
          await put(got);
          left -= got.length;
        }
      });
      return true;
    } finally {
      await handle.close();
    }
  }

  /** Writes the manifest, and gives the file its name. @throws Error when there is a file of that name */
  async finish(about: Pick<Manifest, "postgres" | "began_at" | "ended_at">): Promise<void> {
    await this.addText(MANIFEST, JSON.stringify(newManifest({ ...about, files: { ...this.#files } })));
    this.#pack.finalize();
    await this.#written;
    await sync(this.#unfinished);
    // A rename takes the place of any file, so the name is reserved first.
    const reserved = await open(this.#file, "wx").catch((error: NodeJS.ErrnoException) => {
      throw error.code === "EEXIST" ? new Error(`${this.#file} exists`, { cause: error }) : error;
    });
    await reserved.close();
    await rename(this.#unfinished, this.#file);
    await sync(dirname(this.#file));
  }

  /** Removes what was written, unless it is finished. */
  async abandon(): Promise<void> {
    this.#pack.destroy();
    await this.#written.catch(() => {});
    await rm(this.#unfinished, { force: true });
  }

  async #addData(
    name: string,
    size: number,
    write: (put: (data: Buffer) => Promise<void>) => Promise<void>,
  ): Promise<void> {
    const hash = createHash("sha256");
    await this.#entry({ name, mode: 0o600, size }, (put) =>
      write(async (data) => {
        hash.update(data);
        await put(data);
      }),
    );
    this.#files[name] = hash.digest("hex");
    this.size += size;
  }

  async #entry(
    header: Parameters<Pack["entry"]>[0],
    write: (put: (data: Buffer) => Promise<void>) => Promise<void>,
  ): Promise<void> {
    let entry!: Writable;
    const added = new Promise<void>((resolve, reject) => {
      const done = (error?: Error | null) => (error ? reject(error) : resolve());
      entry = this.#pack.entry(header, done) as unknown as Writable;
    });
    added.catch(() => {});
    await write(async (data) => {
      if (!entry.write(data)) await Promise.race([once(entry, "drain"), this.#written]);
    });
    entry.end();
    await Promise.race([added, this.#written]);
  }
}

/** Makes sure that a file, or the names in a folder, are on disk. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
