// What a reader sees, line by line: once read from Yjs by the rules of docs/document.md, and once
// taken from the nodes of an editor. Both must say the same.
import type { Node } from "prosemirror-model";
import type * as Y from "yjs";
import { canonical, reference, shown, type Unit, units } from "./scan.ts";

interface Values {
  kind: string;
  list: string;
  indent: number;
  start: number;
  box: string;
}

const boxName = /^([A-Za-z0-9-]{1,64}):([A-Za-z0-9-]{1,64})$/;
const plain: Values = { kind: "paragraph", list: "", indent: 0, start: 1, box: "" };

function valuesOf(marks: Y.Map<unknown>, id: string): Values {
  if (id === "") return plain;
  const get = (name: string): unknown => marks.get(`${id}:${name}`);
  const kind = get("kind");
  const level = get("level");
  const list = get("list");
  const indent = get("indent");
  const begin = get("start");
  const box = get("box");
  return {
    kind: kind === "heading" ? `heading${level === 3 || level === 4 ? level : 2}` : "paragraph",
    list: list === "bullet" || list === "ordered" ? list : "",
    indent: Number.isInteger(indent) ? Math.min(8, Math.max(0, indent as number)) : 0,
    start: Number.isInteger(begin) && (begin as number) >= 1 && (begin as number) <= 1_000_000 ? (begin as number) : 1,
    box: typeof box === "string" && boxName.test(box) ? box : "",
  };
}

const inlineMarks = ["bold", "italic", "strike", "code", "link"];

function known(attributes: Readonly<Record<string, unknown>>): string {
  const out: string[] = [];
  for (const name of inlineMarks) {
    const value = attributes[name];
    if (name === "link" ? typeof value === "string" : value === true) out.push(name === "link" ? `link=${String(value)}` : name);
  }
  return out.join("+");
}

class Text {
  private out = "";
  private current = "";
  add(char: string, attributes: string): void {
    if (attributes !== this.current) {
      this.out += `<${attributes}>`;
      this.current = attributes;
    }
    this.out += char;
  }
  toString(): string {
    return this.out;
  }
}

/** Reads the lines of a document from Yjs. */
export function outlineOf(doc: Y.Doc): string[] {
  const out: string[] = [];
  const marks = doc.getMap("marks");
  const visible = shown(doc);
  const flow = (name: string): void => {
    const lines: { id: string; text: string; card: string }[] = [];
    let text = new Text();
    let gathered = 0;
    const end = (id: string): void => {
      lines.push({ id, text: text.toString(), card: "" });
      text = new Text();
      gathered = 0;
    };
    for (const unit of units(doc, name)) {
      if (unit.kind === "char" || unit.kind === "other") {
        text.add(unit.kind === "char" ? unit.value : "\uFFFC", known(unit.attributes));
        gathered++;
      } else if (unit.kind === "mark") end(unit.value);
      else if (unit.kind === "card") {
        if (gathered > 0) end("");
        lines.push({ id: "", text: "", card: unit.value });
      }
    }
    if (gathered > 0 || lines.length === 0) end("");
    let box = "";
    let stack: string[] = [];
    for (const line of lines) {
      if (line.card !== "") {
        box = "";
        stack = [];
        card(line.card);
        continue;
      }
      const v = valuesOf(marks, line.id);
      const newBox = v.box !== "" && v.box !== box;
      if (v.box !== box) stack = [];
      box = v.box;
      let list = "";
      if (v.list === "") stack = [];
      else {
        const depth = stack.length === 0 ? 0 : Math.min(v.indent, stack.length);
        const opened = stack[depth] === v.list ? "" : `new${v.list === "ordered" ? v.start : ""}`;
        stack = [...stack.slice(0, depth), v.list];
        list = `${v.list}@${depth}${opened}`;
      }
      out.push(`${name}|${v.kind}|${list}|${v.box}${newBox ? "+" : ""}|${line.text}`);
    }
  };
  const card = (key: string): void => {
    const [kind, id] = key.split(":") as [string, string];
    out.push(`# ${key}`);
    if (kind === "requirement") {
      flow(`statement:${id}`);
      flow(`rationale:${id}`);
    } else if (kind === "table") {
      const tables = doc.getMap("tables");
      for (const row of ordered(tables, id, "row")) {
        for (const column of ordered(tables, id, "column")) {
          if (visible(`cell:${id}:${row}:${column}`)) flow(`cell:${id}:${row}:${column}`);
        }
      }
    }
  };
  flow("body");
  return out;
}

