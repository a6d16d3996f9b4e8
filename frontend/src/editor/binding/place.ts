// Places in flows, and where they are in the editor. A place is bound to the letter on its left; at
// the start of a paragraph to what is on its right. It stays there whatever others do.
import type { Node, ResolvedPos } from "prosemirror-model";
import * as Y from "yjs";
import { type Block, inLine, isCharacters } from "./flow.ts";
import type { Flow } from "./flow.ts";
import type { Flows } from "./flows.ts";
import { body, type Cards, cellFlow, partFlow } from "./model.ts";
import { linesIn } from "./nodes.ts";

/** A flow as the editor shows it. */
export interface Container {
  flow: string;
  node: Node;
  /** Where its content starts. */
  start: number;
  depth: number;
}

/** The flow around a place, or undefined between the parts of a card. */
export function containerAt($pos: ResolvedPos, cards: Cards): Container | undefined {
  for (let depth = $pos.depth; depth >= 0; depth--) {
    const node = $pos.node(depth);
    const flow = flowOf($pos, depth, cards);
    if (flow !== undefined) return { flow, node, start: $pos.start(depth), depth };
    if (node.type.name in cards || node.type.name === "table" || node.type.name === "tableRow") return undefined;
  }
  return undefined;
}

function flowOf($pos: ResolvedPos, depth: number, cards: Cards): string | undefined {
  const { name } = $pos.node(depth).type;
  if (depth === 0) return body;
  const above = $pos.node(depth - 1);
  if (name === "tableCell" || name === "tableHeader") {
    const table = depth > 1 ? String($pos.node(depth - 2).attrs["id"]) : "";
    return cellFlow(table, String(above.attrs["id"]), String($pos.node(depth).attrs["column"]));
  }
  return cards[above.type.name]?.includes(name) ? partFlow(name, String(above.attrs["id"])) : undefined;
}

/** Where a flow is shown, if it is. */
export function containerOf(doc: Node, flow: string, cards: Cards): Container | undefined {
  if (flow === body) return { flow, node: doc, start: 0, depth: 0 };
  const [part, id, row, column] = flow.split(":");
  let pos = 0;
  for (let i = 0; i < doc.childCount; i++) {
    const card = doc.child(i);
    const { name } = card.type;
    if (card.attrs["id"] === id && (part === "cell" ? name === "table" : cards[name]?.includes(part ?? ""))) {
      if (name !== "table") return childOf(card, pos + 1, 1, flow, (child) => child.type.name === part);
      const line = childOf(card, pos + 1, 1, flow, (child) => child.attrs["id"] === row);
      return line && childOf(line.node, line.start, 2, flow, (child) => child.attrs["column"] === column);
    }
    pos += card.nodeSize;
  }
  return undefined;
}

function childOf(parent: Node, at: number, depth: number, flow: string, is: (node: Node) => boolean): Container | undefined {
  let pos = at;
  for (let i = 0; i < parent.childCount; i++) {
    const node = parent.child(i);
    if (is(node)) return { flow, node, start: pos + 1, depth: depth + 1 };
    pos += node.nodeSize;
  }
  return undefined;
}

/** How many lines and cards stand in a container before a place in one of its lines. */
export function ordinalAt($pos: ResolvedPos, container: Container): number {
  let ordinal = 0;
  for (let depth = container.depth; depth < $pos.depth; depth++) {
    const node = $pos.node(depth);
    for (let i = 0; i < $pos.index(depth); i++) ordinal += linesIn(node.child(i));
  }
  return ordinal;
}

/** The line or card with so many before it. */
export function nodeAt(container: Container, ordinal: number): { node: Node; pos: number } | undefined {
  let { node } = container;
  let pos = container.start;
  let rest = ordinal;
  for (;;) {
    let i = 0;
    for (; i < node.childCount; i++) {
      const count = linesIn(node.child(i));
      if (rest < count) break;
      rest -= count;
      pos += node.child(i).nodeSize;
    }
    if (i === node.childCount) return undefined;
    const child = node.child(i);
    const { name } = child.type;
    if (name !== "box" && name !== "bulletList" && name !== "orderedList" && name !== "listItem") return { node: child, pos };
    node = child;
    pos += 1;
  }
}

/** How far into a block the shared text is after so many characters of its line. What is hidden there is
 * left behind. */
export function unitsBefore(block: Block, offset: number): number {
  let seen = 0;
  let units = 0;
  for (const token of block.tokens) {
    if (seen >= offset) return units;
    if (!inLine(token)) {
      units += 1;
    } else if (isCharacters(token)) {
      const take = Math.min(token.text.length, offset - seen);
      seen += take;
      units += take;
    } else {
      seen += 1;
      units += 1;
    }
  }
  return units;
}

