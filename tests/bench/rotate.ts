/**
 * The list for one round: each round starts with another item. After a pause the machine is faster for some
 * seconds, and so this advantage goes to each of them.
 * @param round from 0
 */
export function rotate<Item>(items: readonly Item[], round: number): Item[] {
  const first = round % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}
