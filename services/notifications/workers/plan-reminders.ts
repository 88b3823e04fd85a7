import { appendEvents } from "../../../shared/events/outbox";
import { dueDatesToRemind, reminderFor } from "../domain/reminder-policy";
import { deliveryOf } from "../queries/queue-deliveries";
import { countReminded, nextRun, advanceRun } from "../queries/reminder-runs";
import { queueReminders, lockReminders } from "../queries/reminders";
import type { NotificationsEnv } from "../tools";

const PAGE = 1000;

/**
 * Queues the reminders for one page of unpaid invoices. After the last page it writes `reminders.planned`.
 * @returns 0 when no run is queued
 */
export async function planReminders(env: NotificationsEnv): Promise<number> {
  const run = await nextRun(env.db);
  if (run === undefined) return 0;
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
  return 1;
}
