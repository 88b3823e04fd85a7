/**
 * A date, instant, duration or zone that cannot be right. The message is written for the person who sent it.
 */
export class TimeError extends Error {
  override readonly name = "TimeError";
}
