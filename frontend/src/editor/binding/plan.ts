// What a change of the editor means for the shared document. It is read from the ranges of the steps,
// within each flow, and planned as a whole before anything is written.
import type { Node } from "prosemirror-model";
import { AddMarkStep, Mapping, RemoveMarkStep, type Step, type StepMap } from "prosemirror-transform";
import type { ID } from "yjs";
import { type Block, type Flow, inLine, isCharacters, sameValue } from "./flow.ts";
import type { Flows } from "./flows.ts";
import { type Attrs, keyOf, type Line, lineNames, markOf, noAttrs, referenceOf, sameLine, valuesOf } from "./model.ts";
import { attrsOf, linesBetween, type Seen } from "./nodes.ts";
import { containerAt, containerOf, ordinalAt, unitsBefore } from "./place.ts";
import { standingAt } from "./stood.ts";

export interface Range {
  fromA: number;
  toA: number;
  fromB: number;
  toB: number;
}

/** What is put into a flow. A card can say which unit it goes directly behind, also when that was deleted.
 *
 * What ends a paragraph that has no mark goes behind everything that was deleted there: somebody may be in the
 * middle of a word in front of that, and the rest of the word, still on its way, comes before what it knew. */
export type Unit =
  | { kind: "text"; text: string; attrs: Attrs }
  | { kind: "embed"; embed: unknown; attrs: Attrs }
  | { kind: "mark"; id: string; attrs: Attrs; ends?: boolean }
  | { kind: "card"; card: string; id: string; place: number; attrs?: Attrs; behind?: ID; ends?: boolean };

export interface Operation {
  at: number;
  remove: number;
  insert: Unit[];
}

export type Removal = [key: string, place: number, at: string | undefined];

export interface Plan {
  /** By flow, in order of the places in the flow as it was; they do not overlap. */
  operations: Map<string, Operation[]>;
  /** Values of paragraphs; undefined takes one away. */
  values: [key: string, value: unknown][];
  /** Cards that are removed, with the place up to which, and where they stood. */
  removed: Removal[];
  /** Rows, columns and headers of new tables. */
  tables: [key: string, value: unknown][];
  /** The lines and cards of the editor that a change touched, by flow: they may be other than they should. */
  touched: [flow: string, ordinal: number][];
}

/** A change that cannot be told flow by flow, such as words that went from one into another. */
export class Crossing extends Error {}

/** The ranges that some steps changed, in the document before all of them and after all of them. */
export function rangesOf(maps: readonly StepMap[]): Range[] {
  const mapping = new Mapping([...maps]);
  const found: Range[] = [];
  maps.forEach((map, i) => {
    const back = new Mapping(maps.slice(0, i)).invert();
    const on = mapping.slice(i + 1);
    map.forEach((oldStart, oldEnd, newStart, newEnd) => {
      found.push({ fromA: back.map(oldStart, -1), toA: back.map(oldEnd, 1), fromB: on.map(newStart, -1), toB: on.map(newEnd, 1) });
    });
  });
  found.sort((x, y) => x.fromA - y.fromA || x.fromB - y.fromB);
  const merged: Range[] = [];
  for (const range of found) {
    const last = merged.at(-1);
    if (last && (range.fromA <= last.toA || range.fromB <= last.toB)) {
      last.toA = Math.max(last.toA, range.toA);
      last.fromB = Math.min(last.fromB, range.fromB);
      last.toB = Math.max(last.toB, range.toB);
    } else {
      merged.push({ ...range });
    }
  }
  return merged;
}

/** The whole difference of two documents as one range. */
export function rangeBetween(before: Node, after: Node): Range[] {
  const start = before.content.findDiffStart(after.content);
  if (start === null) return [];
  let { a, b } = before.content.findDiffEnd(after.content) ?? { a: start, b: start };
  const overlap = start - Math.min(a, b);
  if (overlap > 0) [a, b] = [a + overlap, b + overlap];
  return [{ fromA: start, toA: a, fromB: start, toB: b }];
}

