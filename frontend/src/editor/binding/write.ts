// The only place that writes into the shared document.
import * as Y from "yjs";
import { sameValue } from "./flow.ts";
import type { Flows } from "./flows.ts";
import { type Attrs, embedOf } from "./model.ts";
import type { Operation, Plan, Restyling, Unit } from "./plan.ts";
import { rules } from "./rules.ts";

/** Writes a plan, from right to left in each flow, within the transaction of the caller. */
export function write(flows: Flows, transaction: Y.Transaction, { operations, values, removed, tables }: Plan): void {
  const { doc } = flows;
  for (const [key, value] of tables) {
    if (value === undefined) flows.tables.delete(key);
    else flows.tables.set(key, value);
  }
  for (const [key, place] of removed) if (rules.places) flows.removed.set(key, place);
  for (const [key, value] of values) {
    if (value === undefined) flows.marks.delete(key);
    else flows.marks.set(key, value);
  }
  // The body comes last: who sees a card sees its words.
  for (const [name, list] of [...operations].sort(([a], [b]) => Number(a === "body") - Number(b === "body"))) {
    const text = doc.getText(name);
    for (const operation of [...list].reverse()) writeOne(transaction, text, operation);
  }
}

/** Writes attributes of text. */
export function restyle(flows: Flows, found: readonly Restyling[]): void {
  for (const { flow, at, length, attrs } of found) flows.doc.getText(flow).format(at, length, attrs);
}

function writeOne(transaction: Y.Transaction, text: Y.Text, { at, remove, insert }: Operation): void {
  // What is new goes first: it belongs to what stands before, and a place in what goes is no place.
  let end = at;
  for (const unit of insert) end += put(transaction, text, end, unit);
  if (remove > 0) text.delete(end, remove);
}

function put(transaction: Y.Transaction, text: Y.Text, at: number, unit: Unit): number {
  switch (unit.kind) {
    case "text":
      putText(transaction, text, at, unit.text, unit.attrs);
      return unit.text.length;
    case "embed":
      putEmbed(transaction, text, at, unit.embed, unit.attrs);
      return 1;
    case "mark":
      putEmbed(transaction, text, at, { p: unit.id }, unit.attrs);
      return 1;
    case "card":
      putEmbed(transaction, text, at, embedOf({ kind: unit.card, id: unit.id, place: unit.place }), unit.attrs ?? {});
      return 1;
  }
}

function putText(transaction: Y.Transaction, text: Y.Text, at: number, words: string, attrs: Attrs): void {
  if (!rules.explicitAttributes) return text.insert(at, words);
  const spot = rules.behindOwnLetter ? spotAt(text, at) : undefined;
  if (spot && sameValue(spot.attrs, attrs)) return putItem(transaction, text, spot, new Y.ContentString(words));
  text.insert(at, words, { ...attrs });
}

/** An embed takes the attributes that stand where it goes. */
function putEmbed(transaction: Y.Transaction, text: Y.Text, at: number, value: unknown, attrs: Attrs): void {
  if (rules.behindOwnLetter) return putItem(transaction, text, spotAt(text, at), new Y.ContentEmbed(value as object));
  text.insertEmbed(at, value as object, { ...attrs });
}

interface Spot {
  /** The unit directly before, also when something deleted follows it. */
  left: Y.ID | null;
  right: Y.ID | null;
  attrs: Record<string, unknown>;
}

/** What is directly behind a letter. An index would skip what was deleted there, and so letters part that
 * others come between. */
function spotAt(text: Y.Text, index: number): Spot {
  const attrs: Record<string, unknown> = {};
  let left: Y.Item | null = null;
  let before = 0;
  for (let item = text._start; item && before < index; item = item.right) {
    left = item;
    if (item.deleted) continue;
    if (item.content instanceof Y.ContentFormat) {
      const { key, value } = item.content as { key: string; value: unknown };
      if (value === null) delete attrs[key];
      else attrs[key] = value;
      continue;
    }
    const rest = index - before;
    if (item.countable && item.length > rest) {
      const { client, clock } = item.id;
      return { left: Y.createID(client, clock + rest - 1), right: Y.createID(client, clock + rest), attrs };
    }
    if (item.countable) before += item.length;
  }
  const right: Y.Item | null = left ? left.right : text._start;
  return { left: left ? left.lastId : null, right: right ? right.id : null, attrs };
}

function putItem(transaction: Y.Transaction, text: Y.Text, { left, right }: Spot, content: Y.ContentString | Y.ContentEmbed): void {
  const { doc } = transaction;
  const id = Y.createID(doc.clientID, Y.getState(doc.store, doc.clientID));
  const item = new Y.Item(id, null, left, null, right, left || right ? null : text, null, content);
  item.getMissing(transaction, doc.store); // finds the neighbours, and divides them
  item.integrate(transaction, 0);
  // The text remembers where some indexes are; it does not know of this.
  const markers: unknown[] | null = (text as unknown as { _searchMarker: unknown[] | null })._searchMarker;
  if (markers) markers.length = 0;
}
