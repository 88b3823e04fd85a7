import { addDays, timeOnDay, TimeError } from "../../../shared/time";
import {
  latestSlot,
  latestSlots,
  slotOn,
  slotsBetween as generateSlots,
  type Job,
} from "../../../services/cron/domain/slots";
import { TIMETABLE } from "../../../services/cron/timetable";

const slotsBetween = (...args: Parameters<typeof generateSlots>) => [...generateSlots(...args)];
const job = (at: string): Job => ({ job: "billing.day_started", at });

/** Zones whose clocks change at night: by an hour, half an hour, across midnight, and by a whole day. */
const CHANGES = [
  { zone: "Europe/Berlin", from: "2026-03-27", days: 5, what: "02:00 to 03:00" },
  { zone: "Europe/Berlin", from: "2026-10-23", days: 5, what: "03:00 back to 02:00" },
  { zone: "Africa/Cairo", from: "2024-04-24", days: 5, what: "midnight skipped" },
  { zone: "America/Havana", from: "2025-11-01", days: 4, what: "midnight comes twice" },
  { zone: "America/Asuncion", from: "2024-03-22", days: 5, what: "midnight back to 23:00 of the day before" },
  {
    zone: "America/St_Johns",
    from: "2009-10-30",
    days: 5,
    what: "00:01 back to 23:01, after the first slot",
  },
  { zone: "Australia/Lord_Howe", from: "2026-04-03", days: 5, what: "half an hour" },
  { zone: "America/Caracas", from: "2016-04-29", days: 5, what: "half an hour, once and for all" },
  { zone: "Pacific/Apia", from: "2011-12-28", days: 5, what: "a whole day skipped" },
];

describe("the time of a slot", () => {
  it.each([
    { zone: "UTC", date: "2026-01-31", at: "09:00", due: "2026-01-31T09:00:00.000Z" },
    { zone: "Europe/Berlin", date: "2026-01-31", at: "09:00", due: "2026-01-31T08:00:00.000Z" },
    { zone: "Europe/Berlin", date: "2026-07-31", at: "00:05", due: "2026-07-30T22:05:00.000Z" },
    { zone: "Europe/Berlin", date: "2026-03-29", at: "02:00", due: "2026-03-29T01:00:00.000Z" },
    { zone: "Europe/Berlin", date: "2026-03-29", at: "02:30", due: "2026-03-29T01:00:00.000Z" },
    { zone: "Europe/Berlin", date: "2026-10-25", at: "02:30", due: "2026-10-25T00:30:00.000Z" },
    { zone: "Africa/Cairo", date: "2024-04-26", at: "00:00", due: "2024-04-25T22:00:00.000Z" },
    { zone: "Africa/Cairo", date: "2024-04-26", at: "00:30", due: "2024-04-25T22:00:00.000Z" },
    { zone: "America/Havana", date: "2025-11-02", at: "00:30", due: "2025-11-02T04:30:00.000Z" },
  ])("$date $at in $zone is $due", ({ zone, date, at, due }) => {
    expect(slotOn(date, job(at), zone)).toEqual({ job: "billing.day_started", slot: due, as_of: date });
  });

  it.each(["24:00", "9:00", "09:60", "09:00:00", ""])("refuses the time %j", (at) => {
    expect(() => timeOnDay("2026-01-31", at, "UTC")).toThrow(TimeError);
  });

  it("keeps the order of the timetable on every day of a year", () => {
    for (const zone of ["Africa/Cairo", "America/Santiago"]) {
      for (let date = "2026-01-01"; date < "2027-01-01"; date = addDays(date, 1)) {
        const due = TIMETABLE.map((each) => slotOn(date, each, zone).slot);
        expect(due).toEqual(due.toSorted());
      }
    }
  });
});

describe("the slots between two moments", () => {
  it.each(CHANGES)("contain each slot of each day once in $zone: $what", ({ zone, from, days }) => {
    const dates = Array.from({ length: days }, (_, index) => addDays(from, index));
    const start = timeOnDay(addDays(from, -1), "23:59", zone);
    const end = timeOnDay(addDays(from, days - 1), "23:59", zone);

    const slots = slotsBetween(TIMETABLE, start, end, zone);

    expect(slots.map(({ as_of, job: name }) => `${as_of} ${name}`)).toEqual(
      dates.flatMap((date) => TIMETABLE.map(({ job: name }) => `${date} ${name}`)),
    );
    const moments = slots.map(({ slot }) => slot);
    expect(moments).toEqual(moments.toSorted());
  });

  it("exclude the first moment and include the last", () => {
    const between = (from: string, to: string) =>
      slotsBetween([job("09:00")], from, to, "UTC").map(({ slot }) => slot);
    expect(between("2026-01-31T09:00:00.000Z", "2026-02-01T09:00:00.000Z")).toEqual([
      "2026-02-01T09:00:00.000Z",
    ]);
    expect(between("2026-01-31T08:59:59.999Z", "2026-02-01T08:59:59.999Z")).toEqual([
      "2026-01-31T09:00:00.000Z",
    ]);
    expect(between("2026-01-31T09:00:00.000Z", "2026-01-31T09:00:00.000Z")).toEqual([]);
  });

  it("have no gap and no overlap, wherever the interval is split", () => {
    const zone = "America/St_Johns";
    const [from, to] = ["2009-10-30T12:00:00.000Z", "2009-11-03T12:00:00.000Z"];
    const whole = slotsBetween(TIMETABLE, from, to, zone);
    for (const { slot: cut } of whole) {
      expect([
        ...slotsBetween(TIMETABLE, from, cut, zone),
        ...slotsBetween(TIMETABLE, cut, to, zone),
      ]).toEqual(whole);
    }
  });
});

describe("the latest slot", () => {
  it.each([
    { now: "2026-01-31T09:00:00.000Z", slot: "2026-01-31T09:00:00.000Z" },
    { now: "2026-01-31T08:59:59.999Z", slot: "2026-01-30T09:00:00.000Z" },
    { now: "2026-02-01T00:00:00.000Z", slot: "2026-01-31T09:00:00.000Z" },
  ])("at $now is $slot", ({ now, slot }) => {
    expect(latestSlot(job("09:00"), now, "UTC").slot).toBe(slot);
  });

  it.each(CHANGES)("is the one whose time came last, in $zone: $what", ({ zone, from, days }) => {
    const [start, end] = [
      timeOnDay(addDays(from, -1), "23:59", zone),
      timeOnDay(addDays(from, days), "00:00", zone),
    ];
    for (const each of TIMETABLE) {
      const moments = slotsBetween([each], start, end, zone).map(({ slot }) => slot);
      expect(moments.map((moment) => latestSlot(each, moment, zone).slot)).toEqual(moments);
    }
  });

  it("of several jobs come in order of time", () => {
    expect(
      latestSlots(TIMETABLE, "2026-01-31T00:10:00.000Z", "UTC").map(({ job: name, as_of }) => [name, as_of]),
    ).toEqual([
      ["billing.overdue_due", "2026-01-30"],
      ["billing.reminders_due", "2026-01-30"],
      ["billing.day_started", "2026-01-31"],
      ["billing.invoices_due", "2026-01-31"],
    ]);
  });
});