export interface Chosen {
  /** A new id for a paragraph, a card, a row. */
  newID: () => string;
  now: number;
  random: () => number;
  order: (before: string, after: string | undefined) => string;
}

/** Plans what a change of the editor, within these ranges, does to the document. */
export function plan(flows: Flows, before: Node, after: Node, ranges: readonly Range[], chosen: Chosen): Plan {
  return new Planner(flows, before, after, chosen).plan(ranges);
}

/** A piece of a line, its end, or a card, as it was: with where it is in the flow. */
type Was =
  | { kind: "text"; from: number; to: number }
  | { kind: "end"; from: number; to: number; seen: Seen; block: Block }
  | { kind: "card"; from: number; to: number; key: string; seen: Seen };

/** The same as it is now. */
type Is =
  | { kind: "text"; units: Unit[] }
  | { kind: "end"; seen: Seen }
  | { kind: "card"; key: string; seen: Seen };

class Planner {
  readonly #flows: Flows;
  readonly #before: Node;
  readonly #after: Node;
  readonly #chosen: Chosen;
  readonly #operations = new Map<string, Operation[]>();
  readonly #values: [string, unknown][] = [];
  readonly #tables: [string, unknown][] = [];
  readonly #touched: [string, number][] = [];
  readonly #gone = new Map<string, { kind: string; id: string }>(); // cards that were in a range
  readonly #came: { unit: Unit & { kind: "card" }; node: Node }[] = [];

  constructor(flows: Flows, before: Node, after: Node, chosen: Chosen) {
    this.#flows = flows;
    this.#before = before;
    this.#after = after;
    this.#chosen = chosen;
  }

