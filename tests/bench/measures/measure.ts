import type { BenchPostgres } from "../database";
import type { Figure } from "../figures";

/** What every measurement gets. */
export interface Bench {
  postgres: BenchPostgres;
  quick: boolean;
  /** how often everything is measured */
  rounds: number;
  /** how many subscriptions are due on the measured day */
  due: number;
  log: (line: string) => void;
}

/** One measurement. It removes everything that it created. */
export type Measure = (bench: Bench) => Promise<Figure[]>;
