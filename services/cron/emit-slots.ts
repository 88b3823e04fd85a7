import type { ServiceEnv } from "../../shared/service/service-env";
import type { Knex } from "../../shared/db/open-database";
import { appendEvents } from "../../shared/events/outbox";
import { latestSlots, type Slot } from "./domain/slots";
import { insertSlots } from "./queries/insert-slots";
import { TIMETABLE } from "./timetable";

/**
 * Emits those of the slots that have not been emitted yet. Record and event are in one transaction: two
 * instances emit each slot once, and a crash neither loses nor repeats one.
 * @returns how many were emitted
 */
export async function emitSlots(trx: Knex.Transaction, slots: readonly Slot[]): Promise<number> {
  const fresh = await insertSlots(trx, slots);
  await appendEvents<"cron">(
    trx,
    fresh.map(({ job, as_of }) => ({ type: job, subject_id: as_of, payload: { as_of } })),
  );
  return fresh.length;
}

/**
 * Emits what is due at the current business time. After an outage that is only the latest slot of each job,
 * because every run does all that is due by its date.
 */
export async function emitDueSlots({ clock, transaction }: ServiceEnv): Promise<number> {
  const due = latestSlots(TIMETABLE, await clock.now(), clock.zone);
  return transaction((trx) => emitSlots(trx, due));
}
