// Prints what was measured as one table.
import type { Act } from "./measure.ts";

export interface Row {
  act?: Act;
  what: string;
  unit: string;
  /** Ours must not be more than this. */
  goal?: number;
  /** One for each subject, ours first. */
  values: number[];
}

/** Returns the rows with, behind each value of a peer, how many times ours it is. */
export function table(names: string[], rows: Row[]): string {
  const lines = [["median", "goal", ...names, ""]];
  for (const { what, unit, goal, values } of rows) {
    const [ours = NaN] = values;
    const cells = values.map((value, i) => `${figure(value)} ${unit}`.trim() + (i === 0 || !(ours > 0) ? "" : ` (×${figure(value / ours)})`));
    lines.push([what, goal === undefined ? "" : `≤ ${goal}`, ...cells, goal === undefined ? "" : ours <= goal ? "met" : "MISSED"]);
  }
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  return lines.map((line) => line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  ").trimEnd()).join("\n");
}

const figure = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2));
