import { type CommandContext, UsageError } from "../command";
import { PRODUCERS } from "../../contracts";

/**
 * Has a service go on with the events of a producer that was restored to an older day.
 * @throws UsageError; Error when the service has lost nothing of this producer
 */
export async function acceptLoss({ call, print }: CommandContext, args: string[]): Promise<void> {
  const [consumer, producer] = args.map((arg) => PRODUCERS.find((service) => service === arg));
  if (args.length !== 2 || consumer === undefined || producer === undefined) {
    throw new UsageError(`Usage: billing accept-loss <consumer> <producer>, of ${PRODUCERS.join(", ")}`);
  }
  const { accepted } = await call(`${consumer}.acceptLoss`, { producer });
  if (!accepted) throw new Error(`${consumer} has lost nothing of ${producer}.`);
  print(`${consumer} goes on with what ${producer} has done since it was restored.`);
}
