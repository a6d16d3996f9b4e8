// Plain text from the clipboard. An empty line separates paragraphs; lines that begin with a dash, a
// bullet or a number that counts are a list.
import { type Line, line, plain, type Run } from "./blocks.ts";

const bullet = /^([ \t]*)[-*•◦▪‣–·o][ \t]+(?=\S)/;
const number = /^([ \t]*)(\d{1,6})[.)][ \t]+(?=\S)/;

/** Takes out what is no letter: control characters, halves of characters, and invisible marks of order. */
export function clean(text: string): string {
  return text.replace(/[\u0000-\u0008\u000e-\u001f\u007f-\u009f\ufeff\ufffc\ufffe\uffff]|\p{Surrogate}/gu, "");
}

/** Reads text as lines. */
export function textLines(text: string): Line[] {
  if (!/[\r\n\u000b\u000c\u0085\u2028\u2029]/.test(text) && !bullet.test(text)) {
    const words = clean(text).replace(/[\t\u00a0]/g, " ");
    return words === "" ? [] : [line([{ text: words, marks: plain }])]; // part of a line, with its spaces
  }
  const rows = clean(text).replace(/\r\n?|[\u000b\u000c\u0085\u2028\u2029]/g, "\n").split("\n");
  const spaced = /\S[^\n]*\n[^\S\n]*\n[^\S\n]*\S/.test(rows.join("\n"));
  const lines: Line[] = [];
  let open: Line | undefined; // further rows belong to this line
  rows.forEach((row, at) => {
    if (row.trim() === "") {
      open = undefined;
      return;
    }
    const item = itemOf(rows, at);
    if (item) {
      lines.push((open = item));
      return;
    }
    const run: Run = { text: row.replace(/[\t\u00a0]/g, " ").trim(), marks: plain };
    const goesOn = open && (spaced || (open.list !== "" && /^\s/.test(row)));
    if (open && goesOn) {
      open.runs.push({ text: "\n", marks: plain }, run);
    } else {
      lines.push((open = line([run])));
    }
  });
  return lines;
}

/** The row as an item of a list, when it is one. */
function itemOf(rows: string[], at: number): Line | undefined {
  const row = rows[at] ?? "";
  const dash = bullet.exec(row);
  const count = number.exec(row);
  const found = dash ?? (count && counts(rows, at) ? count : null);
  if (!found) return undefined;
  const item = line([{ text: row.slice(found[0].length).replace(/[\t\u00a0]/g, " ").trim(), marks: plain }]);
  item.list = dash ? "bullet" : "ordered";
  item.number = dash ? 0 : Number(found[2]);
  item.indent = depth(found[1] ?? "");
  return item;
}

/** Is there a number before or after that makes this a list, and not a sentence that begins with one? */
function counts(rows: string[], at: number): boolean {
  const own = Number(number.exec(rows[at] ?? "")?.[2]);
  const near = (step: 1 | -1): boolean => {
    for (let i = at + step; i >= 0 && i < rows.length && Math.abs(i - at) < 20; i += step) {
      const other = number.exec(rows[i] ?? "");
      if (other) return Number(other[2]) === own + step;
      const row = rows[i] ?? "";
      if (row.trim() !== "" && !/^\s/.test(row) && !bullet.test(row)) return false;
    }
    return false;
  };
  return near(1) || near(-1);
}

const depth = (space: string): number => Math.min(8, Math.floor(space.replaceAll("\t", "    ").length / 2));
