import { randomUUID } from "node:crypto";
import { recordChanges } from "../../../shared/events/audit-log";
import { BillingError, conflict, invalid } from "../../../shared/errors";
import type { ActionHandler, ServiceEnv } from "../../../shared/service/service-env";
import type { Knex } from "../../../shared/db/open-database";
import { inTransaction } from "../../../shared/db/transaction";
import {
  addDuration,
  isPositiveDuration,
  parseIsoInstant,
  TimeError,
  type IsoInstant,
} from "../../../shared/time";
import { slotsBetween } from "../domain/slots";
import { emitDueSlots, emitSlots } from "../emit-slots";
import { claimClock, releaseClock, setClock } from "../queries/clock-row";
import { readClock } from "../read-clock";
import { SystemDrain } from "../drain";
import { TIMETABLE } from "../timetable";

const MAX_MOVE = "P10Y";

/**
 * Moves business time forward, by at most ten years. Every slot in between is emitted at its own time, and
 * the system is drained before the next one. If a service fails, the clock stays at the slot it has reached;
 * the same `now` continues from there.
 * @throws BillingError 403 when TEST_CLOCK is off; 400 for a time before business time or too far ahead; 409
 *   while another call is moving the clock
 */
export const moveClock: ActionHandler<"cron.moveClock"> = async (env) => {
  if (!env.config.testClock) {
    throw new BillingError(
      403,
      "test_clock.disabled",
      "Business time can be moved only with TEST_CLOCK=true.",
    );
  }
  const moveId = randomUUID();
  if (!(await claimClock(env.db, moveId))) throw alreadyMoving();
  try {
    const from = await env.clock.now();
    const to = targetOf(env.params, from, env.clock.zone);
    // First: a move that fails halfway is on record too.
    const entry = { action: "clock.move_requested", object: "clock", details: { from, to } };
    await env.transaction((trx) => recordChanges(trx, [entry]));
    await moveThroughSlots(env, moveId, from, to);
  } finally {
    await releaseClock(env.db, moveId);
  }
  return readClock(env);
};

async function moveThroughSlots(
  env: ServiceEnv,
  moveId: string,
  from: IsoInstant,
  to: IsoInstant,
): Promise<void> {
  const drain = new SystemDrain(env);
  await emitDueSlots(env);
  await drain.drainAll();
  for (const slot of slotsBetween(TIMETABLE, from, to, env.clock.zone)) {
    // No doorbell: the consumers are drained next anyway. tried: ring it too: 1.5× the time.
    await inTransaction(env.db, async (trx) => {
      await moveTo(trx, moveId, slot.slot);
      await emitSlots(trx, [slot]);
    });
    await drain.drainAfter(env.service);
  }
  await moveTo(env.db, moveId, to);
  await drain.drainAll();
}

async function moveTo(db: Knex, moveId: string, instant: IsoInstant): Promise<void> {
  if (!(await setClock(db, moveId, instant))) throw alreadyMoving();
}

function targetOf(
  { now, advance }: { now?: string | undefined; advance?: string | undefined },
  from: IsoInstant,
  zone: string,
): IsoInstant {
  if ((now === undefined) === (advance === undefined)) {
    throw invalid({ field: "now", message: "is required, or advance instead; not both" });
  }
  const field = advance === undefined ? "now" : "advance";
  const target = readTarget(field, now, advance, from, zone);
  if (target < from) throw invalid({ field, message: `must not be before business time, which is ${from}` });
  if (target > addDuration(from, MAX_MOVE, zone))
    throw invalid({ field, message: "must not be more than ten years ahead" });
  return target;
}

function readTarget(
  field: "now" | "advance",
  now: string | undefined,
  advance: string | undefined,
  from: IsoInstant,
  zone: string,
): IsoInstant {
  try {
    if (advance === undefined) return parseIsoInstant(now ?? "");
    if (!isPositiveDuration(advance))
      throw new TimeError("must be a positive ISO 8601 duration, such as P1M or PT90M");
    return addDuration(from, advance, zone);
  } catch (error) {
    if (error instanceof TimeError) throw invalid({ field, message: error.message });
    throw error;
  }
}

const alreadyMoving = () => conflict("test_clock.moving", "Another request is moving the clock right now.");