function ordered(tables: Y.Map<unknown>, table: string, part: "row" | "column"): string[] {
  const found: { name: string; order: string }[] = [];
  for (const [key, value] of tables.entries()) {
    const [id, what, name] = key.split(":");
    if (id === table && what === part && name !== undefined) found.push({ name, order: typeof value === "string" ? value : "" });
  }
  found.sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : a.name < b.name ? -1 : 1));
  return found.map((f) => f.name);
}

/** Takes the same lines from the nodes of an editor. */
export function outlineOfNodes(doc: Node): string[] {
  const out: string[] = [];
  let opensBox = false;
  let item = "";
  const walk = (node: Node, path: Node[], flow: string, box: string): void => {
    const type = node.type.name;
    if (node.isTextblock) {
      const kind = type === "heading" ? `heading${String(node.attrs["level"])}` : "paragraph";
      out.push(`${flow}|${kind}|${item}|${box}${opensBox ? "+" : ""}|${textOf(node)}`);
      opensBox = false;
      item = "";
      return;
    }
    if (type === "requirement" || type === "table") out.push(`# ${type}:${String(node.attrs["id"])}`);
    if (type === "unknownBlock") {
      const card = reference(node.attrs["value"]);
      out.push(`# ${card === undefined ? "unknown" : `${card.kind}:${card.id}`}`);
    }
    if (type === "box") {
      opensBox = true;
      box = `${String(node.attrs["kind"])}:${String(node.attrs["id"])}`;
    }
    if (type === "listItem") item = itemOf(path, node);
    const inner = [...path, node];
    node.forEach((child) => walk(child, inner, flowOf([...inner, child]) ?? flow, box));
  };
  walk(doc, [], "body", "");
  return out;
}

/** The flow that the last of these nodes is, when it is one. */
function flowOf(path: readonly Node[]): string | undefined {
  const [node, above, table] = [path[path.length - 1], path[path.length - 2], path[path.length - 3]];
  const name = node?.type.name;
  if (name === "statement" || name === "rationale") return `${name}:${String(above?.attrs["id"])}`;
  if (name !== "tableCell" && name !== "tableHeader") return undefined;
  return `cell:${String(table?.attrs["id"])}:${String(above?.attrs["id"])}:${String(node?.attrs["column"])}`;
}

function textOf(line: Node): string {
  const text = new Text();
  line.forEach((child) => {
    const attributes: Record<string, unknown> = {};
    for (const mark of child.marks) attributes[mark.type.name] = mark.type.name === "link" ? mark.attrs["href"] : true;
    const as = known(attributes);
    if (child.isText) for (const char of (child.text ?? "").split("")) text.add(char, as);
    else text.add(child.type.name === "hardBreak" ? "\n" : "\uFFFC", as);
  });
  return text.toString();
}

function itemOf(path: readonly Node[], item: Node): string {
  const list = path[path.length - 1] as Node;
  const depth = path.filter((n) => n.type.name === "listItem").length;
  const ordered = list.type.name === "orderedList";
  const opens = list.firstChild === item ? `new${ordered ? String(list.attrs["start"]) : ""}` : "";
  return `${ordered ? "ordered" : "bullet"}@${depth}${opens}`;
}

/** Compares two outlines and returns the first difference, or nothing. */
export function difference(a: string[], b: string[]): string {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if (a[i] !== b[i]) return `line ${i}: ${a[i] ?? "(nothing)"} and ${b[i] ?? "(nothing)"}`;
  }
  return "";
}

/** All that a document holds, byte for byte, to compare replicas: units of flows, and the maps. */
export function content(doc: Y.Doc, flowNames: string[]): string {
  const out: unknown[] = [];
  for (const flow of [...flowNames].sort()) {
    const list = units(doc, flow);
    if (list.length > 0) out.push([flow, list.map((u: Unit) => [u.kind, u.value, canonical(u.attributes)])]);
  }
  for (const map of ["marks", "tables", "removed"]) out.push([map, canonical(doc.getMap(map).toJSON())]);
  return JSON.stringify(out);
}
