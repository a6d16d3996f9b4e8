// Blocks as the nodes that an editor shows, and the other way around. A list is flat in the document
// and nested on the page; the rules of grouping are those of docs/document.md.
import { Fragment, type Mark, type Node, type Schema } from "prosemirror-model";
import { inLine, isCharacters, type Token } from "./flow.ts";
import { type Attrs, boxOf, isRecord, type Line, noAttrs } from "./model.ts";

const flags = ["bold", "italic", "strike", "code"] as const;

/** The marks of the editor for the attributes of some text. What is not known comes along unseen. */
export function marksOf(schema: Schema, attrs: Attrs): readonly Mark[] {
  if (attrs === noAttrs) return [];
  const marks: Mark[] = [];
  const rest: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(attrs)) {
    const flag = flags.find((one) => one === name);
    const type = schema.marks[name];
    if (flag && value === true && type) marks.push(type.create());
    else if (name === "link" && typeof value === "string" && type) marks.push(type.create({ href: value }));
    else rest[name] = value;
  }
  if (Object.keys(rest).length > 0) {
    const other = schema.marks["other"]?.create({ values: rest });
    if (other) marks.push(other);
  }
  return marks.reduce<readonly Mark[]>((set, mark) => mark.addToSet(set), []);
}

/** The attributes that text with these marks has in the document. */
export function attrsOf(marks: readonly Mark[]): Attrs {
  if (marks.length === 0) return noAttrs;
  const attrs: Record<string, unknown> = {};
  for (const mark of marks) {
    if (mark.type.name === "other") Object.assign(attrs, mark.attrs["values"] as Attrs);
    else if (mark.type.name === "link") attrs["link"] = String(mark.attrs["href"] ?? "");
    else attrs[mark.type.name] = true;
  }
  return attrs;
}

/** The content of the line of a block. */
export function inlineOf(schema: Schema, tokens: readonly Token[]): Fragment {
  const nodes: Node[] = [];
  for (const token of tokens) {
    if (!inLine(token)) continue;
    const marks = marksOf(schema, token.attrs);
    if (!isCharacters(token)) {
      const placeholder = schema.nodes["unknownInline"]?.create({ value: isRecord(token.embed) ? token.embed : {} }, null, marks);
      if (placeholder) nodes.push(placeholder);
      continue;
    }
    token.text.split("\n").forEach((text, i) => {
      const line = i > 0 ? schema.nodes["hardBreak"]?.create(null, null, marks) : undefined;
      if (line) nodes.push(line);
      if (text !== "") nodes.push(schema.text(text, marks));
    });
  }
  return Fragment.fromArray(nodes);
}

/** A line with its place in lists and boxes, or a card. */
export type Piece = { line: Line; content: Fragment } | { card: Node };

/** Groups what follows each other into boxes and lists. */
export function grouped(schema: Schema, pieces: readonly Piece[]): Node[] {
  const out: Node[] = [];
  let box = "";
  let inside: { line: Line; content: Fragment }[] = [];
  const close = (): void => {
    if (inside.length === 0) return;
    const blocks = lists(schema, inside);
    inside = [];
    if (box === "") out.push(...blocks);
    else out.push(make(schema, "box", boxOf(box), blocks));
  };
  for (const piece of pieces) {
    if ("card" in piece) {
      close();
      out.push(piece.card);
      continue;
    }
    if (piece.line.box !== box) close();
    box = piece.line.box;
    inside.push(piece);
  }
  close();
  return out;
}

interface OpenList {
  line: Line;
  items: Node[][];
}

