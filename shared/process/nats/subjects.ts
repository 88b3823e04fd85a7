/** Moleculer's namespace for all our nodes. */
export const NAMESPACE = "billing";

const PREFIX = `MOL-${NAMESPACE}`;
const EVERYBODY = "all.all";

/**
 * Where a packet goes: `MOL-billing.<command>.<target>.<sender>`. Target and sender are node ids, so each is
 * a name and an instance. NATS permits each user only senders of its own name.
 * @param target everybody by default
 */
export function subjectOf(command: string, sender: string, target = EVERYBODY): string {
  return `${PREFIX}.${command}.${target}.${sender}`;
}

/** The subject for packets from anybody, without its last two tokens, which are the sender. */
export function subjectsTo(command: string, target = EVERYBODY): string {
  return `${PREFIX}.${command}.${target}.`;
}

/** What NATS must permit to the user of this name. */
export function permissionsOf(name: string): { publish: string[]; subscribe: string[] } {
  return {
    publish: [`${PREFIX}.*.*.*.${name}.*`],
    subscribe: [`${PREFIX}.*.${name}.*.*.*`, `${PREFIX}.*.${EVERYBODY}.*.*`],
  };
}
