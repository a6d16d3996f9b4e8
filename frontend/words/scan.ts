// Reads a document as docs/document.md says, straight from the items of Yjs. It is written for the
// test and shares nothing with the binding, so that a mistake there is not repeated here.
import * as Y from "yjs";

/** One thing that stands in a flow. Units that are deleted are left out. */
export interface Unit {
  client: number;
  clock: number;
  kind: "char" | "mark" | "card" | "hidden" | "other";
  /** The character; of a mark its paragraph, of a card KIND:ID, of what is not known its JSON. */
  value: string;
  attributes: Readonly<Record<string, unknown>>;
}

/** Where a word was found. */
export interface Seen {
  flow: string;
  /** The mark that ends the stretch of the flow in which it stands; empty is the end of the flow. */
  stretch: string;
  at: number;
  /** Which letter its first is: it stays the same as long as nobody writes the word anew. */
  first: string;
  /** Which letter its last is. */
  last: string;
  shown: boolean;
  /** Whether its letters were not written one after the other by one person: what two wrote may spell a third word. */
  mixed: boolean;
  /** Attributes of the first letter, and those of them that not all letters have alike. */
  attributes: Readonly<Record<string, unknown>>;
  uneven: ReadonlySet<string>;
}

export interface Piece {
  text: string;
  flow: string;
  first: string;
  mixed: boolean;
}

/** What a reader finds in a document. */
export interface Scan {
  /** Whole words, each with all places where it stands, hidden flows included. */
  words: Map<string, Seen[]>;
  /** Letters that belong to no whole word, with the flow they stand in and which letter the first is. */
  pieces: Piece[];
  /** The living marks of each flow, in order. */
  marks: Map<string, string[]>;
  /** The cards that are shown, KIND:ID with their place. */
  cards: Map<string, number>;
  /** What is not known and stands in a flow, as JSON, with how often. */
  others: Map<string, number>;
}

export const wordLength = 6;
const runs = /[A-Z][a-z]*|[a-z]+/g;
const nameOfFlow = /^(?:body|(?:statement|rationale|plain|caption|cell):.*)$/s;
const id = /^[A-Za-z0-9-]{1,64}$/;
const none: Readonly<Record<string, unknown>> = Object.freeze({});

export interface Reference {
  kind: string;
  id: string;
  place: number;
}

/** Returns the reference that an embed is, or nothing. */
export function reference(embed: unknown): Reference | undefined {
  if (typeof embed !== "object" || embed === null || Array.isArray(embed)) return undefined;
  const values = embed as Record<string, unknown>;
  const keys = Object.keys(values);
  if (keys.length !== 2 || typeof values["place"] !== "number") return undefined;
  const kind = keys.find((key) => key !== "place");
  if (kind === undefined || kind === "p") return undefined;
  const name = values[kind];
  return typeof name === "string" && id.test(name) ? { kind, id: name, place: values["place"] } : undefined;
}

/** Returns the paragraph that a mark ends, or nothing when the embed is no mark. */
export function markOf(embed: unknown): string | undefined {
  if (typeof embed !== "object" || embed === null || Array.isArray(embed)) return undefined;
  const values = embed as Record<string, unknown>;
  const keys = Object.keys(values);
  const name = values["p"];
  return keys.length === 1 && typeof name === "string" && id.test(name) ? name : undefined;
}

export function flows(doc: Y.Doc): string[] {
  return [...doc.share.keys()].filter((name) => nameOfFlow.test(name));
}

function start(doc: Y.Doc, flow: string): Y.Item | null {
  const type = doc.share.get(flow);
  return type === undefined ? null : type._start;
}

type Cards = Map<string, { item: Y.Item; place: number }>;

/** What was read of a document, until it changes. */
interface Read {
  cards: Cards | undefined;
  units: Map<string, Unit[]>;
  scan: Scan | undefined;
}

const reads = new WeakMap<Y.Doc, Read>();

function readOf(doc: Y.Doc): Read {
  let read = reads.get(doc);
  if (read === undefined) {
    const made: Read = { cards: undefined, units: new Map(), scan: undefined };
    doc.on("afterTransaction", () => {
      made.cards = undefined;
      made.units.clear();
      made.scan = undefined;
    });
    reads.set(doc, made);
    read = made;
  }
  return read;
}

/** The cards that are alive, KIND:ID with the item that is the card. */
export function liveCards(doc: Y.Doc): Cards {
  const read = readOf(doc);
  return (read.cards ??= findCards(doc));
}

