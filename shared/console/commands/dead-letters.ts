import { PRODUCERS } from "../../contracts";
import { type CommandContext, UsageError } from "../command";

/** Lists the dead letters of all services. */
export async function showDeadLetters({ call, print }: CommandContext): Promise<void> {
  let shown = 0;
  for (const service of PRODUCERS) {
    for (const { id, type, subject_id, error, failed_at } of await call(`${service}.listDeadLetters`, {})) {
      print(`${service}  ${id}  ${type} of ${subject_id}, ${failed_at}: ${error}`);
      shown += 1;
    }
  }
  if (shown === 0) print("There are no dead letters.");
}

/**
 * Has a service consume a dead letter again.
 * @throws UsageError; Error when the service has no dead letter with this id
 */
export async function replayDeadLetter({ call, print }: CommandContext, args: string[]): Promise<void> {
  const [name, id, ...rest] = args;
  const service = PRODUCERS.find((each) => each === name);
  if (service === undefined || id === undefined || rest.length > 0) {
    throw new UsageError(`Usage: billing replay <${PRODUCERS.join("|")}> <id of the dead letter>`);
  }
  const { replayed } = await call(`${service}.replayDeadLetter`, { id });
  if (!replayed) throw new Error(`${service} has no dead letter ${id}.`);
  print("The event was consumed.");
}
