import { setTimeout as delay } from "node:timers/promises";
import { FinalRefusal } from "../mail/mailer";
import { compose, type LineFacts, type MailFacts } from "../domain/messages";
import { retryIn_ms } from "../domain/retry-policy";
import { claimDeliveries, extendClaims, type ClaimedDelivery } from "../queries/claim-deliveries";
import { markCancelled, markFailed, markSent } from "../queries/mark-deliveries";
import { readRecipients, recipientOf, type Recipient } from "../queries/read-recipients";
import type { NotificationsEnv } from "../tools";
import type { Config } from "../../../shared/config/config";
import type { IssuedLink } from "../../../shared/contracts/accounts";
import type { LinkMailKind } from "../../../shared/contracts/notifications";
import { messageOf } from "../../../shared/errors";
import { displayInstant } from "../../../shared/time";

/** How many mails are sent at once, each on its own connection. */
const BATCH = 8;
/** A mail that takes longer gives its place to another one. It goes on, and is still waited for. */
const SLOW_AFTER_MS = 15_000;
/** With those that are slow, no more connections than this are open. */
const MAX_CONNECTIONS = 100;
/** How often the sender looks for new mails while others are being sent. */
const POLL_MS = 250;
/** A mail that is being sent is claimed for longer each time, so that no other process sends it too. */
const EXTEND_AFTER_MS = 60_000;
/** How long to wait when the mail server cannot be reached. */
const UNAVAILABLE_PAUSE_MS = 30_000;
/**
 * How long a stop waits for mails that are being sent. The others are sent again, with the same Message-ID.
 */
const STOP_WITHIN_MS = 3_000;

/** A mail whose recipient is known. */
interface Addressed {
  delivery: ClaimedDelivery;
  recipient: Recipient & { email: string };
  /** for a mail with a link */
  link?: IssuedLink;
}

/** Other times than the usual ones, in ms; for tests. */
interface Timing {
  slowAfter_ms?: number;
  extendAfter_ms?: number;
}

/** A mail that is being sent. */
interface Sending {
  since_ms: number;
  done: Promise<void>;
}

/**
 * Sends queued mails, several at once. Each is marked right after it was sent. Only a crash in between sends
 * it again, with the same Message-ID. A server may take ten minutes to accept a mail; the others do not wait
 * for it.
 */
export class MailSender {
  readonly #env: NotificationsEnv;
  readonly #slowAfter_ms: number;
  readonly #extendAfter_ms: number;
  readonly #sending = new Map<string, Sending>();
  #pausedUntil_ms = 0;
  #extended_ms = Date.now();
  #availability: Promise<boolean> | undefined;

  constructor(
    env: NotificationsEnv,
    { slowAfter_ms = SLOW_AFTER_MS, extendAfter_ms = EXTEND_AFTER_MS }: Timing = {},
  ) {
    this.#env = env;
    this.#slowAfter_ms = slowAfter_ms;
    this.#extendAfter_ms = extendAfter_ms;
  }

