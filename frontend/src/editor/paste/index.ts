// Pasting: what the clipboard holds becomes what this text is made of. Words are never lost to the
// form they came in; pictures, colours and programs stay behind.
import { DOMSerializer, Fragment, type Node as PMNode, type ResolvedPos, type Schema, Slice } from "prosemirror-model";
import { type Block, toHTML } from "./blocks.ts";
import { type Budget, type Limits, limits, Reader } from "./html.ts";
import { textLines } from "./text.ts";
import { sheetOf, unstyled } from "./word.ts";

export { limits } from "./html.ts";

/** What our own text is known by on the clipboard. */
const ours = "data-samenwijk-text";

/** HTML that the schema reads, and whether something was too much to take. */
export interface Cleaned {
  html: string;
  cut: boolean;
}

/** Makes clean HTML of what was copied. What was copied from this editor stays as it is. */
export function cleanHTML(html: string, most: Limits = limits): Cleaned {
  const taken = fragmentOf(html.slice(0, most.html));
  const page = new DOMParser().parseFromString(unstyled(taken), "text/html");
  if (isOurs(page.body)) return { html: taken, cut: html.length > most.html };
  const budget: Budget = { letters: most.letters, blocks: most.blocks, limits: most, cut: html.length > most.html };
  const blocks: Block[] = new Reader(sheetOf(page), budget).read(page.body);
  return { html: toHTML(blocks), cut: budget.cut };
}

/** Is the mark of our own text on the first element, or on the first in what had to go around it? */
function isOurs(body: Element): boolean {
  let first = body.firstElementChild;
  for (let around = 0; first && around < 4; around++, first = first.firstElementChild) {
    if (first.hasAttribute(ours)) return true;
  }
  return false;
}

/** Leaves out what some programs put after the end, where a browser would show it as text. */
function fragmentOf(html: string): string {
  const end = html.lastIndexOf("<!--EndFragment-->");
  return end < 0 ? html.replace(/<\/html>[^<]*$/i, "") : html.slice(0, end);
}

/** Makes clean HTML of plain text. */
export function cleanText(text: string, most: Limits = limits): Cleaned {
  const lines = textLines(text.slice(0, most.letters));
  return { html: toHTML(lines.slice(0, most.blocks)), cut: text.length > most.letters || lines.length > most.blocks };
}

/** Writes the clipboard so that this editor knows its own text again. */
export function clipboardSerializer(schema: Schema): DOMSerializer {
  const { nodes, marks } = DOMSerializer.fromSchema(schema);
  return new (class extends DOMSerializer {
    override serializeFragment(...[content, options, target]: Parameters<DOMSerializer["serializeFragment"]>) {
      const dom = super.serializeFragment(content, options, target);
      if (!target && dom.firstChild instanceof Element) dom.firstChild.setAttribute(ours, "");
      return dom;
    }
  })(nodes, marks);
}

/** Writes what is copied as plain text, that reads back as the same lines and lists. */
export function copiedText(slice: Slice): string {
  const parts: string[] = [];
  write(slice.content, parts, "");
  return parts.join("\n\n");
}

function write(content: Fragment, parts: string[], indent: string): void {
  content.forEach((node) => {
    if (node.isTextblock || node.isText) {
      parts.push(node.isText ? (node.text ?? "") : textOf(node));
    } else if (node.type.spec["tableRole"] === "table") {
      parts.push(node.children.map((row) => row.children.map((cell) => textOf(cell).replace(/\s+/g, " ")).join("\t")).join("\n"));
    } else if (node.type.spec.group === "list") {
      parts.push(listText(node, indent));
    } else {
      write(node.content, parts, indent);
    }
  });
}

const textOf = (node: PMNode): string => node.textBetween(0, node.content.size, "\n", (leaf) => leaf.type.spec.leafText?.(leaf) ?? "");

function listText(list: PMNode, indent: string): string {
  const start = Number(list.attrs["start"] ?? 0);
  return list.children
    .map((item, i) => {
      const marker = start > 0 ? `${start + i}. ` : "- ";
      const inside = item.children.map((node, at) =>
        at === 0 ? indent + marker + textOf(node).replaceAll("\n", `\n${indent}  `) : listText(node, `${indent}  `),
      );
      return inside.join("\n");
    })
    .join("\n");
}

