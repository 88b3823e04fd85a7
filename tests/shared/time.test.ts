import { createSchema } from "zod-openapi";

import {
  addDays,
  addDuration,
  dayOf,
  displayDate,
  endOfDay,
  instantOfEpochMs,
  INTERVALS,
  isoDate,
  isPositiveDuration,
  isTimeZone,
  parseIsoInstant,
  period,
  periodIndexAt,
  periodStart,
  TimeError,
  timeOnDay,
  type Interval,
} from "../../shared/time";

const NOT_DATES = [
  "2026-02-30",
  "2026-02-29",
  "2100-02-29",
  "2026-04-31",
  "2026-13-01",
  "2026-00-10",
  "2026-01-00",
  "2026-01-32",
  "1969-12-31",
  "0000-01-01",
  "10000-01-01",
  "+010000-01-01",
  "-000001-01-01",
  "2026-1-1",
  "20260101",
  "2026-01-01T00:00:00Z",
  "2026-01-01[u-ca=hebrew]",
  "2026-01-01 ",
  " 2026-01-01",
  "2026-01-01\n",
  "2026/01/01",
  "01-31-2026",
  "tomorrow",
  "",
];

/** Every day of a year, in order. */
function daysOf(year: number): string[] {
  const days: string[] = [];
  for (let day = `${year}-01-01`; ; day = addDays(day, 1)) {
    days.push(day);
    if (day === `${year}-12-31`) return days;
  }
}

describe("dates", () => {
  test.each(["1970-01-01", "2026-01-31", "2024-02-29", "2000-02-29", "9999-12-31"])(
    "%s is a date",
    (text) => {
      expect(isoDate.parse(text)).toBe(text);
      expect(addDays(text, 0)).toBe(text);
    },
  );

  test.each(NOT_DATES)("%j is no date, and everything that takes a date refuses it", (text) => {
    expect(isoDate.safeParse(text).error?.issues).toMatchObject([
      { message: "must be a date that exists, written as YYYY-MM-DD" },
    ]);
    expect(() => addDays(text, 1)).toThrow(TimeError);
    expect(() => timeOnDay(text, "00:00", "UTC")).toThrow(TimeError);
    expect(() => periodStart(text, "month", 1, 0)).toThrow(TimeError);
    expect(() => periodIndexAt("2026-01-01", "month", 1, text)).toThrow(TimeError);
  });

  test.each<unknown>([20_260_101, null, undefined, new Date(0)])("%p is no date", (value) => {
    expect(isoDate.safeParse(value).success).toBe(false);
    expect(() => addDays(value as string, 1)).toThrow(TimeError);
  });

  test.each([
    ["2026-01-31", 1, "2026-02-01"],
    ["2026-02-28", 1, "2026-03-01"],
    ["2024-02-28", 1, "2024-02-29"],
    ["2026-12-31", 1, "2027-01-01"],
    ["2026-01-01", -1, "2025-12-31"],
    ["2026-01-01", 0, "2026-01-01"],
    ["2024-01-01", 366, "2025-01-01"],
  ])("%s plus %i days is %s", (date, days, expected) => {
    expect(addDays(date, days)).toBe(expected);
  });

  test.each([
    ["9999-12-31", 1],
    ["1970-01-01", -1],
    ["2026-01-01", 1e12],
    ["2026-01-01", 0.5],
    ["2026-01-01", NaN],
    ["2026-01-01", Infinity],
  ])("%s plus %d days is refused", (date, days) => {
    expect(() => addDays(date, days)).toThrow(TimeError);
  });

  test("a leap year has 366 days, each one day after the other", () => {
    expect(daysOf(2024)).toHaveLength(366);
    expect(daysOf(2025)).toHaveLength(365);
  });
});

test("a date is displayed with the name of its month", () => {
  expect(displayDate("2026-11-25")).toBe("25 November 2026");
  expect(() => displayDate("2026-02-30")).toThrow(TimeError);
});