  plan(ranges: readonly Range[]): Plan {
    for (const range of ranges) this.#range(range);
    const removed = this.#cards();
    for (const list of this.#operations.values()) list.sort((a, b) => a.at - b.at || a.remove - b.remove);
    return { operations: this.#operations, values: this.#values, removed, tables: this.#tables, touched: this.#touched };
  }

  #operation(flow: string, operation: Operation): void {
    if (operation.remove === 0 && operation.insert.length === 0) return;
    this.#operations.set(flow, [...(this.#operations.get(flow) ?? []), operation]);
  }

  #range({ fromA, toA, fromB, toB }: Range): void {
    const a = containerAt(this.#before.resolve(fromA), this.#flows.cards);
    const b = containerAt(this.#after.resolve(fromB), this.#flows.cards);
    if (!a || !b || a.flow !== b.flow) throw new Crossing();
    const [endA, endB] = [containerAt(this.#before.resolve(toA), this.#flows.cards), containerAt(this.#after.resolve(toB), this.#flows.cards)];
    if (endA?.start !== a.start || endB?.start !== b.start) throw new Crossing();
    const flow = this.#flows.flow(a.flow);
    const linesA = linesBetween(a.node, a.start, fromA, toA);
    const linesB = linesBetween(b.node, b.start, fromB, toB);
    for (const { ordinal } of linesB) this.#touched.push([a.flow, ordinal]);
    const starts = startsOf(flow);
    const was = this.#was(flow, starts, linesA, fromA, toA);
    const is = this.#is(linesB, fromB, toB);
    const kept: [Block, Seen, Seen][] = []; // what was a line and is one still
    let at = placeOf(flow, starts, linesA, fromA);

    while (was[0] && is[0] && sameUnit(was[0], is[0])) {
      const [old, now] = [was.shift() as Was, is.shift() as Is];
      if (old.kind === "end" && now.kind === "end") kept.push([old.block, old.seen, now.seen]);
      at = old.to;
    }
    const ends: [Was, Is][] = [];
    while (was.at(-1) && is.at(-1) && sameUnit(was.at(-1) as Was, is.at(-1) as Is)) ends.unshift([was.pop() as Was, is.pop() as Is]);
    for (const [old, now] of ends) if (old.kind === "end" && now.kind === "end") kept.push([old.block, old.seen, now.seen]);

    const tailA = linesA.find((line) => line.line && line.pos < toA && toA < line.pos + line.node.nodeSize);
    const tailB = linesB.find((line) => line.line && line.pos < toB && toB < line.pos + line.node.nodeSize);
    const tail = tailA ? flow.shown()[tailA.ordinal] : undefined;

    const first = is[0];
    const leaves = was.length === 0 && first?.kind === "end" && ends.length === 0 && tailA && tailB && tail;
    if (leaves && tail.end === "mark" && fromA === tailA.pos + tailA.node.nodeSize - 1 && tailB.node.content.size === 0) {
      // At the end of a paragraph the new mark goes behind the old one, which keeps what it is.
      kept.push([tail, tailA, first.seen]);
      is.shift();
      is.push({ kind: "end", seen: tailB });
      at = (starts[flow.blocks.indexOf(tail)] ?? 0) + tail.length;
    } else if (tailA && tailB && tail) {
      kept.push([tail, tailA, tailB]);
    }

    const begin = was[0] ? was[0].from : at;
    const end = was.at(-1)?.to ?? begin;
    const insert = is.flatMap((unit) => this.#units(unit, tail, tailA));
    this.#operation(a.flow, { at: begin, remove: end - begin, insert });
    for (const old of was) if (old.kind === "card") this.#gone.set(old.key, cardIn(old.seen.node));

    const alone = linesB.length === 1 && this.#countB(b.flow) === 1;
    for (const [block, old, now] of kept) this.#keep(flow, starts, block, old, now, alone);
  }

  #countB(flow: string): number {
    const container = containerOf(this.#after, flow, this.#flows.cards);
    let count = 0;
    container?.node.forEach(() => count++);
    return count;
  }

  /** A line that stays: what it is may have changed, and without a mark it may need one now. */
  #keep(flow: Flow, starts: readonly number[], block: Block, old: Seen, now: Seen, alone: boolean): void {
    const lineA = old.line;
    const lineB = now.line;
    if (!lineA || !lineB) return;
    if (block.end === "mark") {
      this.#values.push(...difference(block.id, lineA, lineB));
      return;
    }
    // Who adds a mark later may do so while another types in front of it: so the first word at the end gets
    // one. A change further up adds none, for the words at the end may be somebody's who is typing there.
    const end = (starts[flow.blocks.indexOf(block)] ?? 0) + block.length;
    const last = this.#operations.get(flow.name)?.some((one) => one.at <= end && one.at + one.remove >= end) ?? false;
    if (sameLine(lineA, lineB) && (now.node.content.size === 0 ? alone : !last)) return;
    const id = this.#chosen.newID();
    this.#operation(flow.name, {
      at: end, remove: 0, insert: [{ kind: "mark", id, attrs: standing(block, block.length), ends: true }],
    });
    this.#values.push(...valuesFor(id, lineB));
  }

  #was(flow: Flow, starts: readonly number[], lines: readonly Seen[], from: number, to: number): Was[] {
    const shown = flow.shown();
    const found: Was[] = [];
    for (const seen of lines) {
      const block = shown[seen.ordinal];
      if (!block) throw new Crossing();
      const start = starts[flow.blocks.indexOf(block)] ?? 0;
      const close = seen.pos + seen.node.nodeSize;
      if (!seen.line) {
        const key = keyOf(cardIn(seen.node));
        if (from <= seen.pos && close <= to) found.push({ kind: "card", from: start, to: start + block.length, key, seen });
        continue;
      }
      const x = Math.max(from, seen.pos + 1);
      const y = Math.min(to, close - 1);
      if (x < y) {
        const [a, b] = [x, y].map((pos) => start + unitsBefore(block, pos - seen.pos - 1)) as [number, number];
        found.push({ kind: "text", from: a, to: b });
      }
      if (from <= close - 1 && close <= to) {
        const end = start + block.length;
        found.push({ kind: "end", from: block.end === "mark" ? end - 1 : end, to: end, seen, block });
      }
    }
    return found;
  }

  #is(lines: readonly Seen[], from: number, to: number): Is[] {
    const found: Is[] = [];
    for (const seen of lines) {
      const close = seen.pos + seen.node.nodeSize;
      if (!seen.line) {
        if (from <= seen.pos && close <= to) found.push({ kind: "card", key: keyOf(cardIn(seen.node)), seen });
        continue;
      }
      const x = Math.max(from, seen.pos + 1) - seen.pos - 1;
      const y = Math.min(to, close - 1) - seen.pos - 1;
      if (x < y) found.push({ kind: "text", units: unitsIn(seen.node, x, y) });
      if (from <= close - 1 && close <= to) found.push({ kind: "end", seen });
    }
    return found;
  }

