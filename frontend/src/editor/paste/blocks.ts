// What was pasted, as a row of lines and tables: lists and quotes are said of each line, as in the
// document itself, so it does not matter how the source nested them.

export interface Marks {
  bold: boolean;
  italic: boolean;
  strike: boolean;
  code: boolean;
  /** An address that is safe to follow, or nothing. */
  link: string;
}

export const plain: Marks = { bold: false, italic: false, strike: false, code: false, link: "" };

/** Letters of one style; a line break is "\n". */
export interface Run {
  text: string;
  marks: Marks;
}

export interface Line {
  /** Level of a heading, 0 for any other line. */
  level: 0 | 2 | 3 | 4;
  list: "" | "bullet" | "ordered";
  /** How deep in its list, from 0. */
  indent: number;
  /** The number of an item in an ordered list; 0 when the source does not say. */
  number: number;
  /** Lines with the same number stand in one quote; 0 for none. */
  quote: number;
  runs: Run[];
}

export interface Table {
  header: boolean;
  /** Rows of equally many cells. */
  rows: Line[][][];
}

export type Block = Line | Table;

export const isTable = (block: Block): block is Table => "rows" in block;

export const line = (runs: Run[] = []): Line => ({ level: 0, list: "", indent: 0, number: 0, quote: 0, runs });

export const wordsOf = (l: Line): string => l.runs.map((run) => run.text).join("");

/** Writes blocks as the HTML that the schema of the text reads. */
export function toHTML(blocks: Block[]): string {
  let html = "";
  for (let at = 0; at < blocks.length; ) {
    const block = blocks[at];
    if (!block) break;
    if (isTable(block)) {
      html += tableHTML(block);
      at++;
      continue;
    }
    const rest = blocks.slice(at);
    const other = rest.findIndex((b) => isTable(b) || b.quote !== block.quote);
    const run = rest.slice(0, other < 0 ? undefined : other) as Line[];
    at += run.length;
    html += block.quote === 0 ? linesHTML(run) : `<blockquote data-box="quote">${linesHTML(run)}</blockquote>`;
  }
  return html;
}

function tableHTML({ header, rows }: Table): string {
  const html = rows.map((row, r) => {
    const tag = header && r === 0 ? "th" : "td";
    return `<tr>${row.map((cell) => `<${tag}>${cell.length > 0 ? toHTML(cell) : "<p></p>"}</${tag}>`).join("")}</tr>`;
  });
  return `<table><tbody>${html.join("")}</tbody></table>`;
}

function linesHTML(lines: Line[]): string {
  let html = "";
  for (let at = 0; at < lines.length; ) {
    const first = lines[at];
    if (!first) break;
    if (first.list === "") {
      html += lineHTML(first);
      at++;
      continue;
    }
    const end = lines.findIndex((l, i) => i > at && l.list === "");
    const items = lines.slice(at, end < 0 ? undefined : end);
    html += listsHTML(items);
    at += items.length;
  }
  return html;
}

/** Nests lines that follow each other in lists. Part of a list may begin deep inside it. */
function listsHTML(items: Line[]): string {
  let html = "";
  const open: { list: Line["list"]; indent: number }[] = [];
  const close = (): void => {
    html += open.pop()?.list === "ordered" ? "</li></ol>" : "</li></ul>";
  };
  for (const item of items) {
    while ((open.at(-2)?.indent ?? -1) >= item.indent) close();
    let here = open.at(-1);
    if (here && here.indent > item.indent) here.indent = item.indent; // what was deeper has nothing above it
    if (here && here.indent === item.indent && here.list !== item.list) {
      close();
      here = open.at(-1);
    }
    if (here?.indent === item.indent) {
      html += "</li>";
    } else {
      html += item.list === "bullet" ? "<ul>" : item.number > 1 ? `<ol start="${item.number}">` : "<ol>";
      open.push({ list: item.list, indent: item.indent });
    }
    html += `<li>${lineHTML(item)}`;
  }
  while (open.length > 0) close();
  return html;
}

function lineHTML(l: Line): string {
  const tag = l.level === 0 ? "p" : `h${l.level}`;
  return `<${tag}>${l.runs.map(runHTML).join("")}</${tag}>`;
}

function runHTML({ text, marks }: Run): string {
  let html = escape(text).replaceAll("\n", "<br>");
  if (marks.code) html = `<code>${html}</code>`;
  if (marks.strike) html = `<s>${html}</s>`;
  if (marks.italic) html = `<em>${html}</em>`;
  if (marks.bold) html = `<strong>${html}</strong>`;
  return marks.link === "" ? html : `<a href="${escape(marks.link)}">${html}</a>`;
}

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
