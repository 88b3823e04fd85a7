import { isTransient, plainMessage } from "../../../shared/db/transaction";
import { appendEvents } from "../../../shared/events/outbox";
import { dueDatesToRemind, reminderFor } from "../domain/reminder-policy";
import { deliveryOf } from "../queries/queue-deliveries";
import {
  advanceRun,
  countReminded,
  failRun,
  nextRun,
  postponeRun,
  type ReminderRun,
} from "../queries/reminder-runs";
import { queueReminders, lockReminders } from "../queries/reminders";
import type { NotificationsEnv } from "../tools";

const PAGE = 1000;

/**
 * Queues the reminders for one page of unpaid invoices. After the last page it writes `reminders.planned`. A
 * run that cannot go on fails with its reason; one that must wait for another service lets the others go
 * first.
 * @returns 0 when no run is queued
 * @throws the error of a service or database that is away for the moment
 */
export async function planReminders(env: NotificationsEnv): Promise<number> {
  const run = await nextRun(env.db);
  if (run === undefined) return 0;
  try {
    await planPage(env, run);
  } catch (error) {
    if (isTransient(error)) {
      await postponeRun(env.db, run);
      throw error;
    }
    env.log.error({ err: error, reminder_run_id: run.id, as_of: run.as_of }, "a run of reminders failed");
    await fail(env, run, plainMessage(error));
  }
  return 1;
}

async function fail(env: NotificationsEnv, run: ReminderRun, error: string): Promise<void> {
  const { run_id, as_of } = run;
  await env.transaction(async (trx) => {
    if (!(await failRun(trx, run, error))) return;
    await appendEvents<"notifications">(trx, [
      { type: "reminders.failed", subject_id: run_id ?? as_of, payload: { run_id, as_of, error } },
    ]);
  });
}

async function planPage(env: NotificationsEnv, run: ReminderRun): Promise<void> {
  // An invoice that was paid a second ago gets no reminder: it is not on the page, or it has a receipt.
  await env.catchUp("invoicing");
  const invoices = await env.call("invoicing.listUnpaid", {
    ...dueDatesToRemind(run.as_of),
    ...(run.planned_after === null ? {} : { after: run.planned_after }),
    limit: PAGE,
  });
  const reminders = invoices.flatMap((invoice) => {
    const reminder = reminderFor(invoice, run.as_of);
    return reminder === undefined ? [] : [deliveryOf(reminder.kind, reminder.day, invoice)];
  });
  const plannedAfter = invoices.length < PAGE ? undefined : invoices.at(-1)?.id;
  await env.transaction(async (trx) => {
    await lockReminders(trx);
    if (!(await advanceRun(trx, run, plannedAfter))) return;
    const reminded = await countReminded(trx, run, await queueReminders(trx, reminders));
    if (plannedAfter !== undefined) return;
    const { run_id, as_of } = run;
    await appendEvents<"notifications">(trx, [
      { type: "reminders.planned", subject_id: run_id ?? as_of, payload: { run_id, as_of, reminded } },
    ]);
  });
}