describe("instants", () => {
  test.each([
    ["2026-01-31T09:00:00Z", "2026-01-31T09:00:00.000Z"],
    ["2026-01-31T09:00Z", "2026-01-31T09:00:00.000Z"],
    ["2026-01-31T09:00:00.123456789Z", "2026-01-31T09:00:00.123Z"],
    ["2026-01-31T09:00:00.999999Z", "2026-01-31T09:00:00.999Z"],
    ["2026-01-31T09:00:00+02:00", "2026-01-31T07:00:00.000Z"],
    ["2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00.000Z"],
    ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"],
    ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
  ])("%s is written %s inside", (text, expected) => {
    expect(parseIsoInstant(text)).toBe(expected);
  });

  test.each([
    "2026-01-31",
    "2026-01-31T09:00:00",
    "2026-02-30T09:00:00Z",
    "2026-01-31T24:00:00Z",
    "2026-01-31T09:60:00Z",
    "2026-01-31T09:00:60Z",
    "2026-01-31T09:00:00+25:00",
    "2026-01-31 09:00:00Z",
    "2026-01-31T09:00:00Z[UTC]",
    "2026-01-31T09:00:00z ",
    "1969-12-31T23:59:59Z",
    "1970-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
    "1769850000000",
    "",
  ])("%j is no instant", (text) => {
    expect(() => parseIsoInstant(text)).toThrow(TimeError);
    expect(() => dayOf(text, "UTC")).toThrow(TimeError);
    expect(() => addDuration(text, "P1D", "UTC")).toThrow(TimeError);
  });

  test.each([
    [0, "1970-01-01T00:00:00.000Z"],
    [1_769_850_000_123, "2026-01-31T09:00:00.123Z"],
    [253_402_300_799_999, "9999-12-31T23:59:59.999Z"],
  ])("%i ms since 1970 is %s", (epochMs, expected) => {
    expect(instantOfEpochMs(epochMs)).toBe(expected);
  });

  test.each([-1, 253_402_300_800_000, 0.5, NaN, Infinity, Number.MAX_SAFE_INTEGER])(
    "%d ms are refused",
    (epochMs) => {
      expect(() => instantOfEpochMs(epochMs)).toThrow(TimeError);
    },
  );
});

describe("the day of a moment in a zone", () => {
  test.each([
    ["2026-01-31T23:59:59.999Z", "UTC", "2026-01-31"],
    ["2026-02-01T00:00:00Z", "UTC", "2026-02-01"],
    ["2026-01-31T23:00:00Z", "Europe/Berlin", "2026-02-01"],
    ["2026-01-31T22:59:59Z", "Europe/Berlin", "2026-01-31"],
    ["2026-06-30T22:00:00Z", "Europe/Berlin", "2026-07-01"],
    ["2026-02-01T04:59:59Z", "America/New_York", "2026-01-31"],
    ["2026-02-01T05:00:00Z", "America/New_York", "2026-02-01"],
    ["2026-01-31T10:00:00Z", "Pacific/Kiritimati", "2026-02-01"],
    ["2026-02-01T10:59:59Z", "Pacific/Pago_Pago", "2026-01-31"],
    ["2026-01-31T18:30:00Z", "Asia/Kolkata", "2026-02-01"],
  ])("%s in %s is %s", (instant, zone, expected) => {
    expect(dayOf(instant, zone)).toBe(expected);
    expect(dayOf(Date.parse(instant), zone)).toBe(expected);
  });

  test("a zone that does not exist is refused", () => {
    expect(() => dayOf("2026-01-31T00:00:00Z", "Mars/Olympus")).toThrow(/is not a time zone/);
    expect(() => timeOnDay("2026-01-31", "00:00", "+01:00")).toThrow(/is not a time zone/);
    expect(() => addDuration("2026-01-31T00:00:00Z", "P1D", "")).toThrow(/is not a time zone/);
  });
});

describe("the start of a day in a zone", () => {
  test.each([
    ["2026-01-31", "UTC", "2026-01-31T00:00:00.000Z"],
    ["2026-01-31", "Europe/Berlin", "2026-01-30T23:00:00.000Z"],
    ["2026-07-01", "Europe/Berlin", "2026-06-30T22:00:00.000Z"],
    ["2026-03-08", "America/New_York", "2026-03-08T05:00:00.000Z"],
    ["2026-03-09", "America/New_York", "2026-03-09T04:00:00.000Z"],
  ])("%s in %s starts at %s", (date, zone, expected) => {
    expect(timeOnDay(date, "00:00", zone)).toBe(expected);
  });

  test("where clocks skip midnight, the day starts after the gap", () => {
    // São Paulo went from 23:59:59 on 3 November 2018 to 01:00 on the 4th.
    expect(timeOnDay("2018-11-04", "00:00", "America/Sao_Paulo")).toBe("2018-11-04T03:00:00.000Z");
    expect(dayOf("2018-11-04T02:59:59Z", "America/Sao_Paulo")).toBe("2018-11-03");
  });

  test("where midnight comes twice, the day starts at the first", () => {
    // Havana went back from 01:00 to 00:00 on 1 November 2026.
    expect(timeOnDay("2026-11-01", "00:00", "America/Havana")).toBe("2026-11-01T04:00:00.000Z");
  });

  test.each([
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Cairo",
  ])("in %s every day of 2026 begins where the one before it ends", (zone) => {
    const wrong = daysOf(2026).filter((day) => {
      const start = timeOnDay(day, "00:00", zone);
      return dayOf(start, zone) !== day || dayOf(Date.parse(start) - 1, zone) !== addDays(day, -1);
    });
    expect(wrong).toEqual([]);
  });
});

