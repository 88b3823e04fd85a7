import { z } from "zod";
import type { ServiceName } from "../config/config";
import { currencyCode } from "../money";

export { isoDate } from "../time";

/**
 * The people who may call an action: `anyone`; a signed-in `user` (the action itself checks who owns the
 * object); or `staff`. Each includes those after it. People call through the gateway.
 */
export type People = "anyone" | "user" | "staff";

/** A team's own services, which are on the bus and not ours. */
export const LISTENER = "listener";

/** A service that may call an action. */
export type CallingService = ServiceName | typeof LISTENER;

/**
 * Who may call an action: people, and the services named. An operator at the console may call every action.
 */
export type Access = People | readonly (People | CallingService)[];

/**
 * What an API key may do; each includes those before it. `read`: see all customers' objects. `write`: make
 * and change them. `admin`: also what is for staff, without accounts of people and API keys.
 */
export const keyScope = z.enum(["read", "write", "admin"]);
export type KeyScope = z.infer<typeof keyScope>;

/**
 * How a request with an Idempotency-Key has one effect. `transaction`: all that the action does is one
 * transaction, which keeps the answer too. `repeatable`: doing it again changes nothing and answers the same.
 * `steps`: it has several transactions, and must not be repeated; one that was cut off stays so.
 */
export type Idempotency = "transaction" | "repeatable" | "steps";

/** What one action takes and returns, and who may call it. */
export interface ActionContract<Params extends z.ZodType = z.ZodType, Result extends z.ZodType = z.ZodType> {
  access: Access;
  /** the scope that an API key needs, whatever `access` says; undefined: no key may call it */
  key?: KeyScope;
  /** undefined: it takes no Idempotency-Key */
  idempotency?: Idempotency;
  params: Params;
  result: Result;
  /** how long a caller waits, in milliseconds; 0: without limit; undefined: the default of all actions */
  timeout_ms?: number;
}

/** All that one service shows to others. */
export interface Contract {
  name: string;
  feedReaders: readonly CallingService[];
  actions: Record<string, ActionContract>;
  events: Record<string, z.ZodType>;
}

/** Declares an action and infers its types. */
export function action<Params extends z.ZodType, Result extends z.ZodType>(
  access: Access,
  params: Params,
  result: Result,
  options: { timeout_ms?: number; key?: KeyScope; idempotency?: Idempotency } = {},
): ActionContract<Params, Result> {
  return { access, params, result, ...options };
}

const place = { xid: z.string().regex(/^\d+$/), seq: z.int().nonnegative() };

/** Where a reader of a feed stands: at its last event, by its id, and where that stood in which epoch. */
const position = z.strictObject({ epoch: z.uuid().nullable(), ...place, id: z.uuid().nullable() });

/** One event of a service's outbox. The consumer checks `payload` against the producer's contract. */
export const eventEnvelope = z.strictObject({
  xid: z.string(),
  seq: z.int(),
  id: z.uuid(),
  type: z.string(),
  subject_id: z.string(),
  payload: z.unknown(),
  occurred_at: z.string().meta({ description: "ISO 8601, when the row was written (wall clock)" }),
});
export type EventEnvelope = z.infer<typeof eventEnvelope>;
export type Position = z.infer<typeof position>;

export const deadLetter = z.object({
  id: z.uuid(),
  producer: z.string(),
  type: z.string(),
  subject_id: z.string(),
  payload: z.unknown(),
  error: z.string(),
  attempts: z.int(),
  failed_at: z.string(),
});

/** An audit reads all rows, which takes minutes where there are many millions. */
export const AUDIT_WITHIN_MS = 600_000;

/** What one check of an audit found: the number of findings, and the ids of the first ones. */
export const auditResult = z
  .object({
    service: z.string(),
    check: z.string().meta({ description: "stable name, like numbers_gapless" }),
    says: z.string().meta({ description: "what is true when there are no findings" }),
    findings: z.int(),
    ids: z.array(z.string()).meta({ description: "the ids of the first 20 findings" }),
    work: z
      .literal(true)
      .optional()
      .meta({ description: "its findings are work that a running system does by itself" }),
  })
  .meta({ id: "AuditResult" });
