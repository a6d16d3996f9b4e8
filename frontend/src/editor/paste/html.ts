// HTML from the clipboard, read as lines and tables. It comes from Google Docs, Word, LibreOffice,
// mail and any page there is: what it looks like counts, not which elements it is made of.
import { safeAddress } from "../address.ts";
import { type Block, isTable, type Line, line, type Marks, plain, wordsOf } from "./blocks.ts";
import { readTable } from "./table.ts";
import { clean, textLines } from "./text.ts";
import { isWordMachinery, type Styles, stylesOf, wordHeading, wordItem } from "./word.ts";

/** How much of what is pasted is taken. */
export interface Limits {
  /** Characters of HTML that are looked at. */
  html: number;
  /** Letters of the text. */
  letters: number;
  /** Lines and cells. */
  blocks: number;
  /** Rows and columns of one table. */
  rows: number;
  columns: number;
}

export const limits: Limits = { html: 16 << 20, letters: 1 << 20, blocks: 10_000, rows: 500, columns: 60 };

/** What is left of the limits; cut says that something did not fit. */
export interface Budget {
  letters: number;
  blocks: number;
  limits: Limits;
  cut: boolean;
}

/** What one looks like by what stands around it. */
interface Context {
  marks: Marks;
  level: Line["level"];
  item: Item | undefined;
  /** Depth of the list around, -1 outside. */
  depth: number;
  /** The list around and the number of its next item. */
  list: { ordered: boolean; next: number } | undefined;
  quote: number;
  nested: number;
}

/** An item of a list and the line that holds its words. */
interface Item {
  list: "bullet" | "ordered";
  indent: number;
  number: number;
  line?: Line;
}

const start: Context = { marks: plain, level: 0, item: undefined, depth: -1, list: undefined, quote: 0, nested: 0 };

const deepest = 200; // elements in each other, before only the letters count

const dropped = new Set(
  ("head style script meta link title noscript template iframe object embed svg canvas video audio img input button select " +
    "textarea option annotation xml datalist dialog map area base col colgroup applet frameset rp").split(" "),
);

const blockTags = new Set(
  ("address article aside body blockquote center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3 " +
    "h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre section summary table ul tr td th caption thead tbody tfoot").split(" "),
);

const headings: Record<string, Line["level"]> = { h1: 2, h2: 3, h3: 4, h4: 4, h5: 4, h6: 4 };

export class Reader {
  readonly #sheet: string;
  readonly #budget: Budget;
  readonly #inCell: boolean;
  readonly #blocks: Block[] = [];
  #line: Line | undefined;
  #quotes = 0;

  /** sheet is the text of the style sheets in the page. In a cell a table is read as lines. */
  constructor(sheet: string, budget: Budget, inCell = false) {
    this.#sheet = sheet;
    this.#budget = budget;
    this.#inCell = inCell;
  }

  read(root: Node): Block[] {
    this.#children(root, start);
    this.#close();
    return this.#blocks;
  }

  /** Reads a cell, in which only lines can stand. */
  readLines(root: Node): Line[] {
    return this.read(root).filter((block): block is Line => !isTable(block));
  }

