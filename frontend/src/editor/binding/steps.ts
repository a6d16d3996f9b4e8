// What changed in the shared document as steps of the editor: as small as they can be, so that carets,
// drawings and a composition beside it stay as they are.
import { Fragment, type Node } from "prosemirror-model";
import type { Transaction } from "prosemirror-state";
import { ReplaceStep } from "prosemirror-transform";
import type { Block, Flow } from "./flow.ts";
import type { Flows } from "./flows.ts";
import { sameLine } from "./model.ts";
import { inlineOf, linesBetween, linesIn } from "./nodes.ts";
import { type Container, containerOf, nodeAt } from "./place.ts";

/** Counts what had to be replaced as a whole. A test looks at it. */
export interface Cost {
  steps: number;
  /** Containers that were made anew because they were not what was expected. */
  fallbacks: number;
}

/** Makes the editor show what these flows are now. */
export function render(flows: Flows, tr: Transaction, changed: ReadonlySet<Flow>, cost: Cost): void {
  const first = [...changed].sort((a, b) => Number(b === flows.body) - Number(a === flows.body));
  for (const flow of first) {
    const container = containerOf(tr.doc, flow.name, flows.cards);
    if (container) renderFlow(flows, tr, flow, container, cost);
  }
}

/** Makes the whole editor show the document: the last resort. */
export function renderAll(flows: Flows, tr: Transaction, cost: Cost): void {
  cost.fallbacks++;
  replace(tr, 0, tr.doc.content, flows.document().content, cost);
}

function renderFlow(flows: Flows, tr: Transaction, flow: Flow, container: Container, cost: Cost): void {
  const shown = flow.shown();
  const { rendered } = flow;
  let lines = 0;
  container.node.forEach((child) => (lines += linesIn(child)));
  if (lines !== rendered.length) {
    cost.fallbacks++;
    const nodes = flows.container(flow);
    replace(tr, container.start, container.node.content, Fragment.fromArray(nodes), cost);
    return;
  }
  const rest = hunks(rendered, shown);
  for (let hunk = rest.pop(); hunk; hunk = rest.pop()) {
    const now = containerOf(tr.doc, flow.name, flows.cards);
    if (!now) return;
    if (renderLine(flows, tr, now, hunk, rendered, shown, cost)) continue;
    const region = regionOf(now.node, hunk);
    const before = rest.at(-1);
    if (before && region.before < before.oldEnd) {
      // What is made anew touches the change before it: both are one.
      rest[rest.length - 1] = { old: before.old, oldEnd: hunk.oldEnd, from: before.from, to: hunk.to };
      continue;
    }
    renderHunk(flows, tr, now, hunk, region, shown, cost);
  }
  flow.rendered = [...shown];
}

interface Hunk {
  old: number;
  oldEnd: number;
  from: number;
  to: number;
}

/** What differs between two lists; what stays keeps its order. */
function hunks(old: readonly (Block | undefined)[], now: readonly Block[]): Hunk[] {
  const at = new Map<Block, number>();
  old.forEach((block, i) => block && at.set(block, i));
  const found: Hunk[] = [];
  let i = 0;
  let from = 0;
  for (let j = 0; j <= now.length; j++) {
    const block = now[j];
    const same = block === undefined ? old.length : at.get(block);
    if (same === undefined || same < i) continue;
    if (same > i || j > from) found.push({ old: i, oldEnd: same, from, to: j });
    i = same + 1;
    from = j + 1;
  }
  return found;
}

/** A line whose words changed and nothing else. */
function renderLine(
  flows: Flows, tr: Transaction, container: Container, hunk: Hunk, old: readonly (Block | undefined)[], now: readonly Block[], cost: Cost,
): boolean {
  const block = now[hunk.from];
  const before = old[hunk.old];
  if (!block || !before || hunk.oldEnd - hunk.old !== 1 || hunk.to - hunk.from !== 1 || block.reference || before.reference) return false;
  const line = nodeAt(container, hunk.old);
  if (!line?.node.isTextblock) return false;
  const [seen] = linesBetween(container.node, container.start, line.pos + 1, line.pos + 1).filter((one) => one.pos === line.pos);
  if (!seen?.line || !sameLine(seen.line, flows.line(block))) return false;
  replace(tr, line.pos + 1, line.node.content, inlineOf(flows.schema, block.tokens), cost);
  return true;
}

const isGroup = (node: Node): boolean => ["box", "bulletList", "orderedList"].includes(node.type.name);

/** Children of a container that are made anew, and how many lines stand before the first and the one behind the last. */
interface Region {
  first: number;
  last: number;
  before: number;
  behind: number;
}

/** Some blocks, with the lists and boxes that they stand in or touch. */
function regionOf(node: Node, hunk: Hunk): Region {
  let first = 0;
  let before = 0;
  while (first < node.childCount && before + linesIn(node.child(first)) <= hunk.old) before += linesIn(node.child(first++));
  let last = first;
  let behind = before;
  while (last < node.childCount && behind < hunk.oldEnd) behind += linesIn(node.child(last++));
  // Lists and boxes in a row may become one, or more: all of them are made anew.
  for (let left = first - 1; left >= 0 && isGroup(node.child(left)); left--) {
    before -= linesIn(node.child(left));
    first = left;
  }
  for (; last < node.childCount && isGroup(node.child(last)); last++) behind += linesIn(node.child(last));
  return { first, last, before, behind };
}

function renderHunk(
  flows: Flows, tr: Transaction, { node, start }: Container, hunk: Hunk, { first, last, before, behind }: Region, now: readonly Block[], cost: Cost,
): void {
  const blocks = now.slice(hunk.from - (hunk.old - before), hunk.to + (behind - hunk.oldEnd));
  let pos = start;
  for (let i = 0; i < first; i++) pos += node.child(i).nodeSize;
  const old: Node[] = [];
  for (let i = first; i < last; i++) old.push(node.child(i));
  replace(tr, pos, Fragment.fromArray(old), Fragment.fromArray(flows.nodes(blocks)), cost);
}

/** Replaces what differs of a fragment that starts at pos. */
function replace(tr: Transaction, pos: number, old: Fragment, now: Fragment, cost: Cost): void {
  const start = old.findDiffStart(now);
  if (start === null) return;
  let { a, b } = old.findDiffEnd(now) ?? { a: start, b: start };
  const overlap = start - Math.min(a, b);
  if (overlap > 0) {
    a += overlap;
    b += overlap;
  }
  cost.steps++;
  const parent = tr.doc.resolve(pos).parent;
  try {
    tr.step(new ReplaceStep(pos + start, pos + a, parent.type.create(parent.attrs, now).slice(start, b)));
  } catch {
    tr.step(new ReplaceStep(pos, pos + old.size, parent.type.create(parent.attrs, now).slice(0, now.size)));
  }
}
