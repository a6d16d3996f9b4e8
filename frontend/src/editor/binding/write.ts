// The only place that writes into the shared document.
import * as Y from "yjs";
import { sameValue } from "./flow.ts";
import type { Flows } from "./flows.ts";
import { atKey, type Attrs, embedOf } from "./model.ts";
import type { Operation, Plan, Restyling, Unit } from "./plan.ts";
import { rules } from "./rules.ts";

/** Writes a plan, from right to left in each flow, within the transaction of the caller. */
export function write(flows: Flows, transaction: Y.Transaction, { operations, values, removed, tables }: Plan): void {
  const { doc } = flows;
  for (const [key, value] of tables) {
    if (value === undefined) flows.tables.delete(key);
    else flows.tables.set(key, value);
  }
  for (const [key, place, at] of rules.places ? removed : []) {
    flows.removed.set(key, place);
    if (at !== undefined) flows.removed.set(atKey(key), at);
  }
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

/** Lets formats stay that seem not to matter any more. Yjs takes them away at everybody whom a change reaches,
 * and somebody whose next change is still on its way may count on them: what it makes bold would not be. */
export function keepFormats(transaction: Y.Transaction): void {
  if (rules.formatsStay) (transaction as unknown as { _needFormattingCleanup: boolean })._needFormattingCleanup = false;
}

/** Writes attributes of text. */
export function restyle(flows: Flows, transaction: Y.Transaction, found: readonly Restyling[]): void {
  for (const { flow, at, length, attrs } of found) {
    const text = flows.doc.getText(flow);
    for (const name in attrs) format(transaction, text, at, length, name, attrs[name]);
  }
}

/** Gives units an attribute. What begins or ends it around them stays, and every beginning that is written here has an end
 * of its own: whoever takes theirs away, or begins it anew at that moment, makes it run on through no other words. */
function format(transaction: Y.Transaction, text: Y.Text, at: number, length: number, name: string, value: unknown): void {
  const spot = spotAt(text, at);
  const { attrs } = spot;
  const ours = ({ deleted, content }: Y.Item): boolean => !deleted && content instanceof Y.ContentFormat && content.key === name;
  const say = (right: Y.Item, what: unknown): void =>
    putItem(transaction, text, { left: right.left && right.left.lastId, right: right.id }, new Y.ContentFormat(name, what as object));
  let item = cut(transaction, spot).right;
  for (; item && isBetween(item); item = item.right) note(attrs, item);
  if (!item) return;
  if (!sameValue(attrs[name] ?? null, value)) say(item, value);
  let last = item;
  for (let left = length; item && left > 0; item = item.right) {
    note(attrs, item);
    if (ours(item)) item.delete(transaction);
    if (isBetween(item)) continue;
    if (item.length > left) divide(transaction, item, left);
    left -= item.length;
    last = item;
  }
  let restored = attrs[name] ?? null;
  for (; item && isBetween(item); item = item.right) if (ours(item)) restored = null;
  if (sameValue(restored, value)) return;
  putItem(transaction, text, { left: last.lastId, right: last.right && last.right.id }, new Y.ContentFormat(name, restored as object));
  // What goes on behind these units ends where it did.
  while (restored !== null && item && !ours(item)) item = item.right;
  if (restored !== null && item) say(item, (item.content as Y.ContentFormat).value);
}

/** Does this stand between two units? */
const isBetween = ({ deleted, countable }: Y.Item): boolean => deleted || !countable;

function writeOne(transaction: Y.Transaction, text: Y.Text, { at, remove, insert }: Operation): void {
  // What is new goes first: it belongs to what stands before, and a place in what goes is no place.
  let end = at;
  for (const unit of insert) end += put(transaction, text, end, unit);
  if (remove > 0) take(transaction, text, end, remove);
}

/** Takes units away, and leaves the formats between them where they are. Yjs would take those along that end and begin
 * the same: somebody who changes the one half at that moment needs them for the other. */
function take(transaction: Y.Transaction, text: Y.Text, at: number, many: number): void {
  let { right: item } = cut(transaction, spotAt(text, at));
  for (let left = many; item && left > 0; item = item.right) {
    if (isBetween(item)) continue;
    if (item.length > left) divide(transaction, item, left);
    left -= item.length;
    item.delete(transaction);
  }
  forget(text);
}

/** Makes two of an item: so many of its units, and the rest. */
function divide(transaction: Y.Transaction, { id: { client, clock } }: Y.Item, units: number): void {
  cut(transaction, { left: Y.createID(client, clock + units - 1), right: Y.createID(client, clock + units) });
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
      putEmbed(transaction, text, at, { p: unit.id }, unit.attrs, unit);
      return 1;
    case "card":
      putEmbed(transaction, text, at, embedOf({ kind: unit.card, id: unit.id, place: unit.place }), unit.attrs ?? {}, unit);
      return 1;
  }
}