  #children(node: Node, context: Context): void {
    for (const child of node.childNodes) this.#visit(child, context);
  }

  #visit(node: Node, context: Context): void {
    if (this.#budget.letters <= 0 || this.#budget.blocks <= 0) {
      this.#budget.cut ||= (node.textContent ?? "").trim() !== "";
      return;
    }
    if (node.nodeType === Node.TEXT_NODE) return this.#text(node.textContent ?? "", context);
    if (!(node instanceof Element)) return;
    if (context.nested > deepest) return this.#text(node.textContent ?? "", context);
    const tag = node.localName;
    if (tag === "img") return this.#text(emojiOf(node), context);
    if (dropped.has(tag) || tag.startsWith("v:")) return;
    const styles = stylesOf(node);
    if (isHidden(node, styles)) return;
    if (tag === "br") return this.#break(node, context);
    const inside: Context = { ...context, nested: context.nested + 1, marks: marksOf(node, styles, context.marks) };
    if (!isBlock(tag, styles)) return this.#children(node, inside);
    this.#close();
    this.#block(node, tag, styles, inside);
    this.#close();
  }

  #block(node: Element, tag: string, styles: Styles, context: Context): void {
    const level = headings[tag] ?? headings[`h${Math.min(wordHeading(node, styles), 6)}`] ?? context.level;
    if (level !== 0) return this.#children(node, { ...context, level });
    switch (tag) {
      case "ul":
      case "ol":
      case "menu":
      case "dir":
        return this.#list(node, tag === "ol", context);
      case "li":
        return this.#children(node, { ...context, item: this.#itemOf(node, styles, context) });
      case "blockquote":
        return this.#children(node, { ...context, quote: context.quote || ++this.#quotes });
      case "pre":
        return this.#pre(node, context);
      case "table":
        return this.#table(node, context);
    }
    const word = context.item ? undefined : wordItem(node, styles, this.#sheet);
    if (!word) return this.#children(node, context);
    const item: Item = { list: word.ordered ? "ordered" : "bullet", indent: word.indent, number: word.number };
    this.#children(node, { ...context, item });
  }

  #list(node: Element, ordered: boolean, context: Context): void {
    const first = Number(node.getAttribute("start") ?? 1);
    const next = Number.isInteger(first) && first > 0 && first <= 1_000_000 ? first : 1;
    this.#children(node, { ...context, item: undefined, depth: Math.min(context.depth + 1, 8), list: { ordered, next } });
  }

  #itemOf(node: Element, styles: Styles, { depth, list }: Context): Item {
    const said = levelOf(node, styles);
    const indent = Math.min(8, said ?? Math.max(depth, 0));
    if (!list?.ordered) return { list: "bullet", indent, number: 0 };
    const value = Number(node.getAttribute("value") ?? NaN);
    if (Number.isInteger(value) && value > 0 && value <= 1_000_000) list.next = value;
    return { list: "ordered", indent, number: list.next++ };
  }

  #pre(node: Element, context: Context): void {
    const code = node.querySelector("code") !== null;
    const lines = textLines(node.textContent ?? "");
    for (const read of lines) {
      if (code) read.runs = read.runs.map(({ text }) => ({ text, marks: { ...plain, code: true } }));
      this.#push(Object.assign(read, { quote: context.quote }));
    }
  }

  #table(node: Element, context: Context): void {
    const table = readTable(node, this.#budget, this.#inCell, (cell) => new Reader(this.#sheet, this.#budget, true).readLines(cell));
    if (!table) return this.#children(node, { ...context, item: undefined, list: undefined, depth: -1 });
    const caption = node.querySelector(":scope > caption");
    if (caption) this.#visit(caption, context);
    this.#close();
    if (table.rows.length > 0) this.#blocks.push(table);
  }

  #text(text: string, context: Context): void {
    let words = clean(text).replace(/[\s\u00a0]+/g, " ");
    if (words === "" || (words === " " && !this.#line)) return;
    const l = this.#open(context);
    if (/(^|[ \n])$/.test(l.runs.at(-1)?.text ?? "")) words = words.trimStart();
    if (words === "") return;
    if (words.length > this.#budget.letters) {
      words = words.slice(0, this.#budget.letters);
      this.#budget.cut = true;
    }
    this.#budget.letters -= words.length;
    const marks = words === " " ? shared(context.marks, l.runs.at(-1)?.marks ?? plain) : context.marks;
    add(l, words, l.level === 0 ? marks : { ...marks, bold: false });
  }

  /** A break; two of them end the line. */
  #break(node: Element, context: Context): void {
    if (node.className === "Apple-interchange-newline" || !this.#line) return;
    if (this.#line.runs.at(-1)?.text.endsWith("\n")) return this.#close();
    trimEnd(this.#line);
    add(this.#line, "\n", context.marks);
  }

  /** The line that letters go to. A further paragraph of an item stays in the item, after a break. */
  #open({ level, item, quote }: Context): Line {
    if (this.#line) return this.#line;
    if (item?.line && this.#blocks.at(-1) === item.line) {
      this.#blocks.pop();
      add(item.line, "\n", plain);
      return (this.#line = item.line);
    }
    this.#budget.blocks--;
    this.#line = { ...line(), level, quote };
    if (item) {
      Object.assign(this.#line, { list: item.list, indent: item.indent, number: item.number });
      item.line = this.#line;
    }
    return this.#line;
  }

  #close(): void {
    const l = this.#line;
    this.#line = undefined;
    if (!l) return;
    trimEnd(l);
    if (l.runs.length > 0) this.#blocks.push(l);
  }

  #push(l: Line): void {
    const letters = wordsOf(l).length;
    if (this.#budget.blocks <= 0 || this.#budget.letters < letters) {
      this.#budget.cut = true;
      return;
    }
    this.#budget.blocks--;
    this.#budget.letters -= letters;
    this.#blocks.push(l);
  }
}

function add(l: Line, text: string, marks: Marks): void {
  const last = l.runs.at(-1);
  const shown = text === "\n" ? plain : marks;
  if (last && sameMarks(last.marks, shown)) last.text += text;
  else l.runs.push({ text, marks: shown });
}

/** What a space has in common with the letters before it: it shows nothing of its own. */
const shared = (a: Marks, b: Marks): Marks => ({
  bold: a.bold && b.bold,
  italic: a.italic && b.italic,
  strike: a.strike && b.strike,
  code: a.code && b.code,
  link: a.link === b.link ? a.link : "",
});

const sameMarks = (a: Marks, b: Marks): boolean =>
  a.bold === b.bold && a.italic === b.italic && a.strike === b.strike && a.code === b.code && a.link === b.link;

function trimEnd(l: Line): void {
  for (let last = l.runs.at(-1); last; last = l.runs.at(-1)) {
    last.text = last.text.replace(/[ \n]+$/, "");
    if (last.text !== "") return;
    l.runs.pop();
  }
}

function isHidden(node: Element, styles: Styles): boolean {
  return (
    node.hasAttribute("hidden") ||
    node.getAttribute("aria-hidden") === "true" ||
    styles.get("display") === "none" ||
    styles.get("visibility") === "hidden" ||
    node.classList.contains("MsoCommentReference") ||
    isWordMachinery(styles)
  );
}

/** A link or a span that its page shows as a block is one, for instance an item of a menu. */
function isBlock(tag: string, styles: Styles): boolean {
  return blockTags.has(tag) || /^(block|list-item|table|flex|grid)$/.test(styles.get("display") ?? "");
}

function marksOf(node: Element, styles: Styles, around: Marks): Marks {
  const marks = { ...around };
  switch (node.localName) {
    case "b":
    case "strong":
      marks.bold = true;
      break;
    case "i":
    case "em":
    case "cite":
      marks.italic = true;
      break;
    case "s":
    case "strike":
    case "del":
      marks.strike = true;
      break;
    case "code":
    case "kbd":
    case "samp":
    case "tt":
      marks.code = true;
      break;
    case "a":
      marks.link = addressOf(node.getAttribute("href") ?? "") || marks.link;
  }
  const weight = styles.get("font-weight");
  if (weight !== undefined) marks.bold = /^bold/.test(weight) || Number.parseInt(weight) >= 600 || (weight === "inherit" && marks.bold);
  const slant = styles.get("font-style");
  if (slant !== undefined) marks.italic = /^(italic|oblique)/.test(slant) || (slant === "inherit" && marks.italic);
  if (/line-through/.test(`${styles.get("text-decoration")} ${styles.get("text-decoration-line")}`)) marks.strike = true;
  return marks;
}

/** An address that means the same here as there. */
function addressOf(href: string): string {
  const address = /^(https?:\/\/|mailto:|tel:)/i.test(href.trim()) ? safeAddress(unwrapped(href.trim())) : "";
  return address.length <= 2000 ? address : "";
}

/** Where a link really goes: Google Docs and Gmail lead every link past Google. */
function unwrapped(href: string): string {
  try {
    const { hostname, pathname, searchParams } = new URL(href);
    const to = searchParams.get("q") ?? searchParams.get("url") ?? "";
    return /^(www\.)?google\.[a-z.]{2,6}$/.test(hostname) && pathname === "/url" && /^(https?:\/\/|mailto:)/i.test(to) ? to : href;
  } catch {
    return href;
  }
}

/** How deep an item says that it is, from 0. */
function levelOf(node: Element, styles: Styles): number | undefined {
  const word = /level(\d)/.exec(styles.get("mso-list") ?? "");
  const aria = node.getAttribute("aria-level") ?? node.getAttribute("data-aria-level") ?? word?.[1];
  const from0 = node.getAttribute("data-stringify-indent") ?? /(?:^| )ql-indent-(\d)/.exec(node.className)?.[1];
  const level = aria === undefined ? Number(from0 ?? NaN) : Number(aria) - 1;
  return Number.isInteger(level) && level >= 0 ? level : undefined;
}

/** A picture that stands for a letter. */
function emojiOf(image: Element): string {
  const alt = image.getAttribute("alt") ?? "";
  return alt.length <= 16 && /^[\p{Extended_Pictographic}\p{Regional_Indicator}]/u.test(alt) ? alt : "";
}