function lists(schema: Schema, lines: readonly { line: Line; content: Fragment }[]): Node[] {
  const out: Node[] = [];
  const open: OpenList[] = []; // by depth
  const closeTo = (depth: number): void => {
    while (open.length > depth) {
      const list = open.pop() as OpenList;
      const items = list.items.map((blocks) => make(schema, "listItem", null, blocks));
      const node =
        list.line.list === "bullet"
          ? make(schema, "bulletList", null, items)
          : make(schema, "orderedList", { start: list.line.start }, items);
      const above = open.at(-1)?.items.at(-1);
      (above ?? out).push(node);
    }
  };
  for (const { line, content } of lines) {
    const node = lineNode(schema, line, content);
    if (line.list === "") {
      closeTo(0);
      out.push(node);
      continue;
    }
    const depth = Math.min(line.indent, open.length);
    closeTo(depth + 1);
    if (open[depth] && open[depth].line.list !== line.list) closeTo(depth);
    const list = open[depth];
    if (list) list.items.push([node]);
    else open.push({ line, items: [[node]] });
  }
  closeTo(0);
  return out;
}

export function lineNode(schema: Schema, line: Line, content: Fragment): Node {
  if (line.heading > 0) return make(schema, "heading", { level: line.heading }, content);
  return make(schema, "paragraph", { unknown: line.unknown }, content);
}

export function make(schema: Schema, type: string, attrs: Record<string, unknown> | null, content: Fragment | readonly Node[]): Node {
  const found = schema.nodes[type];
  if (!found) throw new Error(`the schema has no ${type}`);
  return found.create(attrs, content);
}

/** A line or a card where it stands in the editor. */
export interface Seen {
  node: Node;
  pos: number;
  /** How many lines and cards of the container stand before it. */
  ordinal: number;
  /** Undefined for a card. */
  line: Line | undefined;
}

/** The lines and cards of a container that touch a range, in order. */
export function linesBetween(container: Node, start: number, from = -Infinity, to = Infinity): Seen[] {
  const seen: Seen[] = [];
  let ordinal = 0;
  const walk = (parent: Node, at: number, around: Omit<Line, "heading" | "unknown">): void => {
    let pos = at;
    parent.forEach((node, _, index) => {
      const end = pos + node.nodeSize;
      const name = node.type.name;
      if (end < from || pos > to) ordinal += linesIn(node);
      else if (node.isTextblock) seen.push({ node, pos, ordinal: ordinal++, line: { ...around, ...headingOf(node) } });
      else if (name === "box") walk(node, pos + 1, { ...around, box: `${String(node.attrs["kind"])}:${String(node.attrs["id"])}` });
      else if (name === "listItem") walk(node, pos + 1, index === 0 ? around : { ...around, start: 1 });
      else if (name === "bulletList" || name === "orderedList") walk(node, pos + 1, inList(node, around));
      else seen.push({ node, pos, ordinal: ordinal++, line: undefined });
      pos = end;
    });
  };
  walk(container, start, { list: "", indent: 0, start: 1, box: "" });
  return seen;
}

function inList(node: Node, around: Omit<Line, "heading" | "unknown">): Omit<Line, "heading" | "unknown"> {
  const ordered = node.type.name === "orderedList";
  return {
    ...around,
    list: ordered ? "ordered" : "bullet",
    indent: around.list === "" ? 0 : Math.min(around.indent + 1, 8),
    start: ordered ? Number(node.attrs["start"] ?? 1) : 1,
  };
}

function headingOf(node: Node): Pick<Line, "heading" | "unknown"> {
  if (node.type.name !== "heading") {
    const kind: unknown = node.attrs["unknown"];
    return { heading: 0, unknown: typeof kind === "string" ? kind : null };
  }
  const level: unknown = node.attrs["level"];
  return { heading: level === 3 || level === 4 ? level : 2, unknown: null };
}

const counts = new WeakMap<Node, number>();

/** How many lines and cards a node in a container holds. */
export function linesIn(node: Node): number {
  const known = counts.get(node);
  if (known !== undefined) return known;
  const name = node.type.name;
  let count = 1;
  if (name === "box" || name === "bulletList" || name === "orderedList" || name === "listItem") {
    count = 0;
    node.forEach((child) => (count += linesIn(child)));
  }
  counts.set(node, count);
  return count;
}