  #units(unit: Is, tail: Block | undefined, tailA: Seen | undefined): Unit[] {
    if (unit.kind === "text") return unit.units;
    if (unit.kind === "card") {
      const { kind, id } = cardIn(unit.seen.node);
      const card: Unit & { kind: "card" } = { kind: "card", card: kind, id, place: 0 };
      this.#came.push({ unit: card, node: unit.seen.node });
      return [card];
    }
    const id = this.#chosen.newID();
    const line = unit.seen.line as Line;
    this.#values.push(...valuesFor(id, line));
    // What we do not know of a paragraph holds for both of its halves.
    if (tail?.id && tailA?.line && sameLine(line, tailA.line)) this.#values.push(...others(this.#flows, tail.id, id));
    return [{ kind: "mark", id, attrs: noAttrs }];
  }

  /** Says what becomes of cards: moved, removed, put back, new, or new under another id. */
  #cards(): Removal[] {
    const { newID, now } = this.#chosen;
    const taken = new Set<string>();
    for (const { unit, node } of this.#came) {
      const key = keyOf({ kind: unit.card, id: unit.id });
      const known = this.#known(unit.card, unit.id);
      const here = this.#flows.card(unit.card, unit.id) !== undefined && !this.#gone.has(key);
      if (unit.id === "" || here || taken.has(key)) {
        unit.id = newID();
        this.#fill(unit, node);
      } else if (!known) {
        this.#fill(unit, node);
      }
      taken.add(keyOf({ kind: unit.card, id: unit.id }));
      unit.place = this.#flows.placeAbove(unit.card, unit.id, now);
      if (known) this.#clear(unit.card, unit.id);
    }
    const removed: Removal[] = [];
    for (const [key, { kind, id }] of this.#gone) {
      if (taken.has(key)) continue;
      removed.push(removal(this.#flows, kind, id, now));
      this.#clear(kind, id);
    }
    return removed;
  }

  #known(kind: string, id: string): boolean {
    if (id === "") return false;
    if (this.#flows.references(kind, id).length > 0 || this.#flows.removed.has(keyOf({ kind, id }))) return true;
    return this.#flows.flowsOf(kind, id).some((name) => (this.#flows.doc.share.get(name)?._length ?? 0) > 0);
  }

  /** Takes every reference of a card away that no operation takes yet. */
  #clear(kind: string, id: string): void {
    for (const at of indexesOf(this.#flows.body, kind, id)) {
      const list = this.#operations.get("body") ?? [];
      if (!list.some((one) => one.at <= at && at < one.at + one.remove)) this.#operation("body", { at, remove: 1, insert: [] });
    }
  }

  /** The words of a new card. */
  #fill(unit: Unit & { kind: "card" }, node: Node): void {
    if (node.type.name === "table") return this.#fillTable(unit.id, node);
    if (this.#flows.cards[unit.card]) node.forEach((part) => this.#fillFlow(`${part.type.name}:${unit.id}`, part));
  }

  #fillTable(id: string, node: Node): void {
    let width = 0;
    node.forEach((row) => (width = Math.max(width, row.childCount)));
    const orders = (count: number, what: string): string[] => {
      let order = "";
      return Array.from({ length: count }, () => {
        order = this.#chosen.order(order, undefined);
        const part = this.#chosen.newID();
        this.#tables.push([`${id}:${what}:${part}`, order]);
        return part;
      });
    };
    const columns = orders(width, "column");
    const rows = orders(node.childCount, "row");
    let header = node.childCount > 0;
    node.firstChild?.forEach((cell) => (header &&= cell.type.name === "tableHeader"));
    if (header) this.#tables.push([`${id}:header`, true]);
    node.forEach((row, _, i) => row.forEach((cell, __, j) => this.#fillFlow(`cell:${id}:${rows[i] ?? ""}:${columns[j] ?? ""}`, cell)));
  }

  #fillFlow(flow: string, container: Node): void {
    const lines = linesBetween(container, 0);
    const insert = lines.flatMap((seen): Unit[] => {
      if (!seen.line) return [];
      const id = this.#chosen.newID();
      this.#values.push(...valuesFor(id, seen.line));
      return [...unitsIn(seen.node, 0, seen.node.content.size), { kind: "mark", id, attrs: noAttrs }];
    });
    this.#operation(flow, { at: 0, remove: 0, insert });
  }
}

