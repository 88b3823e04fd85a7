import { z } from "zod";

import { isIsoDate } from "./dates";
import { isIsoInstant, isPositiveDuration, isTimeZone } from "./instants";

/** A date that exists, `YYYY-MM-DD`, in the years 1970 to 9999. */
export const isoDate = z
  .string()
  .refine((text) => isIsoDate(text), { error: "must be a date that exists, written as YYYY-MM-DD" })
  .meta({ description: "Calendar date", format: "date", examples: ["2026-01-31"] });

/** A moment with `Z` or an offset; `parseIsoInstant` brings it into the one form used inside. */
export const isoInstant = z
  .string()
  .refine(isIsoInstant, { error: "must be an ISO 8601 instant with a zone, such as 2026-01-31T09:00:00Z" })
  .meta({ description: "Moment in time", format: "date-time", examples: ["2026-01-31T09:00:00.000Z"] });

/** A duration longer than nothing. */
export const isoDuration = z
  .string()
  .refine(isPositiveDuration, { error: "must be a positive ISO 8601 duration, such as P1M or PT90M" })
  .meta({ description: "ISO 8601 duration, longer than nothing", format: "duration", examples: ["P1M"] });

/** An IANA time zone name that this machine knows. */
export const timeZoneName = z
  .string()
  .refine(isTimeZone, { error: "must be an IANA time zone name, such as UTC or Europe/Berlin" })
  .meta({ description: "IANA time zone name", examples: ["UTC", "Europe/Berlin"] });