/** How many characters of a line stand before a place in its block. */
export function offsetAt(block: Block, units: number): number {
  let at = 0;
  let seen = 0;
  for (const token of block.tokens) {
    if (at >= units) break;
    const length = isCharacters(token) ? Math.min(token.text.length, units - at) : 1;
    if (inLine(token)) seen += length;
    at += length;
  }
  return seen;
}

/** A place as it travels to others and is kept, as JSON: a flow and a position of Yjs. */
export interface Place {
  flow: string;
  position: unknown;
  /** At the start of a line: what is on its right, should something come between. */
  right?: unknown;
}

/** A place in the shared text that belongs to a position of the editor. */
export function indexAt(flows: Flows, doc: Node, pos: number): { flow: Flow; block: Block; index: number; offset: number } | undefined {
  const $pos = doc.resolve(pos);
  const container = containerAt($pos, flows.cards);
  if (!container || !$pos.parent.isTextblock) return undefined;
  const flow = flows.flow(container.flow);
  const block = flow.shown()[ordinalAt($pos, container)];
  if (!block || block.reference) return undefined;
  return { flow, block, index: flow.startOf(block) + unitsBefore(block, $pos.parentOffset), offset: $pos.parentOffset };
}

export function placeAt(flows: Flows, doc: Node, pos: number): Place | undefined {
  const at = indexAt(flows, doc, pos);
  return at && place(at.flow, at.index, at.offset > 0);
}

/** A place in a flow, behind a letter or at the start of a line. */
export function place(flow: Flow, index: number, behind: boolean): Place {
  const position = (at: number, assoc: -1 | 0): unknown =>
    Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(flow.text, at, assoc));
  return { flow: flow.name, position: position(index, -1), ...(behind ? {} : { right: position(firstSeen(flow, index), 0) }) };
}

/** The first unit from here on that is not hidden: what is hidden may turn up somewhere else. */
function firstSeen(flow: Flow, index: number): number {
  const { block, from } = flow.find(index);
  let at = 0;
  for (const token of block.tokens) {
    if (at >= from && (isCharacters(token) || !token.hidden)) break;
    at += isCharacters(token) ? token.text.length : 1;
  }
  return index + Math.max(0, at - from);
}

/** Where a place is in the shared text now; undefined when its flow is not shown. */
export function resolve(flows: Flows, { flow: name, position, right }: Place): { flow: Flow; index: number } | undefined {
  if (!flows.isShown(name)) return undefined;
  const flow = flows.flow(name);
  const index = indexOf(flows, flow, position);
  if (index === undefined || right === undefined) return index === undefined ? undefined : { flow, index };
  // The start of a line stays there when others write in front of its first letter: a caret behind their
  // word would part it. It goes along when the line does.
  const other = indexOf(flows, flow, right);
  if (other === undefined || flow.find(index).block === flow.find(other).block) return { flow, index };
  return { flow, index: other };
}

function indexOf(flows: Flows, flow: Flow, position: unknown): number | undefined {
  try {
    const found = Y.createAbsolutePositionFromRelativePosition(Y.createRelativePositionFromJSON(position), flows.doc);
    return found && found.type === flow.text ? found.index : undefined;
  } catch {
    return undefined; // another program's place may be anything
  }
}

/** Where a place is in the editor. */
export function positionOf(flows: Flows, doc: Node, at: Place): number | undefined {
  const found = resolve(flows, at);
  return found && positionAt(flows, doc, found.flow, found.index);
}

export function positionAt(flows: Flows, doc: Node, flow: Flow, index: number): number | undefined {
  const container = containerOf(doc, flow.name, flows.cards);
  if (!container) return undefined;
  const { block, from } = flow.find(index);
  const shown = flow.shown();
  const exact = shown.indexOf(block);
  if (exact >= 0 && !block.reference) {
    const line = nodeAt(container, exact);
    return line?.node.isTextblock ? line.pos + 1 + Math.min(offsetAt(block, from), line.node.content.size) : undefined;
  }
  // A card, or something that is not shown: the nearest line, first behind it.
  const all = flow.blocks;
  const here = all.indexOf(block);
  for (const near of [...all.slice(here + 1), ...all.slice(0, here).reverse()]) {
    const ordinal = near.reference ? -1 : shown.indexOf(near);
    const line = ordinal < 0 ? undefined : nodeAt(container, ordinal);
    if (!line?.node.isTextblock) continue;
    return all.indexOf(near) > here ? line.pos + 1 : line.pos + 1 + line.node.content.size;
  }
  return undefined;
}
