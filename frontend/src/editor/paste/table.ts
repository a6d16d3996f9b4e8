// Tables from the clipboard become plain grids: what spanned several cells stands in the first of
// them, and the others are empty.
import type { Line, Table } from "./blocks.ts";
import type { Budget } from "./html.ts";
import { styleAttribute } from "./word.ts";

/**
 * Reads a table, or nothing when it is none to its writer: one that only places things on the page, or
 * one around a single cell. In a cell there is no table either.
 */
export function readTable(node: Element, budget: Budget, inCell: boolean, read: (cell: Element) => Line[]): Table | undefined {
  const rows = rowsOf(node);
  const cells = rows.map((row) => [...row.children].filter((child) => /^t[dh]$/.test(child.localName)));
  const widest = Math.max(0, ...cells.map((row) => row.length));
  const layout = /^(presentation|none)$/.test(node.getAttribute("role") ?? "") || (widest === 1 && node.querySelector("table") !== null);
  if (inCell || layout || (rows.length === 1 && widest === 1)) return undefined;

  const grid: Line[][][] = [];
  const taken: number[] = []; // for each column, how many rows below are spanned from above
  cells.forEach((row, r) => {
    if (row.length === 0) {
      taken.forEach((left, c) => (taken[c] = Math.max(0, left - 1)));
      return; // a row with nothing of its own
    }
    if (grid.length >= budget.limits.rows) {
      budget.cut = true;
      return;
    }
    grid.push(readRow(row, { wide: widest, high: cells.length - r }, taken, budget, read));
  });
  trim(grid);
  const width = Math.max(0, ...grid.map((row) => row.length));
  for (const row of grid) while (row.length < width) row.push([]);
  const first = cells.find((row) => row.length > 0) ?? [];
  return { header: first.every((c) => c.localName === "th" || c.closest("thead")), rows: grid };
}

/** The rows of this table, without those of tables in it and without those that only set widths. */
function rowsOf(node: Element): Element[] {
  const rows: Element[] = [];
  for (const child of node.children) {
    if (child.localName === "tr") rows.push(child);
    else if (/^t(head|body|foot)$/.test(child.localName)) rows.push(...[...child.children].filter((row) => row.localName === "tr"));
  }
  return rows.filter((row) => row.getAttribute("height") !== "0" && !/display:\s*none/.test(row.getAttribute(styleAttribute) ?? ""));
}

/** Reads a row; what spans more than a table may have counts as wide and as high as given. */
function readRow(
  cells: Element[],
  most: { wide: number; high: number },
  taken: number[],
  budget: Budget,
  read: (cell: Element) => Line[],
): Line[][] {
  const row: Line[][] = [];
  const skip = (): void => {
    while ((taken[row.length] ?? 0) > 0) {
      taken[row.length] = (taken[row.length] ?? 0) - 1;
      row.push([]);
    }
  };
  for (const cell of cells) {
    skip();
    if (row.length >= budget.limits.columns || budget.blocks <= 0) {
      budget.cut ||= (cell.textContent ?? "").trim() !== "";
      continue;
    }
    const said = span(cell, "colspan", 1);
    const wide = Math.min(said > budget.limits.columns ? most.wide : said, budget.limits.columns - row.length);
    const high = Math.min(span(cell, "rowspan", most.high), most.high);
    for (let i = 0; i < wide; i++) {
      taken[row.length] = high - 1;
      row.push(i === 0 ? read(cell) : []);
      budget.blocks--;
    }
  }
  skip();
  return row;
}

/** A span of 0 goes on to the end. */
function span(cell: Element, name: string, all: number): number {
  const written = Number.parseInt(cell.getAttribute(name) ?? "1");
  return written === 0 ? all : written > 0 ? written : 1;
}

/** Takes away rows and columns at the end in which nothing stands. */
function trim(grid: Line[][][]): void {
  while (grid.at(-1)?.every((cell) => cell.length === 0)) grid.pop();
  for (const row of grid) while (row.at(-1)?.length === 0) row.pop();
}
