/**
 * A date, instant, duration or zone that cannot be right. The message is for the person who sent it.
 */
export class TimeError extends Error {
  override readonly name = "TimeError";
}