/** What says of a card that it is removed. */
export const removal = (flows: Flows, kind: string, id: string, now: number): Removal =>
  [keyOf({ kind, id }), flows.placeAbove(kind, id, now), standingAt(flows, kind, id)];

/** What a card of the editor is a reference to. */
export function cardIn(node: Node): { kind: string; id: string } {
  const reference = node.type.name === "unknownBlock" ? referenceOf({ ...(node.attrs["value"] as object), place: 0 }) : undefined;
  return reference ?? { kind: node.type.name, id: String(node.attrs["id"] ?? "") };
}

/** Where each block of a flow begins. */
function startsOf(flow: Flow): number[] {
  let at = 0;
  return flow.blocks.map((block) => (at += block.length) - block.length);
}

/** Where a place of the editor is in the flow. */
function placeOf(flow: Flow, starts: readonly number[], lines: readonly Seen[], pos: number): number {
  const shown = flow.shown();
  const at = (ordinal: number): number => {
    const block = shown[ordinal];
    return block ? (starts[flow.blocks.indexOf(block)] ?? 0) : flow.length;
  };
  for (const seen of lines) {
    const block = shown[seen.ordinal];
    if (!block) throw new Crossing();
    if (pos <= seen.pos) return at(seen.ordinal);
    if (seen.line && pos < seen.pos + seen.node.nodeSize) return at(seen.ordinal) + unitsBefore(block, pos - seen.pos - 1);
  }
  return at((lines.at(-1)?.ordinal ?? -1) + 1);
}

function sameUnit(was: Was, is: Is): boolean {
  if (was.kind === "end") return is.kind === "end";
  return was.kind === "card" && is.kind === "card" && was.key === is.key;
}

/** The content of a line between two places in it. */
export function unitsIn(line: Node, from: number, to: number): Unit[] {
  const units: Unit[] = [];
  line.nodesBetween(from, to, (node, pos) => {
    const attrs = attrsOf(node.marks);
    if (node.isText) units.push({ kind: "text", text: (node.text ?? "").slice(Math.max(0, from - pos), to - pos), attrs });
    else if (node.type.name === "hardBreak") units.push({ kind: "text", text: "\n", attrs });
    // What would be a mark or a card where it goes now was none where it came from, and is not made one.
    else if (node.type.name === "unknownInline" && !markOf(node.attrs["value"]) && !referenceOf(node.attrs["value"])) {
      units.push({ kind: "embed", embed: node.attrs["value"], attrs });
    }
    return false;
  });
  return units;
}

/** The attributes that stand at a place of a block. */
export function standing(block: Block, units: number): Attrs {
  let at = 0;
  let attrs: Attrs = noAttrs;
  for (const token of block.tokens) {
    if (at >= units) break;
    attrs = token.attrs;
    at += isCharacters(token) ? token.text.length : 1;
  }
  return attrs;
}

