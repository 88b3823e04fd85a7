/** Whether a list of event types ("charge.refunded", "charge.*", "*") covers a type. */
export function wants(asked: readonly string[], type: string): boolean {
  return asked.some(
    (pattern) => pattern === type || (pattern.endsWith("*") && type.startsWith(pattern.slice(0, -1))),
  );
}