describe("adding a duration", () => {
  test.each([
    ["2026-01-31T09:00:00Z", "P1M", "UTC", "2026-02-28T09:00:00.000Z"],
    ["2026-01-31T09:00:00Z", "P1D", "UTC", "2026-02-01T09:00:00.000Z"],
    ["2026-01-31T09:00:00Z", "P2W", "UTC", "2026-02-14T09:00:00.000Z"],
    ["2024-02-29T00:00:00Z", "P1Y", "UTC", "2025-02-28T00:00:00.000Z"],
    ["2026-01-31T09:00:00Z", "PT90M", "UTC", "2026-01-31T10:30:00.000Z"],
    ["2026-01-31T09:00:00Z", "P1M1DT1H0.5S", "UTC", "2026-03-01T10:00:00.500Z"],
    ["2026-03-31T09:00:00Z", "-P1M", "UTC", "2026-02-28T09:00:00.000Z"],
    ["2026-01-31T09:00:00Z", "PT0S", "UTC", "2026-01-31T09:00:00.000Z"],
  ])("%s plus %s in %s is %s", (instant, duration, zone, expected) => {
    expect(addDuration(instant, duration, zone)).toBe(expected);
  });

  test("a day keeps its time of day across a change of clocks, 24 hours do not", () => {
    const noonBefore = "2026-03-28T11:00:00Z";
    expect(addDuration(noonBefore, "P1D", "Europe/Berlin")).toBe("2026-03-29T10:00:00.000Z");
    expect(addDuration(noonBefore, "PT24H", "Europe/Berlin")).toBe("2026-03-29T11:00:00.000Z");
  });

  test("a time of day that the clocks skip becomes the one after the gap", () => {
    expect(addDuration("2026-03-28T01:30:00Z", "P1D", "Europe/Berlin")).toBe("2026-03-29T01:30:00.000Z");
  });

  test.each(["", "P", "PT", "P1DT", "1M", "P1.5M", "P1H", "PT1D", "P1M2Y", "one month", "p1m ", "P 1M"])(
    "%j is no duration",
    (duration) => {
      expect(() => addDuration("2026-01-31T00:00:00Z", duration, "UTC")).toThrow(TimeError);
      expect(isPositiveDuration(duration)).toBe(false);
    },
  );

  test.each(["P9000Y", "P99999999Y", "P99999999999D", "-P100Y"])(
    "%s leads out of the calendar",
    (duration) => {
      expect(() => addDuration("2026-01-31T00:00:00Z", duration, "UTC")).toThrow(TimeError);
    },
  );
});

describe("time zones", () => {
  test.each(["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"])("%s is one", (name) => {
    expect(isTimeZone(name)).toBe(true);
  });

  test.each(["", "Mars/Olympus", "+01:00", "-05:00", "Europe/Berlin ", "local", "UTC;x"])(
    "%j is none",
    (name) => {
      expect(isTimeZone(name)).toBe(false);
    },
  );
});