export type AuditResult = z.infer<typeof auditResult>;

/** By whom, what, and when, to look for in the audit log. */
export const auditFilters = {
  object: z.string().min(1).max(200).optional().meta({ description: "the id of what was changed" }),
  actor: z
    .string()
    .regex(
      /^(?:(?:user|key):[0-9a-f-]{36}|service:[a-z]{1,20}|operator|anonymous)$/,
      "must be user:<id>, key:<id>, operator or anonymous",
    )
    .optional()
    .meta({ description: "`user:<id>`, `key:<id>`, `operator` or `anonymous`" }),
  from: z.iso.datetime({ offset: true }).optional().meta({ description: "the first instant" }),
  to: z.iso.datetime({ offset: true }).optional().meta({ description: "the first instant after" }),
};

const auditFilter = z.strictObject({
  limit: z.int().min(1).max(201),
  before: z.uuid().optional(),
  /** the ids of what was changed */
  objects: z.array(z.string()).max(200).optional(),
  ...auditFilters,
});
export type AuditFilter = z.infer<typeof auditFilter>;

/** One change, and who made it. */
export const auditEntry = z
  .object({
    id: z.uuid(),
    at: z.string().meta({ format: "date-time", description: "wall clock" }),
    service: z.string(),
    actor: z.string().meta({
      description:
        "`user:<id>`, `key:<id>` of an API key, `operator` at the console, or `anonymous` for a call " +
        "without a token, like signing up",
    }),
    request_id: z.string(),
    action: z.string().meta({ description: "like `customer.updated`" }),
    object: z.string().meta({ description: "the id of what was changed" }),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "AuditEntry" });
export type AuditEntry = z.infer<typeof auditEntry>;

/** The actions that every service has: for its outbox, its cursors and its audit. */
export const kitActions = {
  /**
   * One page of the outbox after a position; `next` is the position for the next page. `head` is the last
   * position committed so far. `horizon` is the first transaction id that the feed still holds back:
   * everything committed by now has been read once `head` is below it. `lost`: the database was restored to
   * an older day, and does not have the reader's last event; `restored_to` is the end of what was restored,
   * and `waiting` how many events came after it.
   */
  events: action(
    [],
    z.strictObject({
      after: position,
      types: z.array(z.string()).min(1).optional(),
      limit: z.int().min(1).max(5000).default(1000),
    }),
    z.object({
      events: z.array(eventEnvelope),
      next: position,
      at_head: z.boolean(),
      head: z.strictObject(place),
      horizon: z.string(),
      lost: z.strictObject({ restored_to: position, waiting: z.int() }).optional(),
    }),
  ),
  /**
   * Where the outbox ends, without its events: `head` and `horizon` as above. Shows whether there are new
   * events.
   */
  feedHead: action(
    ["cron"],
    z.strictObject({}),
    z.object({ head: z.strictObject(place), horizon: z.string() }),
  ),
  /** Consumes the named producer's feed up to its head at this moment. */
  catchUp: action(["payments"], z.strictObject({ producer: z.string() }), z.object({ consumed: z.int() })),
  /**
   * Consumes the feeds of the given producers (of all, if none are given) and lets all workers finish their
   * work; returns how much was done, 0 when there was nothing to do.
   */
  drain: action(
    ["cron"],
    z.strictObject({ producers: z.array(z.string()).optional() }),
    z.object({ done: z.int() }),
    { timeout_ms: 0 },
  ),
  /**
   * About how many events this service's cursor is behind the head of each feed that it reads. `lost`: it has
   * stopped there, see `acceptLoss`.
   */
  feedStatus: action(
    "staff",
    z.strictObject({}),
    z.array(z.object({ producer: z.string(), behind: z.int(), lost: z.boolean() })),
  ),
  listDeadLetters: action("staff", z.strictObject({}), z.array(deadLetter)),
  replayDeadLetter: action("staff", z.strictObject({ id: z.uuid() }), z.object({ replayed: z.boolean() })),
  /**
   * Goes on with the feed of a producer that was restored to an older day: the cursor moves to the end of
   * what was restored. What the producer did after that day, and lost, stays in effect here. Returns false
   * where nothing is lost.
   */
  acceptLoss: action("staff", z.strictObject({ producer: z.string() }), z.object({ accepted: z.boolean() })),
  /** What people, API keys and operators have changed in this service, newest first. */
  auditLog: action("staff", auditFilter, z.array(auditEntry), { key: "admin" }),
  /** Checks the service's own tables, and that no event is stuck; returns every check, clean or not. */
  audit: action(["invoicing"], z.strictObject({}), z.array(auditResult), { timeout_ms: AUDIT_WITHIN_MS }),
};