function findCards(doc: Y.Doc): Cards {
  const found = new Map<string, { item: Y.Item; place: number }>();
  const removed = doc.getMap("removed");
  const tables = doc.getMap("tables");
  const hasRow = new Set<string>();
  const hasColumn = new Set<string>();
  for (const key of tables.keys()) {
    const part = key.split(":");
    if (part[1] === "row") hasRow.add(part[0] ?? "");
    if (part[1] === "column") hasColumn.add(part[0] ?? "");
  }
  for (let item = start(doc, "body"); item !== null; item = item.right) {
    if (item.deleted || !(item.content instanceof Y.ContentEmbed)) continue;
    const ref = reference(item.content.embed);
    if (ref === undefined) continue;
    const key = `${ref.kind}:${ref.id}`;
    const until = removed.get(key);
    if (typeof until === "number" && ref.place <= until) continue;
    if (ref.kind === "table" && !(hasRow.has(ref.id) && hasColumn.has(ref.id))) continue;
    const best = found.get(key);
    if (
      best === undefined ||
      ref.place > best.place ||
      (ref.place === best.place &&
        (item.id.client > best.item.id.client || (item.id.client === best.item.id.client && item.id.clock > best.item.id.clock)))
    ) {
      found.set(key, { item, place: ref.place });
    }
  }
  return found;
}

/** Everything that stands in a flow, in order. */
export function units(doc: Y.Doc, flow: string): readonly Unit[] {
  const { units: known } = readOf(doc);
  const found = known.get(flow) ?? findUnits(doc, flow, liveCards(doc));
  known.set(flow, found);
  return found;
}

/** What stands in a flow and is not hidden. */
export const visibleUnits = (doc: Y.Doc, flow: string): readonly Unit[] => units(doc, flow).filter((u) => u.kind !== "hidden");

function findUnits(doc: Y.Doc, flow: string, cards: Cards): Unit[] {
  const out: Unit[] = [];
  const marks = new Set<string>();
  let attributes = none;
  for (let item = start(doc, flow); item !== null; item = item.right) {
    if (item.deleted) continue;
    const { client, clock } = item.id;
    const content = item.content;
    if (content instanceof Y.ContentString) {
      for (let i = 0; i < content.str.length; i++) {
        out.push({ client, clock: clock + i, kind: "char", value: content.str[i] as string, attributes });
      }
    } else if (content instanceof Y.ContentFormat) {
      const next = { ...attributes };
      if (content.value === null) delete next[content.key];
      else next[content.key] = content.value;
      attributes = next;
    } else if (content instanceof Y.ContentEmbed) {
      const mark = markOf(content.embed);
      const ref = reference(content.embed);
      if (mark !== undefined) {
        out.push({ client, clock, kind: marks.has(mark) ? "hidden" : "mark", value: mark, attributes });
        marks.add(mark);
      } else if (ref !== undefined && flow === "body") {
        const key = `${ref.kind}:${ref.id}`;
        out.push({ client, clock, kind: cards.get(key)?.item === item ? "card" : "hidden", value: key, attributes });
      } else {
        out.push({ client, clock, kind: "other", value: JSON.stringify(content.embed), attributes });
      }
    }
  }
  return out;
}

/** Reports for each flow whether it is shown. */
export function shown(doc: Y.Doc): (flow: string) => boolean {
  const cards = liveCards(doc);
  const tables = doc.getMap("tables");
  return (flow) => {
    if (flow === "body") return true;
    const [part, name, row, column] = flow.split(":");
    if (part === "statement" || part === "rationale") return cards.has(`requirement:${name}`);
    if (part !== "cell") return false;
    return cards.has(`table:${name}`) && tables.has(`${name}:row:${row}`) && tables.has(`${name}:column:${column}`);
  };
}

/** Reads all words, pieces of words, marks and cards. */
export function scan(doc: Y.Doc): Scan {
  const read = readOf(doc);
  return (read.scan ??= findAll(doc));
}

function findAll(doc: Y.Doc): Scan {
  const cards = liveCards(doc);
  const visible = shown(doc);
  const out: Scan = { words: new Map(), pieces: [], marks: new Map(), cards: new Map(), others: new Map() };
  for (const [key, card] of cards) out.cards.set(key, card.place);
  for (const flow of flows(doc)) scanFlow(doc, flow, visible(flow), out);
  return out;
}