function putText(transaction: Y.Transaction, text: Y.Text, at: number, words: string, attrs: Attrs): void {
  if (!rules.explicitAttributes) return text.insert(at, words);
  if (!rules.behindOwnLetter) return text.insert(at, words, { ...attrs });
  const spot = spotAt(text, at);
  putItem(transaction, text, spot, new Y.ContentString(words));
  for (const name in { ...spot.attrs, ...attrs }) {
    const value = attrs[name] ?? null;
    if (!sameValue(spot.attrs[name] ?? null, value)) format(transaction, text, at, words.length, name, value);
  }
}

/** Attributes as they are behind an item. */
function note(attrs: Record<string, unknown>, { deleted, content }: Y.Item): void {
  if (deleted || !(content instanceof Y.ContentFormat)) return;
  const { key, value } = content as { key: string; value: unknown };
  if (value === null) delete attrs[key];
  else attrs[key] = value;
}

/** An embed takes the attributes that stand where it goes. */
function putEmbed(
  transaction: Y.Transaction, text: Y.Text, at: number, value: unknown, attrs: Attrs, { behind, ends }: { behind?: Y.ID; ends?: boolean } = {},
): void {
  if (rules.behindOwnLetter) {
    let spot: Spot = behind ? spotBehind(transaction, behind) : spotAt(text, at);
    if (ends) spot = spotBehindDeleted(transaction, spot);
    return putItem(transaction, text, spot, new Y.ContentEmbed(value as object), ends ? behindOthers : 0);
  }
  text.insertEmbed(at, value as object, { ...attrs });
}

type Content = Y.ContentString | Y.ContentEmbed | Y.ContentFormat;

interface Spot {
  /** The unit directly before, also when something deleted follows it. */
  left: Y.ID | null;
  right: Y.ID | null;
}

interface Styled extends Spot {
  attrs: Record<string, unknown>;
}

/** What is directly behind a letter. An index would skip what was deleted there, and so letters part that
 * others come between. */
function spotAt(text: Y.Text, index: number): Styled {
  const attrs: Record<string, unknown> = {};
  let left: Y.Item | null = null;
  let before = 0;
  for (let item = text._start; item && before < index; item = item.right) {
    left = item;
    note(attrs, item);
    if (isBetween(item)) continue;
    const rest = index - before;
    if (item.length > rest) {
      const { client, clock } = item.id;
      return { left: Y.createID(client, clock + rest - 1), right: Y.createID(client, clock + rest), attrs };
    }
    before += item.length;
  }
  const right: Y.Item | null = left ? left.right : text._start;
  return { left: left ? left.lastId : null, right: right ? right.id : null, attrs };
}

/** What is directly behind a unit, be it deleted. */
function spotBehind({ doc: { store } }: Y.Transaction, left: Y.ID): Spot {
  const item = Y.getItem(store, left);
  if (left.clock < item.id.clock + item.length - 1) return { left, right: Y.createID(left.client, left.clock + 1) };
  return { left, right: item.right && item.right.id };
}

/** What is behind all that was deleted at a spot. */
function spotBehindDeleted({ doc: { store } }: Y.Transaction, from: Spot): Spot {
  let spot = from;
  for (let item: Y.Item | null = from.right && Y.getItem(store, from.right); item && isBetween(item); item = item.right) {
    if (!(item.content instanceof Y.ContentFormat)) spot = { left: item.lastId, right: item.right && item.right.id };
  }
  return spot;
}

/**
 * What several put behind one letter stands in the order of their ids. What ends a paragraph is put there under a second
 * id of this browser, above those of all browsers, as the server's are: it goes behind the letters of a word that
 * somebody is typing there and of which some are still on their way, and not between them.
 */
export const behindOthers = 2 ** 32;

function putItem(transaction: Y.Transaction, text: Y.Text, spot: Spot, content: Content, above = 0): void {
  cut(transaction, spot, text, content, above).integrate(transaction, 0);
  forget(text);
}

/** What could stand at a spot: its neighbours are found, and divided. */
function cut(
  transaction: Y.Transaction, { left, right }: Spot, text: Y.Text | null = null, content: Content = new Y.ContentString(""),
  above = 0,
): Y.Item {
  const { doc } = transaction;
  const client = doc.clientID + above;
  const id = Y.createID(client, Y.getState(doc.store, client));
  const item = new Y.Item(id, null, left, null, right, left || right ? null : text, null, content);
  item.getMissing(transaction, doc.store);
  return item;
}

/** The text remembers where some indexes are; it does not know of what is done here. */
function forget(text: Y.Text): void {
  const markers: unknown[] | null = (text as unknown as { _searchMarker: unknown[] | null })._searchMarker;
  if (markers) markers.length = 0;
}