/**
 * Declares a service's contract, with the actions that every service has.
 * @param name the service's name, also that of its database schema and its folder
 * @param feedReaders the services that consume its events
 */
export function defineContract<
  const Name extends string,
  Actions extends Record<string, ActionContract>,
  Events extends Record<string, z.ZodType>,
>(
  name: Name,
  {
    actions,
    events,
    feedReaders,
  }: { actions: Actions; events: Events; feedReaders: readonly CallingService[] },
) {
  const access: Access = [...feedReaders, LISTENER];
  return {
    name,
    feedReaders,
    actions: { ...kitActions, events: { ...kitActions.events, access }, ...actions },
    events,
  };
}

/** In lower case, as ids are stored. */
export const id = z.uuid().toLowerCase();
export const instant = z.string().meta({ format: "date-time" });
export const amountMinor = z.int().nonnegative().meta({ description: "in the currency's minor unit" });
export const currency = currencyCode;

/**
 * A single line of text. Postgres and JSON cannot store NUL or half a surrogate pair; a line has no control
 * characters at all.
 */
export function textLine(maxLength: number) {
  return z
    .string()
    .trim()
    .min(1)
    .max(maxLength)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, "must be a single line of text");
}

const METADATA_KEYS = 50;

/** Facts of the team's own about an object: at most 50, each with a key and a text. */
export const metadata = z
  .record(
    textLine(40),
    z
      .string()
      .max(500)
      .regex(/^\P{Cs}*$/u, "must be text"),
  )
  .refine((facts) => Object.keys(facts).length <= METADATA_KEYS, `must have at most ${METADATA_KEYS} keys`);

/** The parameters of every list: at most `limit` rows, from the cursor that was `next` of the page before. */
export const pageParams = {
  limit: z.int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
};

/** Further filters of the lists that grow without end. */
export const exportParams = {
  ...pageParams,
  order: z.enum(["newest", "oldest"]).default("newest"),
  metadata: z.strictObject({ key: z.string().max(40), value: z.string().max(500) }).optional(),
};

/** A page of a list; `next` is the cursor of the next page, null on the last one. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

/** A chunk of facts in the order of their ids, from the id `first`. Equal facts have equal digests. */
export const factChunk = z.object({ first: id, count: z.int(), digest: z.string() });
export type FactChunk = z.infer<typeof factChunk>;

/** Facts by their ids, or a page of those between two ids; `to` is not included. */
export const factSelection = z.strictObject({
  ids: z.array(id).max(5000).optional(),
  from: id.optional(),
  to: id.optional(),
  limit: z.int().min(2).max(5000).default(2000),
});
export type FactSelection = z.input<typeof factSelection>;

/**
 * Two actions for comparing a copy of facts with the originals: digests of all chunks first, then the facts
 * of the chunks that differ.
 * @param fact one fact; its `id` is unique and the same on both sides
 */
export function comparable<Fact extends z.ZodObject<{ id: z.ZodUUID }>>(fact: Fact) {
  return {
    digest: action(["invoicing"], z.strictObject({}), z.array(factChunk), { timeout_ms: AUDIT_WITHIN_MS }),
    list: action(["invoicing"], factSelection, z.array(fact), { timeout_ms: AUDIT_WITHIN_MS }),
  };
}