describe("periods", () => {
  const dates = [2024, 2025].flatMap(daysOf);
  const starts = (anchor: string, interval: Interval, count: number, howMany: number): string[] =>
    Array.from({ length: howMany }, (_, n) => periodStart(anchor, interval, count, n));

  test("the 31st is clamped to the month's end, and comes back", () => {
    expect(starts("2026-01-31", "month", 1, 6)).toEqual([
      "2026-01-31",
      "2026-02-28",
      "2026-03-31",
      "2026-04-30",
      "2026-05-31",
      "2026-06-30",
    ]);
  });

  test("the 30th meets 29 February in a leap year", () => {
    expect(starts("2023-12-30", "month", 1, 4)).toEqual([
      "2023-12-30",
      "2024-01-30",
      "2024-02-29",
      "2024-03-30",
    ]);
  });

  test("29 February by the year is 28 February until the next leap year", () => {
    expect(starts("2024-02-29", "year", 1, 5)).toEqual([
      "2024-02-29",
      "2025-02-28",
      "2026-02-28",
      "2027-02-28",
      "2028-02-29",
    ]);
  });

  test("2100 is no leap year", () => {
    expect(periodStart("2096-02-29", "year", 4, 1)).toBe("2100-02-28");
  });

  test("quarters, fortnights and days", () => {
    expect(starts("2025-11-30", "month", 3, 4)).toEqual([
      "2025-11-30",
      "2026-02-28",
      "2026-05-30",
      "2026-08-30",
    ]);
    expect(starts("2026-02-20", "week", 2, 3)).toEqual(["2026-02-20", "2026-03-06", "2026-03-20"]);
    expect(starts("2024-02-28", "day", 1, 3)).toEqual(["2024-02-28", "2024-02-29", "2024-03-01"]);
    expect(starts("2026-01-01", "day", 30, 3)).toEqual(["2026-01-01", "2026-01-31", "2026-03-02"]);
  });

  test("a period ends where the next begins", () => {
    expect(period("2026-01-31", "month", 1, 0)).toEqual({ start: "2026-01-31", end: "2026-02-28" });
    expect(period("2026-01-31", "month", 1, 1)).toEqual({ start: "2026-02-28", end: "2026-03-31" });
  });

  test.each([
    ["2026-01-31", "2026-01-30", -1],
    ["2026-01-31", "1970-01-01", -1],
    ["2026-01-31", "2026-01-31", 0],
    ["2026-01-31", "2026-02-27", 0],
    ["2026-01-31", "2026-02-28", 1],
    ["2026-01-31", "2026-03-30", 1],
    ["2026-01-31", "2026-03-31", 2],
    ["2026-01-31", "2027-01-31", 12],
    ["2026-01-31", "9999-12-31", 95_687],
  ])("with monthly periods from %s, %s is in period %i", (anchor, date, expected) => {
    expect(periodIndexAt(anchor, "month", 1, date)).toBe(expected);
  });

  test.each([
    ["2024-02-29", "2025-02-27", 0],
    ["2024-02-29", "2025-02-28", 1],
    ["2024-02-29", "2028-02-28", 3],
    ["2024-02-29", "2028-02-29", 4],
  ])("with yearly periods from %s, %s is in period %i", (anchor, date, expected) => {
    expect(periodIndexAt(anchor, "year", 1, date)).toBe(expected);
  });

  test.each([
    ["day", 1],
    ["day", 10],
    ["week", 1],
    ["week", 2],
    ["month", 1],
    ["month", 2],
    ["month", 3],
    ["year", 1],
  ] as const)(
    "every day is found in the %s/%i period that holds it, whatever the anchor",
    (interval, count) => {
      const anchors = ["2023-12-31", "2024-01-29", "2024-01-30", "2024-02-29"];
      const wrong: string[] = [];
      for (const anchor of anchors) {
        let [current, { start, end }] = [0, period(anchor, interval, count, 0)];
        for (const date of dates) {
          while (end <= date)
            [current, { start, end }] = [current + 1, period(anchor, interval, count, current + 1)];
          const expected = date < start ? -1 : current;
          if (periodIndexAt(anchor, interval, count, date) !== expected) wrong.push(`${anchor} ${date}`);
        }
      }
      expect(wrong).toEqual([]);
    },
  );

  test.each([0, -1, 1.5, NaN, Infinity])("a period of %d intervals is refused", (count) => {
    expect(() => periodStart("2026-01-31", "month", count, 0)).toThrow(/whole number of intervals/);
    expect(() => periodIndexAt("2026-01-31", "month", count, "2026-01-31")).toThrow(TimeError);
  });

  test.each([-1, 1.5, NaN])("a period numbered %d is refused", (n) => {
    expect(() => periodStart("2026-01-31", "month", 1, n)).toThrow(/numbered by whole numbers/);
  });

  test("an unknown interval is refused", () => {
    expect(() => periodStart("2026-01-31", "fortnight" as Interval, 1, 0)).toThrow(
      /Unknown interval "fortnight"/,
    );
  });

  test.each(INTERVALS)("a %s that starts after 9999 is refused", (interval) => {
    expect(() => periodStart("9999-12-31", interval, 1, 1)).toThrow(TimeError);
    expect(() => periodStart("2026-01-31", interval, 1, Number.MAX_SAFE_INTEGER)).toThrow(TimeError);
    expect(() => period("2026-01-31", interval, 1, Number.MAX_SAFE_INTEGER)).toThrow(TimeError);
    expect(periodIndexAt("9999-12-31", interval, 1, "9999-12-31")).toBe(0);
  });
});

describe("the schema of dates", () => {
  test("takes every day that Temporal knows", () => {
    const days = [1970, 1999, 2000, 2024, 2100, 9999].flatMap(daysOf);
    expect(days.filter((day) => !isoDate.safeParse(day).success)).toEqual([]);
  });

  test("says in OpenAPI what it is", () => {
    expect(createSchema(isoDate).schema).toMatchObject({ type: "string", format: "date" });
  });
});

test("a day ends where the next one starts, and the last one never", () => {
  expect(endOfDay("2026-03-29", "Europe/Berlin")).toBe("2026-03-29T22:00:00.000Z");
  expect(endOfDay("9999-12-31", "UTC")).toBe("infinity");
});
