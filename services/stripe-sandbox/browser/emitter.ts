type Handler = (event: never) => unknown;

/** Event handlers by type, called in the order in which they were added. */
export class Emitter {
  #handlers: { type: string; handler: Handler; once: boolean }[] = [];

  add(type: string, handler: Handler, once: boolean): void {
    this.#handlers.push({ type, handler, once });
  }

  /** Removes one handler, or all of a type. */
  remove(type: string, handler?: Handler): void {
    this.#handlers = this.#handlers.filter(
      (entry) => entry.type !== type || (handler !== undefined && entry.handler !== handler),
    );
  }

  emit(type: string, event: object): void {
    const due = this.#handlers.filter((entry) => entry.type === type);
    this.#handlers = this.#handlers.filter((entry) => entry.type !== type || !entry.once);
    // Stripe's types pair each event with its handler; one list of all handlers cannot.
    for (const { handler } of due) handler(event as never);
  }
}