  /**
   * The worker's step: starts to send as many mails as there is room for, and waits until one is done.
   * @returns 0 when there are none left but slow ones, or the mail server cannot be reached
   */
  async step(): Promise<number> {
    await this.#extendClaims();
    if (Date.now() >= this.#pausedUntil_ms) await this.#startSending();
    const quick = this.#quick();
    if (quick.length === 0) return 0;
    await Promise.race([...quick.map(({ done }) => done), delay(POLL_MS)]);
    return 1;
  }

  /** Waits for the mails that are being sent, but not for long. */
  async stop(): Promise<void> {
    const all = Promise.all([...this.#sending.values()].map(({ done }) => done));
    await Promise.race([all, delay(STOP_WITHIN_MS, undefined, { ref: false })]);
  }

  #quick(): Sending[] {
    const since_ms = Date.now() - this.#slowAfter_ms;
    return [...this.#sending.values()].filter((sending) => sending.since_ms > since_ms);
  }

  async #extendClaims(): Promise<void> {
    if (this.#sending.size === 0 || Date.now() - this.#extended_ms < this.#extendAfter_ms) return;
    this.#extended_ms = Date.now();
    await extendClaims(this.#env.db, [...this.#sending.keys()]);
  }

  async #startSending(): Promise<void> {
    const room = Math.min(BATCH - this.#quick().length, MAX_CONNECTIONS - this.#sending.size);
    if (room <= 0) return;
    const claimed = await claimDeliveries(this.#env.db, room);
    if (claimed.length === 0) return;
    const addressed = await resolveRecipients(this.#env, claimed);
    const sentAt = await this.#env.clock.now();
    for (const mail of addressed) {
      const { id } = mail.delivery;
      const done = this.#send(mail, sentAt)
        .catch((error: unknown) => this.#env.log.warn({ err: error, id }, "a mail could not be marked"))
        .finally(() => this.#sending.delete(id));
      this.#sending.set(id, { since_ms: Date.now(), done });
    }
  }

  /** @throws Error when the mail was sent or refused, and could not be marked */
  async #send(mail: Addressed, sentAt: string): Promise<void> {
    const { db, log } = this.#env;
    const { delivery } = mail;
    const refusal = await send(this.#env, mail);
    if (refusal === undefined) return markSent(db, delivery.id, sentAt);
    const error = messageOf(refusal);
    if (refusal instanceof FinalRefusal) {
      await markFailed(db, [{ id: delivery.id, attempts: delivery.attempts + 1, error, retry_in_ms: null }]);
      log.warn({ id: delivery.id, reason: error }, "the mail server refused a mail for good");
    } else if (await this.#isAvailable()) {
      await markFailed(db, [failure(delivery, error)]);
      log.warn({ id: delivery.id, reason: error }, "the mail server refused a mail");
    } else {
      // That the server accepts no mails at all does not count as an attempt.
      this.#pausedUntil_ms = Date.now() + UNAVAILABLE_PAUSE_MS;
      const { id, attempts } = delivery;
      await markFailed(db, [{ id, attempts, error, retry_in_ms: UNAVAILABLE_PAUSE_MS }]);
      log.warn({ reason: error }, "the mail server cannot be reached");
    }
  }

  /** Mails that are refused at the same time ask once. */
  #isAvailable(): Promise<boolean> {
    this.#availability ??= this.#env.tools.mailer
      .isAvailable()
      .finally(() => (this.#availability = undefined));
    return this.#availability;
  }
}

/**
 * Gives the deliveries that can be sent now. Those of closed customers and inactive users are cancelled, and
 * those of customers without an address; those of recipients that we do not know yet are retried later.
 */
async function resolveRecipients(env: NotificationsEnv, all: ClaimedDelivery[]): Promise<Addressed[]> {
  const claimed = all.filter(({ link_id }) => link_id === null);
  const recipients = await findRecipients(env, claimed);
  const addressed = await addressLinks(
    env,
    all.filter(({ link_id }) => link_id !== null),
  );
  const [unknown, inactive, withoutAddress]: [ClaimedDelivery[], string[], string[]] = [[], [], []];
  for (const delivery of claimed) {
    const recipient = recipients.get(recipientOf(delivery));
    if (recipient === undefined) unknown.push(delivery);
    else if (!recipient.is_active) inactive.push(delivery.id);
    else if (recipient.email === null) withoutAddress.push(delivery.id);
    else
      addressed.push({ delivery, recipient: { ...recipient, email: addressOf(delivery, recipient.email) } });
  }
  if (inactive.length > 0) await markCancelled(env.db, inactive, "the customer's account is not active");
  if (withoutAddress.length > 0)
    await markCancelled(env.db, withoutAddress, "the customer has no email address");
  if (unknown.length > 0)
    await markFailed(
      env.db,
      unknown.map((delivery) => failure(delivery, "the customer is not known yet")),
    );
  return addressed;
}

/** The old address of an account is told that there is a new one. */
function addressOf({ kind, payload }: ClaimedDelivery, email: string): string {
  return kind === "email_changed" ? (payload.old_email ?? email) : email;
}

/** Has identity make the secrets of links. What no longer works is cancelled. */
async function addressLinks(env: NotificationsEnv, claimed: ClaimedDelivery[]): Promise<Addressed[]> {
  const addressed: Addressed[] = [];
  for (const delivery of claimed) {
    try {
      const link = await env.call("identity.issueAccountLink", { id: delivery.link_id ?? "" });
      if (link === null) await markCancelled(env.db, [delivery.id], "the link no longer works");
      else addressed.push({ delivery, link, recipient: recipientOfLink(link) });
    } catch (error) {
      await markFailed(env.db, [failure(delivery, messageOf(error))]);
    }
  }
  return addressed;
}

function recipientOfLink({ username, email }: IssuedLink): Addressed["recipient"] {
  return { name: username ?? email, email, is_active: true };
}

/**
 * Reads the recipients; reads identity's events first if one is missing, as with a customer who is new.
 */
async function findRecipients(
  { db, log, catchUp }: NotificationsEnv,
  claimed: ClaimedDelivery[],
): Promise<Map<string, Recipient>> {
  const recipients = await readRecipients(db, claimed);
  if (claimed.every((delivery) => recipients.has(recipientOf(delivery)))) return recipients;
  await catchUp("identity").catch((error: unknown) =>
    log.warn({ err: error }, "could not read new customers from identity"),
  );
  return readRecipients(db, claimed);
}

/** @returns why the mail was not accepted; undefined when it was */
async function send(env: NotificationsEnv, mail: Addressed): Promise<unknown> {
  const { delivery, recipient } = mail;
  const { config, tools } = env;
  const lines = await linesOf(env, delivery);
  try {
    await tools.mailer.send({
      ...compose(factsOf(mail, lines, config), config.seller),
      from: config.mailFrom,
      to: recipient.email,
      messageId: delivery.message_id,
    });
    return undefined;
  } catch (error) {
    return error ?? new Error("the mail was not accepted");
  }
}

/** The lines of the mail's invoice; none while invoicing does not answer, because the mail must not wait. */
async function linesOf({ call }: NotificationsEnv, delivery: ClaimedDelivery): Promise<LineFacts[]> {
  if (delivery.invoice_id === null) return [];
  const found = await call("invoicing.getInvoice", { id: delivery.invoice_id }).catch(() => undefined);
  return found?.lines ?? [];
}

/** Where a link of each kind leads. */
const LINK_PATHS: Record<LinkMailKind, string> = {
  invitation: "invitations/accept",
  password_reset: "password-reset/confirm",
  email_confirmation: "email-confirmation/confirm",
  email_change: "email-change/confirm",
};

function factsOf(
  { delivery, recipient: { name }, link }: Addressed,
  lines: readonly LineFacts[],
  { publicUrl, billingTimezone }: Pick<Config, "publicUrl" | "billingTimezone">,
): MailFacts {
  if (link !== undefined) {
    const { purpose: kind, customer_name: invitedBy, token, expires_at } = link;
    // After the #: no server and no log on the way sees it.
    const url = `${publicUrl}/api/${LINK_PATHS[kind]}/#${token}`;
    return { kind, name, invitedBy, url, validUntil: displayInstant(expires_at, billingTimezone) };
  }
  if (delivery.kind === "email_used_again" || delivery.kind === "email_changed")
    return { kind: delivery.kind, account: delivery.payload, name };
  if (delivery.invoice_id === null) throw new Error(`the mail ${delivery.id} has no link`);
  const { kind, payload: invoice, day, invoice_id } = delivery;
  const payLink = `${publicUrl}/api/pay/?invoice=${invoice_id}`;
  return { kind, invoice, lines, name, payLink, day };
}

function failure({ id, attempts }: ClaimedDelivery, error: string) {
  return { id, attempts: attempts + 1, error, retry_in_ms: retryIn_ms(attempts + 1) };
}
