import { compose, type LineFacts, type MailFacts } from "../domain/messages";
import { retryIn_ms } from "../domain/retry-policy";
import { claimDeliveries, type ClaimedDelivery } from "../queries/claim-deliveries";
import { markCancelled, markFailed, markSent } from "../queries/mark-deliveries";
import { readContacts, type Contact } from "../queries/read-contacts";
import type { NotificationsEnv } from "../tools";
import { messageOf } from "../../../shared/errors";

/** How many mails are sent at once, each on its own connection. */
const BATCH = 8;
/** How long to wait when the mail server cannot be reached. */
const UNAVAILABLE_PAUSE_MS = 30_000;

interface Addressed {
  delivery: ClaimedDelivery;
  contact: Contact;
}
interface Refused {
  delivery: ClaimedDelivery;
  error: string;
}

/**
 * Makes the worker's step: it sends a batch of queued mails and gives how many it claimed, 0 when there are
 * none or the mail server cannot be reached. A mail is marked right after it was sent. Only a crash in
 * between sends it again, with the same Message-ID.
 */
export function mailSender(env: NotificationsEnv): () => Promise<number> {
  let pausedUntil_ms = 0;
  return async () => {
    if (Date.now() < pausedUntil_ms) return 0;
    const claimed = await claimDeliveries(env.db, BATCH);
    if (claimed.length === 0) return 0;
    const addressed = await resolveContacts(env, claimed);
    const sentAt = await env.clock.now();
    const attempts = await Promise.allSettled(addressed.map((mail) => send(env, mail, sentAt)));
    const refused = attempts.flatMap((attempt) =>
      attempt.status === "fulfilled" && attempt.value ? [attempt.value] : [],
    );
    if (refused.length > 0 && !(await retryLater(env, refused)))
      pausedUntil_ms = Date.now() + UNAVAILABLE_PAUSE_MS;
    const unmarked = attempts.find((attempt) => attempt.status === "rejected");
    if (unmarked !== undefined) throw unmarked.reason;
    return claimed.length;
  };
}

/**
 * Gives the deliveries that can be sent now. Those of inactive customers are cancelled; those of customers
 * that we do not know yet are retried later.
 */
async function resolveContacts(env: NotificationsEnv, claimed: ClaimedDelivery[]): Promise<Addressed[]> {
  const contacts = await findContacts(env, claimed);
  const known = claimed.flatMap((delivery) => {
    const contact = contacts.get(delivery.user_id);
    return contact === undefined ? [] : [{ delivery, contact }];
  });
  const inactive = known.filter(({ contact }) => !contact.is_active).map(({ delivery }) => delivery.id);
  if (inactive.length > 0) await markCancelled(env.db, inactive, "the customer's account is not active");
  const unknown = claimed.filter(({ user_id }) => !contacts.has(user_id));
  if (unknown.length > 0)
    await markFailed(
      env.db,
      unknown.map((delivery) => failure(delivery, "the customer is not known yet")),
    );
  return known.filter(({ contact }) => contact.is_active);
}

/**
 * Reads the contacts; reads identity's events first if one is missing, as with a customer who just joined.
 */
async function findContacts(
  { db, log, catchUp }: NotificationsEnv,
  claimed: ClaimedDelivery[],
): Promise<Map<string, Contact>> {
  const userIds = [...new Set(claimed.map(({ user_id }) => user_id))];
  const contacts = await readContacts(db, userIds);
  if (contacts.size === userIds.length) return contacts;
  await catchUp("identity").catch((error: unknown) =>
    log.warn({ err: error }, "could not read new contacts from identity"),
  );
  return readContacts(db, userIds);
}

/** @throws Error when the mail was sent but could not be marked */
async function send(
  env: NotificationsEnv,
  { delivery, contact }: Addressed,
  sentAt: string,
): Promise<Refused | undefined> {
  const { config, db, tools } = env;
  const { id, message_id: messageId } = delivery;
  const lines = await linesOf(env, delivery);
  try {
    await tools.mailer.send({
      ...compose(factsOf(delivery, contact, lines, config.publicUrl), config.seller),
      from: config.mailFrom,
      to: contact.email,
      messageId,
    });
  } catch (error) {
    return { delivery, error: messageOf(error) };
  }
  await markSent(db, id, sentAt);
  return undefined;
}

/** The lines of the mail's invoice; none while invoicing does not answer, because the mail must not wait. */
async function linesOf({ call }: NotificationsEnv, delivery: ClaimedDelivery): Promise<LineFacts[]> {
  if (delivery.kind === "email_used_again") return [];
  const found = await call("invoicing.getInvoice", { id: delivery.invoice_id }).catch(() => undefined);
  return found?.lines ?? [];
}

function factsOf(
  delivery: ClaimedDelivery,
  { username }: Contact,
  lines: readonly LineFacts[],
  publicUrl: string,
): MailFacts {
  if (delivery.kind === "email_used_again") {
    return { kind: delivery.kind, account: delivery.payload, username };
  }
  const { kind, payload: invoice, day, invoice_id } = delivery;
  const payLink = `${publicUrl}/api/pay/?invoice=${invoice_id}`;
  return { kind, invoice, lines, username, payLink, day };
}

/**
 * Schedules the next attempt for refused mails. When the server accepts no mails at all, this does not count
 * as an attempt.
 * @returns whether the server accepts mails
 */
async function retryLater({ db, log, tools }: NotificationsEnv, refused: Refused[]): Promise<boolean> {
  const available = await tools.mailer.isAvailable();
  const failures = refused.map(({ delivery, error }) =>
    available
      ? failure(delivery, error)
      : { id: delivery.id, attempts: delivery.attempts, error, retry_in_ms: UNAVAILABLE_PAUSE_MS },
  );
  await markFailed(db, failures);
  const reason = refused[0]?.error;
  log.warn(
    { mails: refused.length, reason },
    available ? "the mail server refused mails" : "the mail server cannot be reached",
  );
  return available;
}

function failure({ id, attempts }: ClaimedDelivery, error: string) {
  return { id, attempts: attempts + 1, error, retry_in_ms: retryIn_ms(attempts + 1) };
}
