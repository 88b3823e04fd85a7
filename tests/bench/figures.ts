import { median } from "./stats";

/** One line of the table: a value for each round, and a goal for their median. */
export interface Figure {
  /** the name in the JSON file; a figure without one is only in the table */
  key?: string;
  what: string;
  unit: string;
  values: number[];
  goal?: { atLeast: number } | { atMost: number };
}

const DIGITS: Record<string, number> = { ratio: 2, ms: 2, MB: 1 };

/** The figures as a table: median, lowest and highest of the rounds, and whether the goal was reached. */
export function table(figures: readonly Figure[]): string {
  const rows = [["", "median", "lowest", "highest", "rounds", "goal", ""], ...figures.map(row)];
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0))) ?? [];
  const line = (cells: string[]) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ");
  return rows.map((cells) => line(cells).trimEnd()).join("\n");
}

function row(figure: Figure): string[] {
  const { what, unit, values, goal } = figure;
  const show = (value: number) => `${value.toFixed(DIGITS[unit] ?? 0)}${unit === "ratio" ? "" : ` ${unit}`}`;
  const target = goal === undefined ? "" : "atLeast" in goal ? `>= ${goal.atLeast}` : `<= ${goal.atMost}`;
  return [
    what,
    show(median(values)),
    show(Math.min(...values)),
    show(Math.max(...values)),
    String(values.length),
    target,
    goal === undefined ? "" : isReached(figure) ? "reached" : "MISSED",
  ];
}

/** Whether the median reaches the goal; true without a goal. */
export function isReached({ goal, values }: Figure): boolean {
  if (goal === undefined) return true;
  return "atLeast" in goal ? median(values) >= goal.atLeast : median(values) <= goal.atMost;
}

/** The medians by key. */
export function toJson(figures: readonly Figure[]): Record<string, number> {
  return Object.fromEntries(
    figures.flatMap(({ key, values }) => (key === undefined ? [] : [[key, median(values)]])),
  );
}