export const valuesFor = (id: string, line: Line): [string, unknown][] =>
  Object.entries(valuesOf(line))
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [`${id}:${name}`, value]);

/** What makes one line another: only what differs is written. */
export function difference(id: string, old: Line, now: Line): [string, unknown][] {
  const a = valuesOf(old);
  const b = valuesOf(now);
  return lineNames.filter((name) => a[name] !== b[name]).map((name) => [`${id}:${name}`, b[name]]);
}

/** The values that we do not know of one paragraph, for another. */
export function others(flows: Flows, from: string, to: string): [string, unknown][] {
  return [...flows.otherNames]
    .filter((name) => flows.marks.has(`${from}:${name}`))
    .map((name) => [`${to}:${name}`, flows.marks.get(`${from}:${name}`)]);
}

/** Where the references to a card stand in the body, also those that show nothing. */
export function indexesOf(flow: Flow, kind: string, id: string): number[] {
  const found: number[] = [];
  let at = 0;
  for (const block of flow.blocks) {
    for (const token of block.tokens) {
      if (isCharacters(token)) {
        at += token.text.length;
        continue;
      }
      if (token.reference?.kind === kind && token.reference.id === id) found.push(at);
      at += 1;
    }
  }
  return found;
}

/** Text whose attributes are not those of the editor, in order of the flow. */
export interface Restyling {
  flow: string;
  at: number;
  length: number;
  attrs: Record<string, unknown>;
}

/** What steps that set and remove marks did, once the document has all the text. */
export function restylings(flows: Flows, after: Node, steps: readonly Step[]): Restyling[] {
  const mapping = new Mapping(steps.map((step) => step.getMap()));
  const found: Restyling[] = [];
  const seen = new Set<string>();
  steps.forEach((step, i) => {
    if (!(step instanceof AddMarkStep || step instanceof RemoveMarkStep)) return;
    const on = mapping.slice(i + 1);
    const [from, to] = [on.map(step.from, 1), on.map(step.to, -1)];
    after.nodesBetween(from, Math.max(from, to), (node, pos) => {
      if (!node.isTextblock) return true;
      const $pos = after.resolve(pos + 1);
      const container = containerAt($pos, flows.cards);
      if (!container) return false;
      const flow = flows.flow(container.flow);
      const ordinal = ordinalAt($pos, container);
      const key = `${container.flow} ${ordinal}`;
      const block = flow.shown()[ordinal];
      if (block && !seen.has(key)) found.push(...restyled(flow, block, node));
      seen.add(key);
      return false;
    });
  });
  return found;
}

function restyled(flow: Flow, block: Block, line: Node): Restyling[] {
  const found: Restyling[] = [];
  const now: { attrs: Attrs; length: number }[] = [];
  line.forEach((node) => now.push({ attrs: attrsOf(node.marks), length: node.nodeSize }));
  let at = flow.startOf(block);
  let run = 0;
  let left = now[0]?.length ?? 0;
  for (const token of block.tokens) {
    let length = isCharacters(token) ? token.text.length : 1;
    if (!inLine(token)) {
      at += length;
      continue;
    }
    while (length > 0 && now[run]) {
      const take = Math.min(length, left);
      const wanted = (now[run] as { attrs: Attrs }).attrs;
      if (!sameValue(token.attrs, wanted)) found.push({ flow: flow.name, at, length: take, attrs: change(token.attrs, wanted) });
      at += take;
      length -= take;
      left -= take;
      if (left === 0) left = now[++run]?.length ?? 0;
    }
  }
  return found;
}

function change(old: Attrs, now: Attrs): Record<string, unknown> {
  const attrs: Record<string, unknown> = {};
  for (const name of Object.keys(old)) if (!(name in now)) attrs[name] = null;
  for (const [name, value] of Object.entries(now)) if (!sameValue(old[name], value)) attrs[name] = value;
  return attrs;
}
