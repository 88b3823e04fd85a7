/** With the flag `u` a pair of surrogates is one character, so this finds halves only. */
const HALF_PAIR = /\p{Surrogate}/u;

/**
 * Looks in a JSON value for a text that is not Unicode. JSON can write half of a surrogate pair (`"\ud800"`),
 * but no encoding can: such a text would be stored, sent or hashed as another one, or not at all.
 * @returns where it is, as the path of a field; a key counts as its object. Undefined when all is well
 */
export function findBrokenText(json: unknown): string | undefined {
  // Not recursive: 64 KB of JSON can be nested deeper than the stack.
  const left: [field: string, value: unknown][] = [["", json]];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [field, value] = next;
    if (typeof value === "string" && HALF_PAIR.test(value)) return field;
    if (typeof value !== "object" || value === null) continue;
    for (const [key, each] of Object.entries(value)) {
      if (HALF_PAIR.test(key)) return field;
      left.push([field === "" ? key : `${field}.${key}`, each]);
    }
  }
  return undefined;
}
