import type { BenchPostgres } from "../database";
import type { Figure } from "../figures";

/** What a measure works with. */
export interface Bench {
  postgres: BenchPostgres;
  quick: boolean;
  /** how many rounds the candidates run in turn */
  rounds: number;
  /** how many subscriptions are due on the day that is measured */
  due: number;
  say: (line: string) => void;
}

/** One thing to measure; leaves nothing behind. */
export type Measure = (bench: Bench) => Promise<Figure[]>;
