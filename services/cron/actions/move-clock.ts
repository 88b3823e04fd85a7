import { randomUUID } from "node:crypto";
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

const FARTHEST = "P10Y";

/**
 * Moves business time forward, by at most ten years: every slot in between is emitted at its own time and
 * takes full effect before the next. One that fails half-way leaves the clock at the slot it had come to; the
 * same `now` again goes on from there.
 * @throws BillingError 403 where TEST_CLOCK is off, 400 for a target that is not ahead, 409 while somebody
 *   else moves it
 */
export const moveClock: ActionHandler<"cron.moveClock"> = async (env) => {
  if (!env.config.testClock) {
    throw new BillingError(
      403,
      "test_clock.disabled",
      "Business time can be moved only where TEST_CLOCK is set to true.",
    );
  }
  const mover = randomUUID();
  if (!(await claimClock(env.db, mover))) throw alreadyMoving();
  try {
    const from = await env.clock.now();
    await moveThroughSlots(env, mover, from, targetOf(env.params, from, env.clock.zone));
  } finally {
    await releaseClock(env.db, mover);
  }
  return readClock(env);
};

async function moveThroughSlots(
  env: ServiceEnv,
  mover: string,
  from: IsoInstant,
  to: IsoInstant,
): Promise<void> {
  const drain = new SystemDrain(env);
  await emitDueSlots(env);
  await drain.drainAll();
  for (const slot of slotsBetween(TIMETABLE, from, to, env.clock.zone)) {
    // No doorbell: the listeners are about to be asked to look, and to look twice takes half as long again.
    await inTransaction(env.db, async (trx) => {
      await moveTo(trx, mover, slot.slot);
      await emitSlots(trx, [slot]);
    });
    await drain.drainAfter(env.service);
  }
  await moveTo(env.db, mover, to);
  await drain.drainAll();
}

async function moveTo(db: Knex, mover: string, instant: IsoInstant): Promise<void> {
  if (!(await setClock(db, mover, instant))) throw alreadyMoving();
}

function targetOf(
  { now, advance }: { now?: string | undefined; advance?: string | undefined },
  from: IsoInstant,
  zone: string,
): IsoInstant {
  if ((now === undefined) === (advance === undefined)) {
    throw invalid({ field: "now", message: "is needed, or else advance: one of the two" });
  }
  const field = advance === undefined ? "now" : "advance";
  const target = readTarget(field, now, advance, from, zone);
  if (target < from) throw invalid({ field, message: `must not be before business time, which is ${from}` });
  if (target > addDuration(from, FARTHEST, zone))
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
      throw new TimeError("It must be a positive ISO 8601 duration, such as P1M or PT90M.");
    return addDuration(from, advance, zone);
  } catch (error) {
    if (error instanceof TimeError) throw invalid({ field, message: error.message });
    throw error;
  }
}

const alreadyMoving = () =>
  conflict("test_clock.moving", "Somebody else is moving the clock at this moment.");
