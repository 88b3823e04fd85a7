import type { LinkPurpose } from "../../shared/contracts/accounts";
import type { Knex } from "../../shared/db/open-database";
import { invalid } from "../../shared/errors";
import { appendEvents } from "../../shared/events/outbox";
import { AccountLink } from "./models/account-link";
import { tooMany } from "./too-many";
import { hashOfSecret, newSecret } from "./secret";

/** How long each link is valid, as a Postgres interval. */
const VALID_FOR: Record<LinkPurpose, string> = {
  invitation: "7 days",
  password_reset: "30 minutes",
  email_confirmation: "3 days",
  email_change: "1 day",
};

const TOKEN = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_([\w-]{43})$/;
const IS_OPEN = "used_at IS NULL AND withdrawn_at IS NULL AND expires_at > clock_timestamp()";

/** Whom a link is for: a user, or whoever reads the mail of an address that is invited to a customer. */
type NewLink = { email: string } & (
  | { purpose: "invitation"; customer_id: string }
  | { purpose: Exclude<LinkPurpose, "invitation">; user_id: string }
);

/** Writes a link and its event; notifications mails it. Its secret is made when the mail is. */
export async function createLink(trx: Knex.Transaction, link: NewLink): Promise<AccountLink> {
  const expires_at = AccountLink.raw("clock_timestamp() + ?::interval", [VALID_FOR[link.purpose]]);
  const created = await AccountLink.query(trx)
    .insert({ ...link, expires_at } as object)
    .returning("*");
  const { id, purpose, user_id: user, customer_id: customer } = created;
  await appendEvents<"identity">(trx, [
    { type: "account_link.created", subject_id: id, payload: { id, purpose, user, customer } },
  ]);
  return created;
}

/**
 * Gives an open link one more secret, to be mailed. The mail may be a repetition: the secrets before it stay
 * valid.
 * @returns undefined for a link that is used, withdrawn or expired
 */
export async function issueSecret(
  db: Knex,
  id: string,
): Promise<{ link: AccountLink; token: string } | undefined> {
  const { secret, sha256 } = newSecret();
  const [link] = await AccountLink.query(db)
    .patch({ secrets: AccountLink.raw("(array_prepend(?, secrets))[1:20]", [sha256]) } as object)
    .where({ id })
    .whereRaw(IS_OPEN)
    .returning("*");
  return link && { link, token: `${id.replaceAll("-", "")}_${secret}` };
}

const MOST_IN_AN_HOUR = 5;
const HOUR_S = 3_600;

/** Nobody can have our mails sent without end. @throws BillingError 429 */
export async function requireFewLinks(trx: Knex.Transaction, user_id: string): Promise<void> {
  const sent = await AccountLink.query(trx)
    .where({ user_id })
    .whereRaw("created_at > clock_timestamp() - make_interval(secs => ?)", [HOUR_S])
    .resultSize();
  if (sent >= MOST_IN_AN_HOUR) throw tooMany("mails to confirm an address", HOUR_S);
}

/** The open link of a token. @throws BillingError 400 naming `token` */
export async function findOpenLink(db: Knex, token: string, purpose: LinkPurpose): Promise<AccountLink> {
  const { id, sha256 } = readToken(token);
  const link = await AccountLink.query(db)
    .findOne({ id, purpose })
    .whereRaw(`?::bytea = ANY(secrets) AND ${IS_OPEN}`, [sha256]);
  if (link === undefined) throw badToken();
  return link;
}

/** Uses the link of a token; of several at once one does. @throws BillingError 400 naming `token` */
export async function takeLink(
  trx: Knex.Transaction,
  token: string,
  purpose: LinkPurpose,
): Promise<AccountLink> {
  const { id, sha256 } = readToken(token);
  const [link] = await AccountLink.query(trx)
    .patch({ used_at: AccountLink.raw("clock_timestamp()") } as object)
    .where({ id, purpose })
    .whereRaw(`?::bytea = ANY(secrets) AND ${IS_OPEN}`, [sha256])
    .returning("*");
  if (link === undefined) throw badToken();
  return link;
}

/** Ends open links. @returns how many */
export async function withdrawLinks(
  trx: Knex.Transaction,
  which: Partial<Pick<AccountLink, "id" | "purpose" | "user_id" | "customer_id">>,
  email?: string,
): Promise<number> {
  const query = AccountLink.query(trx)
    .patch({ withdrawn_at: AccountLink.raw("clock_timestamp()") } as object)
    .where(which)
    .whereRaw(IS_OPEN)
    .returning("id");
  if (email !== undefined) void query.whereRaw("lower(email) = lower(?)", [email]);
  const withdrawn = await query;
  await appendEvents<"identity">(
    trx,
    withdrawn.map(({ id }) => ({ type: "account_link.withdrawn", subject_id: id, payload: { id } })),
  );
  return withdrawn.length;
}

/** The open invitations to a customer. */
export function openInvitations(db: Knex, customer_id: string) {
  return AccountLink.query(db).where({ customer_id, purpose: "invitation" }).whereRaw(IS_OPEN);
}

/** Removes links that ended a month ago, at most 1000. @returns how many */
export async function dropOldLinks(db: Knex): Promise<number> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `DELETE FROM account_links WHERE id IN (
       SELECT id FROM account_links WHERE expires_at < clock_timestamp() - interval '30 days'
       ORDER BY expires_at LIMIT 1000
     )`,
  );
  return rowCount;
}

function readToken(token: string): { id: string; sha256: Buffer } {
  const [, a, b, c, d, e, secret] = TOKEN.exec(token) ?? [];
  if (secret === undefined) throw badToken();
  return { id: [a, b, c, d, e].join("-"), sha256: hashOfSecret(secret) };
}

/** Used, withdrawn, expired, forged or for something else: nobody learns which. */
function badToken() {
  return invalid({ field: "token", message: "is not valid: it was used, has expired, or was withdrawn" });
}
