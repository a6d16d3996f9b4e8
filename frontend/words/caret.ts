// Where a caret stands, said in letters of Yjs instead of positions, so that it can be asked again
// after somebody else's change.
import type { Node, ResolvedPos } from "prosemirror-model";
import * as Y from "yjs";
import { Broken } from "./ledger.ts";
import { shown, type Unit, visibleUnits } from "./scan.ts";

export interface Place {
  flow: string;
  /** The letter, mark or card to the left and to the right; null is the edge of the flow. */
  left: Unit | null;
  right: Unit | null;
  /** Whether the caret stands at the start of its paragraph. */
  atStart: boolean;
  /** All that stood in the flow, and how much of it before the caret. */
  all: readonly Unit[];
  here: number;
}

/** Says which flow a position lies in. */
export type FlowAt = (pos: ResolvedPos) => string;

function isText(unit: Unit): boolean {
  return unit.kind === "char" || unit.kind === "other";
}

/** Where each line of a flow begins, among its units. */
function begins(all: readonly Unit[]): number[] {
  const out: number[] = [];
  let begin = 0;
  let cards = false;
  for (const [i, unit] of all.entries()) {
    if (isText(unit)) continue;
    if (unit.kind === "mark" || i > begin) out.push(begin);
    cards ||= unit.kind === "card";
    begin = i + 1;
  }
  if (all.length > begin || (out.length === 0 && !cards)) out.push(begin);
  return out;
}

/** Returns the place of a position in a line; nothing when it stands in no line. */
export function placeOf(doc: Y.Doc, nodes: Node, pos: number, flowAt: FlowAt): Place | undefined {
  const at = nodes.resolve(pos);
  if (!at.parent.isTextblock) return undefined;
  const flow = flowAt(at);
  // The number of the line among those of its flow.
  let number = 0;
  nodes.nodesBetween(0, at.start(), (node, start) => {
    if (node.isTextblock && start + 1 < at.start() && flowAt(nodes.resolve(start + 1)) === flow) number++;
    return !node.isTextblock;
  });
  const all = visibleUnits(doc, flow);
  const begin = begins(all)[number];
  if (begin === undefined) throw new Broken(3, `the editor has more lines in ${flow} than Yjs has`);
  const here = begin + at.parentOffset;
  const left = all[here - 1] ?? null;
  const right = all[here] ?? null;
  if (at.parentOffset > 0 && (left === null || !isText(left))) {
    throw new Broken(3, `the line with the caret in ${flow} has other letters than Yjs has`);
  }
  return { flow, left, right, atStart: at.parentOffset === 0, all, here };
}

function same(a: Unit | null, b: Unit | null): boolean {
  return a === b || (a !== null && b !== null && a.client === b.client && a.clock === b.clock);
}

/** Whether two readings of a flow look the same: what ends a paragraph shows nothing of its own. */
const alike = (a: readonly Unit[], b: readonly Unit[]): boolean =>
  a.length === b.length && a.every((unit, i) => unit.kind === b[i]?.kind && (unit.kind === "mark" || unit.value === b[i]?.value));

/** The nearest unit that still stands, from unit on in a direction. Null is the edge of the flow. */
function standing(doc: Y.Doc, flow: string, unit: Unit | null, way: "left" | "right"): Unit | null {
  if (unit === null) return null;
  const all = visibleUnits(doc, flow);
  const find = (client: number, clock: number): Unit | undefined => all.find((u) => u.client === client && u.clock === clock);
  const there = find(unit.client, unit.clock);
  if (there !== undefined) return there;
  let item = Y.getItem(doc.store, Y.createID(unit.client, unit.clock)) as Y.Item | Y.GC | null;
  let clock = unit.clock;
  while (item instanceof Y.Item) {
    if (!item.deleted && item.countable) {
      const last = item.id.clock + item.length - 1;
      const step = way === "left" ? -1 : 1;
      const from = clock >= item.id.clock && clock <= last && item.id.client === unit.client ? clock : way === "left" ? last : item.id.clock;
      for (let c = from; c >= item.id.clock && c <= last; c += step) {
        const found = find(item.id.client, c);
        if (found !== undefined) return found;
      }
    }
    item = way === "left" ? item.left : item.right;
    clock = -1;
  }
  // What is gone without a trace has no neighbours to ask.
  return item === null ? null : unit;
}

/** Whether a flow is shown and has a line, so that a caret can stand in it. */
export function hasLines(doc: Y.Doc, flow: string): boolean {
  return shown(doc)(flow) && begins(visibleUnits(doc, flow)).length > 0;
}

/** Judges where a caret went while updates came in. Returns whether it could be judged. */
export function judgeCaret(site: string, doc: Y.Doc, was: Place, is: Place | undefined, range: boolean): boolean {
  if (!hasLines(doc, was.flow)) return false;
  const say = (p: Place | undefined): string =>
    p === undefined ? "nowhere" : `${p.flow} between ${p.left?.value ?? "the start"} and ${p.right?.value ?? "the end"}`;
  const now = visibleUnits(doc, was.flow);
  // What was empty may have become any number of lines.
  if (was.left === null && was.right === null) return false;
  if (is === undefined || is.flow !== was.flow) throw new Broken(5, `the caret at ${site} went from ${say(was)} to ${say(is)}`);
  const left = standing(doc, was.flow, was.left, "left");
  const right = standing(doc, was.flow, was.right, "right");
  const leftOK = same(left, is.left);
  const rightOK = same(right, is.right);
  // What somebody took away and brought back before it came here never seemed to go.
  if (was.here === is.here && alike(was.all, is.all)) return true;
  // At the start of a paragraph there is no letter to stand behind: it stays there, or goes along with the letter on its right.
  if (leftOK || ((range || was.atStart || !same(left, was.left)) && rightOK)) return true;
  // The line itself may be gone, with its mark or with its letters.
  if (was.atStart && was.right !== null && !isText(was.right) && !same(was.right, right)) return false;
  // Of a line without a mark nothing is left where its letters went and a card follows, or nothing does.
  if (was.atStart && was.right !== null && !same(was.right, right) && (right === null || right.kind === "card")) return false;
  if (left === null || !isText(left)) {
    const spot = left === null ? 0 : now.findIndex((u) => same(u, left)) + 1;
    if (!begins(now).includes(spot)) return false;
  }
  throw new Broken(5, `the caret at ${site} went from ${say(was)} to ${say(is)}; expected behind ${left?.value ?? "the start"}`);
}
