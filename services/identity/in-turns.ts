/** Runs work when its turn has come. */
export type InTurns = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Lets at most so many pieces of work run at once, the others wait in line.
 * @param atOnce how many
 */
export function inTurns(atOnce: number): InTurns {
  let free = atOnce;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
