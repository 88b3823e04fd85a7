/**
 * The candidates of a round, in turn: each round begins with another, since what runs after a pause finds a
 * machine that is quicker for some seconds.
 * @param round from 0
 */
export function inTurn<Candidate>(candidates: readonly Candidate[], round: number): Candidate[] {
  const first = round % candidates.length;
  return [...candidates.slice(first), ...candidates.slice(0, first)];
}
