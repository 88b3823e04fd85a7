import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Snapshot, Store } from "./store";

/** The file holds client secrets. */
const OWNER_ONLY = 0o600;

function isMissing(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";
}

/**
 * Reads the state that an earlier run saved; without a file it is empty.
 * @throws Error when the file is not the JSON that this sandbox writes
 */
export async function readState(path: string): Promise<Snapshot> {
  let content: string;
  try {
    content = await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return {};
    throw error;
  }
  try {
    return JSON.parse(content) as Snapshot;
  } catch (cause) {
    throw new Error(`The sandbox cannot read its state in ${path}; move the file away to start without it.`, {
      cause,
    });
  }
}

/** Saves a store to disk. Saves that are requested during a write share the next write. */
export class StateFile {
  #running: Promise<void> | undefined;
  #queued: Promise<void> | undefined;
  readonly #path: string;
  readonly #store: Store;

  constructor(path: string, store: Store) {
    this.#path = path;
    this.#store = store;
  }

  /** Resolves when the current content of the store is on disk. */
  save(): Promise<void> {
    if (this.#queued) return this.#queued;
    if (!this.#running) return this.#begin();
    this.#queued = this.#running.then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#queued;
  }

  #begin(): Promise<void> {
    this.#queued = undefined;
    this.#running = this.#write().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Writes another file and renames it: a crash leaves the old state or the new one, never half of it. */
  async #write(): Promise<void> {
    const content = JSON.stringify(this.#store.snapshot());
    const temporary = `${this.#path}.${randomUUID()}.tmp`;
    await mkdir(dirname(this.#path), { recursive: true });
    await writeFile(temporary, content, { mode: OWNER_ONLY });
    await rename(temporary, this.#path);
  }
}
