type Handler = (event: never) => unknown;

/** Event handlers by type, called in the order in which they came. */
export class Emitter {
  private handlers: { type: string; handler: Handler; once: boolean }[] = [];

  add(type: string, handler: Handler, once: boolean): void {
    this.handlers.push({ type, handler, once });
  }

  /** Without a handler, all of the type. */
  remove(type: string, handler?: Handler): void {
    this.handlers = this.handlers.filter(
      (entry) => entry.type !== type || (handler !== undefined && entry.handler !== handler),
    );
  }

  emit(type: string, event: object): void {
    const due = this.handlers.filter((entry) => entry.type === type);
    this.handlers = this.handlers.filter((entry) => entry.type !== type || !entry.once);
    // Each `on` pairs a type with its event; that pairing is lost in a list of all of them.
    for (const { handler } of due) handler(event as never);
  }
}
