import type { Scope } from "./api/call";
import { finishRefund } from "./engine/refunds";
import type { SandboxLog } from "./options";
import type { Store } from "./state/store";

export interface LateRefundsOptions {
  store: Store;
  scope: () => Scope;
  save: () => Promise<void>;
  log: SandboxLog;
}

/** Ends the refunds of the test cards whose outcome comes later. */
export class LateRefunds {
  #timer: NodeJS.Timeout | undefined;
  readonly #options: LateRefundsOptions;

  constructor(options: LateRefundsOptions) {
    this.#options = options;
  }

  /** Waits for the next refund that is due. Call it whenever one may have been added. */
  watch(): void {
    clearTimeout(this.#timer);
    const [next] = this.#options.store.all("late_refunds").sort((a, b) => a.dueMs - b.dueMs);
    if (!next) return;
    const run = (): void => {
      this.finish((dueMs) => dueMs <= Date.now()).catch((error: unknown) => {
        this.#options.log.error(`Sandbox refunds: ${String(error)}`);
      });
    };
    this.#timer = setTimeout(run, Math.max(0, next.dueMs - Date.now()));
  }

  /** Ends the refunds that are due (wall-clock ms), and saves. */
  async finish(isDue: (dueMs: number) => boolean): Promise<void> {
    for (const { id, outcome, dueMs } of this.#options.store.all("late_refunds")) {
      const refund = this.#options.store.get("refunds", id);
      if (refund && isDue(dueMs)) finishRefund(this.#options.scope(), refund, outcome);
    }
    this.watch();
    await this.#options.save();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
