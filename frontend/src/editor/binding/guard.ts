// The borders of cards and cells. A change that would carry words over a border, or leave a card
// half, becomes one that deletes in each flow for itself and joins nothing across.
import { Fragment, type Node, type ResolvedPos, Slice } from "prosemirror-model";
import { type EditorState, Selection, TextSelection, type Transaction } from "prosemirror-state";
import { ReplaceAroundStep, ReplaceStep } from "prosemirror-transform";
import type { Cards } from "./model.ts";
import { containerAt } from "./place.ts";
import { type Range, rangesOf } from "./plan.ts";

/** Returns the transaction, or what takes its place when it crosses a border. */
export function guarded(state: EditorState, tr: Transaction, cards: Cards): Transaction {
  if (!tr.docChanged) return tr;
  const ranges = rangesOf(tr.mapping.maps);
  if (ranges.every((range) => within(tr.before, tr.doc, range, cards))) return tr;
  // What a person chose is what they act on; what the editor would have done around it does not count.
  // Without a choice nothing is to go: what does not fit here comes as its words.
  const { from, to } = state.selection;
  const about = ranges.some((range) => range.fromA <= to && from <= range.toA);
  return about ? replaceAcross(state, from, to, typedBy(tr), cards) : state.tr;
}

/** The text that a transaction brings, without what the editor moves about to make it fit. */
function typedBy(tr: Transaction): string {
  const texts = tr.steps.map((step) =>
    step instanceof ReplaceStep || step instanceof ReplaceAroundStep ? step.slice.content.textBetween(0, step.slice.content.size, "\n") : "",
  );
  return texts.join("").replace(/^\n+|\n+$/g, "");
}

/** Does a range stay in one flow, before and after? */
function within(before: Node, after: Node, { fromA, toA, fromB, toB }: Range, cards: Cards): boolean {
  const a = containerAt(before.resolve(fromA), cards);
  const b = containerAt(after.resolve(fromB), cards);
  return (
    !!a && !!b && a.flow === b.flow &&
    containerAt(before.resolve(toA), cards)?.start === a.start && containerAt(after.resolve(toB), cards)?.start === b.start
  );
}

/** Deletes a range in each flow for itself, with the cards that it covers, and puts text where it began. */
export function replaceAcross(state: EditorState, from: number, to: number, text: string, cards: Cards): Transaction {
  const tr = state.tr;
  const pieces: [number, number][] = [];
  gather(state.doc, 0, from, to, cards, pieces);
  for (const [start, end] of pieces.reverse()) deleteIn(tr, start, end, cards);
  const at = tr.mapping.map(from, -1);
  const near = Selection.near(tr.doc.resolve(Math.min(at, tr.doc.content.size)), 1);
  tr.setSelection(near instanceof TextSelection ? near : (Selection.findFrom(tr.doc.resolve(Math.min(at, tr.doc.content.size)), -1, true) ?? near));
  if (text !== "" && tr.selection instanceof TextSelection) tr.insertText(text);
  return tr.scrollIntoView();
}

/** The pieces of a range that each lie in one flow: cards that are covered whole go with what is around. */
function gather(container: Node, start: number, from: number, to: number, cards: Cards, pieces: [number, number][]): void {
  let begin: number | undefined;
  let pos = start;
  const close = (end: number): void => {
    if (begin !== undefined && begin < Math.min(end, to)) pieces.push([begin, Math.min(end, to)]);
    begin = undefined;
  };
  container.forEach((child) => {
    const end = pos + child.nodeSize;
    const here = pos < to && end > from;
    const whole = from <= pos && end <= to;
    const parts = child.type.name in cards || child.type.name === "table";
    if (here && parts && !whole) {
      close(pos);
      eachFlow(child, pos, cards, (flow, at) => {
        if (at < to && at + flow.content.size > from) gather(flow, at, from, to, cards, pieces);
      });
    } else if (here) {
      begin ??= Math.max(from, pos);
    } else {
      close(pos);
    }
    pos = end;
  });
  close(pos);
}

function eachFlow(card: Node, pos: number, cards: Cards, see: (flow: Node, start: number) => void): void {
  card.descendants((node, offset, parent) => {
    const part = parent && (cards[parent.type.name]?.includes(node.type.name) || parent.type.name === "tableRow");
    if (part) see(node, pos + 1 + offset + 1);
    return !part && !node.isTextblock;
  });
}

/** Deletes between two lines, and what is left of the second goes into the first, when that is less or more deep and the
 * second is the last of all that it lies in. The editor would take the borders around them along. */
function joining($from: ResolvedPos, $to: ResolvedPos): ReplaceAroundStep | undefined {
  const depth = $from.sharedDepth($to.pos);
  if (depth >= $to.depth || depth >= $from.depth) return undefined;
  for (let d = depth + 1; d < $to.depth; d++) if ($to.indexAfter(d) < $to.node(d).childCount) return undefined;
  let path = Fragment.empty;
  for (let d = $from.depth; d > depth; d--) path = Fragment.from($from.node(d).copy(path));
  return new ReplaceAroundStep($from.pos, $to.after(depth + 1), $to.pos, $to.end(), new Slice(path, $from.depth - depth, 0), 0);
}

/** Deletes within one flow; a paragraph that is cut into stays a paragraph. */
function deleteIn(tr: Transaction, from: number, to: number, cards: Cards): void {
  const $from = tr.doc.resolve(from);
  const $to = tr.doc.resolve(to);
  if ($from.parent.isTextblock && $to.parent.isTextblock) {
    const step = joining($from, $to);
    if (step) tr.step(step);
    else tr.delete(from, to);
    return;
  }
  const container = containerAt($from.parent.isTextblock ? $from : $to, cards) ?? containerAt($from, cards);
  if (!container) return;
  // From right to left: the start of the last line, whole children, the end of the first line.
  const depth = container.depth;
  const first = $from.depth > depth ? $from.after(depth + 1) : from;
  const last = $to.depth > depth ? $to.before(depth + 1) : to;
  if ($to.depth > depth && $to.parent.isTextblock && $to.parentOffset > 0) tr.delete(Math.max(last + 1, $to.start()), to);
  if (first < last) tr.delete(first, last);
  if ($from.depth > depth && $from.parent.isTextblock && $from.parentOffset < $from.parent.content.size) tr.delete(from, $from.end());
}