function scanFlow(doc: Y.Doc, flow: string, visible: boolean, out: Scan): void {
  let text = "";
  let attributes = none;
  const marks: { id: string; at: number }[] = [];
  const known = new Set<string>();
  const runsAt: { at: number; client: number; clock: number }[] = [];
  const attributesAt: { at: number; attributes: Readonly<Record<string, unknown>> }[] = [{ at: 0, attributes }];
  for (let item = start(doc, flow); item !== null; item = item.right) {
    if (item.deleted) continue;
    const content = item.content;
    if (content instanceof Y.ContentString) {
      runsAt.push({ at: text.length, client: item.id.client, clock: item.id.clock });
      text += content.str;
    } else if (content instanceof Y.ContentFormat) {
      const next = { ...attributes };
      if (content.value === null) delete next[content.key];
      else next[content.key] = content.value;
      attributes = next;
      attributesAt.push({ at: text.length, attributes });
    } else if (content instanceof Y.ContentEmbed) {
      const mark = markOf(content.embed);
      if (mark !== undefined) {
        if (!known.has(mark)) {
          known.add(mark);
          marks.push({ id: mark, at: text.length });
          text += "\u0001";
        }
      } else if (flow === "body" && reference(content.embed) !== undefined) {
        const ref = reference(content.embed) as Reference;
        const key = `${ref.kind}:${ref.id}`;
        // What is shown splits a word; what is hidden stands between its letters as if it were not there.
        if (out.cards.get(key) === ref.place) text += "\u0002";
      } else {
        const json = JSON.stringify(content.embed);
        out.others.set(json, (out.others.get(json) ?? 0) + 1);
        text += "\uFFFC";
      }
    }
  }
  out.marks.set(
    flow,
    marks.map((mark) => mark.id),
  );
  let m = 0;
  let a = 0;
  let r = 0;
  runs.lastIndex = 0;
  for (let found = runs.exec(text); found !== null; found = runs.exec(text)) {
    const at = found.index;
    while (m < marks.length && (marks[m] as { at: number }).at < at) m++;
    while (a + 1 < attributesAt.length && (attributesAt[a + 1] as { at: number }).at <= at) a++;
    while (r + 1 < runsAt.length && (runsAt[r + 1] as { at: number }).at <= at) r++;
    const run = found[0];
    const first = letterAt(runsAt, r, at);
    if (run.length < wordLength || run[0] === run[0]?.toLowerCase()) {
      out.pieces.push({ text: run, flow, first, mixed: isMixed(runsAt, r, at + run.length) });
      continue;
    }
    const token = run.slice(0, wordLength);
    if (run.length > wordLength) out.pieces.push({ text: run.slice(wordLength), flow, first, mixed: isMixed(runsAt, r, at + run.length) });
    const format = attributesAt[a] as { at: number; attributes: Readonly<Record<string, unknown>> };
    const following = attributesAt[a + 1];
    const uneven = following === undefined || following.at >= at + wordLength ? nothing : unevenUntil(attributesAt, a, at + wordLength);
    const seen: Seen = {
      mixed: isMixed(runsAt, r, at + wordLength),
      first,
      last: letterAt(runsAt, r, at + wordLength - 1),
      flow,
      stretch: marks[m]?.id ?? "",
      at,
      shown: visible,
      attributes: format.attributes,
      uneven,
    };
    const list = out.words.get(token);
    if (list === undefined) out.words.set(token, [seen]);
    else list.push(seen);
  }
}

/** Which letter stands at a place, in the run from or behind it. */
function letterAt(list: { at: number; client: number; clock: number }[], from: number, at: number): string {
  let i = from;
  while (i + 1 < list.length && (list[i + 1]?.at ?? at) <= at) i++;
  const item = list[i] as { at: number; client: number; clock: number };
  return `${item.client}:${item.clock + at - item.at}`;
}

/** Whether the letters up to end, from the run on in which the first is, are of several people or out of order. */
function isMixed(list: { at: number; client: number; clock: number }[], from: number, end: number): boolean {
  for (let i = from + 1; i < list.length && (list[i]?.at ?? end) < end; i++) {
    const [before, here] = [list[i - 1], list[i]];
    if (before?.client !== here?.client || (before?.clock ?? 0) > (here?.clock ?? 0)) return true;
  }
  return false;
}

const nothing: ReadonlySet<string> = new Set();

/** Names of attributes that are not the same from one place up to another. */
function unevenUntil(list: { at: number; attributes: Readonly<Record<string, unknown>> }[], from: number, end: number): ReadonlySet<string> {
  const uneven = new Set<string>();
  const first = list[from]?.attributes ?? none;
  for (let i = from + 1; i < list.length && (list[i]?.at ?? end) < end; i++) {
    // Several formats at one spot count as their last.
    if (list[i + 1]?.at === list[i]?.at) continue;
    const here = list[i]?.attributes ?? none;
    for (const name of [...Object.keys(first), ...Object.keys(here)]) if (canonical(first[name]) !== canonical(here[name])) uneven.add(name);
  }
  return uneven;
}

/** An attribute of a word, null when it has none; undefined when its letters do not have it alike. */
export function styleOf({ attributes, uneven }: Seen, name: string): unknown {
  return uneven.has(name) ? undefined : (attributes[name] ?? null);
}

/** JSON with its keys in order. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, v: unknown) =>
    typeof v === "object" && v !== null && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v as Record<string, unknown>).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );
}

/** Where each mark that a word has was begun. */
export function begunOf(doc: Y.Doc, word: Seen): ReadonlyMap<string, Y.ID> {
  const begun = new Map<string, Y.ID>();
  const [letter] = lettersOf(word);
  const until: unknown = letter && Y.getItem(doc.store, letter);
  for (let item = doc.getText(word.flow)._start; item !== null && item !== until; item = item.right) {
    if (item.deleted || !(item.content instanceof Y.ContentFormat)) continue;
    const { key, value } = item.content as { key: string; value: unknown };
    if (value === null) begun.delete(key);
    else begun.set(key, item.id);
  }
  return begun;
}

/** The first and the last letter of a word. */
export function lettersOf({ first, last }: Seen): Y.ID[] {
  return [first, last].map((letter) => {
    const [client = 0, clock = 0] = letter.split(":").map(Number);
    return Y.createID(client, clock);
  });
}
