/** Whether a type is in a list of event types, such as "charge.refunded", "charge.*" or "*". */
export function matchesType(types: readonly string[], type: string): boolean {
  return types.some(
    (pattern) => pattern === type || (pattern.endsWith("*") && type.startsWith(pattern.slice(0, -1))),
  );
}