/**
 * Makes a slice fit where it goes: cards stand only in the running text, so within a card, a box or a
 * cell their lines come alone. So do those of a card that was not copied as a whole. Nothing that was
 * written is left out.
 */
export function fitting(slice: Slice, $at: ResolvedPos): Slice {
  const holder = $at.depth === 0 ? undefined : $at.node(1).type.spec.group;
  const within = holder === "card" || holder === "box";
  const content = within ? lower(slice.content, holder === "card" && !inBox($at)) : closed(slice);
  const list = within && $at.node(-1).type.name !== "listItem" && content.content.some(isList);
  if (content === slice.content && !list) return slice;
  // The line of a row does not go on in the line where it is put, and within a card a list stands by itself.
  const open = (wanted: number, side: "firstChild" | "lastChild"): number => {
    const last = slice.content[side];
    const whole = last?.type.spec["tableRole"] === "table" || (list && last && isList(last));
    return whole ? 0 : opens(content, wanted, side);
  };
  return new Slice(content, open(slice.openStart, "firstChild"), open(slice.openEnd, "lastChild"));
}

/** The content of a slice, with the lines of a card that it holds a part of. */
function closed({ content, openStart, openEnd }: Slice): Fragment {
  const found: PMNode[] = [];
  let same = true;
  content.forEach((node, _, index) => {
    const part = (index === 0 && openStart > 0) || (index === content.childCount - 1 && openEnd > 0);
    if (!part || node.type.spec.group !== "card" || node.isLeaf) return found.push(node);
    same = false;
    return lower(node.content, true).forEach((inside) => found.push(inside));
  });
  return same ? content : Fragment.from(found);
}

function inBox($at: ResolvedPos): boolean {
  for (let depth = $at.depth; depth > 0; depth--) {
    if ($at.node(depth).type.spec.group === "box") return true;
  }
  return false;
}

/** The lines, lists and where allowed boxes of some content; the same object when it is that already. */
function lower(content: Fragment, boxes: boolean): Fragment {
  const fits = (node: PMNode): boolean => node.isInline || node.isText || !structure(node, boxes);
  let same = true;
  content.forEach((node) => (same &&= fits(node)));
  if (same) return content;
  const found: PMNode[] = [];
  content.forEach((node) => {
    if (fits(node)) found.push(node);
    else if (node.type.spec["tableRole"] === "row") found.push(rowLine(node));
    else lower(node.content, boxes).forEach((inside) => found.push(inside));
  });
  return Fragment.from(found);
}

/** A list of more than one line; of one alone the words are meant. */
const isList = (node: PMNode): boolean => node.type.spec.group === "list" && node.textContent !== node.firstChild?.firstChild?.textContent;

/** A row as one line, where no table may stand. */
function rowLine(row: PMNode): PMNode {
  const { schema } = row.type;
  const words: PMNode[] = [];
  row.forEach((cell, _, index) => {
    if (index > 0) words.push(schema.text(" | "));
    let first = true;
    cell.descendants((node) => {
      if (!node.isTextblock) return true;
      if (!first && node.content.size > 0) words.push(schema.text(" "));
      first &&= node.content.size === 0;
      node.forEach((inline) => words.push(inline));
      return false;
    });
  });
  return schema.nodes["paragraph"]?.createChecked(null, Fragment.from(words)) ?? row;
}

/** Holds this node others in a way that only the running text has? */
const structure = (node: PMNode, boxes: boolean): boolean =>
  !node.isTextblock && node.type.spec.group !== "list" && node.type.name !== "listItem" && !(boxes && node.type.spec.group === "box");

/** How far content can be open at one side, at most wanted. */
function opens(content: Fragment, wanted: number, side: "firstChild" | "lastChild"): number {
  let depth = 0;
  for (let node = content[side]; node && depth < wanted && !node.isLeaf; node = node[side]) depth++;
  return depth;
}
