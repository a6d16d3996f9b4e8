// The headings of a text and the requirements under them, with the names that lead to them. What did not change
// is not looked at again: a block that is the same has the same entries.
import type { Node as PMNode } from "prosemirror-model";

export interface Entry {
  /** Level of a heading; 0 for a requirement, which hangs under the heading before it. */
  level: number;
  /** Of a requirement. */
  id: string;
  text: string;
  /** Its name in an address. */
  anchor: string;
  /** From the start of its block. */
  offset: number;
}

const longest = 60;
const known = new WeakMap<PMNode, readonly Entry[]>();

/** The entries of one block of the running text. */
export function entriesOf(block: PMNode): readonly Entry[] {
  const before = known.get(block);
  if (before) return before;
  const found: Entry[] = [];
  const see = (node: PMNode, offset: number): boolean => {
    if (node.type.name === "heading") {
      const text = shorten(node.textContent);
      if (text !== "") found.push({ level: Number(node.attrs["level"]), id: "", text, anchor: anchorOf(node.textContent), offset });
    } else if (node.type.name === "requirement") {
      const id = String(node.attrs["id"]);
      found.push({ level: 0, id, text: shorten(node.firstChild?.textContent ?? ""), anchor: `eis-${id}`, offset });
    }
    return !node.isTextblock && node.type.spec.group !== "card";
  };
  if (see(block, 0)) block.descendants((node, pos) => see(node, pos + 1));
  known.set(block, found);
  return found;
}

/** The name of a heading in an address, as the page without an editor has it. */
const anchorOf = (heading: string): string => ["kop", ...heading.toLowerCase().split(/[^\p{L}\p{Nd}]+/u).filter((word) => word !== "")].join("-");

/** Where what has this name in an address stands; undefined when nothing has. */
export function placeOf(doc: PMNode, anchor: string): number | undefined {
  let place: number | undefined;
  doc.forEach((block, pos) => {
    const entry = place === undefined ? entriesOf(block).find((one) => one.anchor === anchor) : undefined;
    if (entry) place = pos + entry.offset;
  });
  return place;
}

/** The begin of a text, in whole words. */
export function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= longest ? line : `${line.slice(0, line.lastIndexOf(" ", longest) + 1 || longest).trim()}…`;
}
