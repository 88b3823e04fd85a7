import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Snapshot, Store } from "./store";

/** It holds client secrets: for its owner alone. */
const OWNER_ONLY = 0o600;

function isMissing(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";
}

/**
 * Reads what an earlier run left; an absent file is an empty state.
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
    throw new Error(`The sandbox cannot read its state in ${path}; move the file away to begin anew.`, {
      cause,
    });
  }
}

/** Keeps a store on disk. Saves that are asked for while one is being written share the next one. */
export class StateFile {
  private running: Promise<void> | undefined;
  private queued: Promise<void> | undefined;

  constructor(
    private readonly path: string,
    private readonly store: Store,
  ) {}

  /** Resolves when everything that the store holds at this moment is on disk. */
  save(): Promise<void> {
    if (this.queued) return this.queued;
    if (!this.running) return this.begin();
    this.queued = this.running.then(
      () => this.begin(),
      () => this.begin(),
    );
    return this.queued;
  }

  private begin(): Promise<void> {
    this.queued = undefined;
    this.running = this.write().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  /** Written aside and renamed, so that a crash leaves the old state or the new one, never half of it. */
  private async write(): Promise<void> {
    const content = JSON.stringify(this.store.snapshot());
    const aside = `${this.path}.${randomUUID()}.tmp`;
    await mkdir(dirname(this.path), { recursive: true });
    await writeFile(aside, content, { mode: OWNER_ONLY });
    await rename(aside, this.path);
  }
}
