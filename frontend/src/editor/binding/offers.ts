// Words that this person typed a moment ago and that somebody else took away, as often as not without
// seeing them. They are offered back, once, and nothing else interrupts.
import * as Y from "yjs";
import type { Flows } from "./flows.ts";
import { ownerOf } from "./model.ts";

export interface Offer {
  words: string;
  /** The card or table that went with them; undefined when they went out of a text that is still there. */
  card: { kind: string; id: string } | undefined;
  /** The flow they stood in. */
  flow: string;
}

const recent = 5 * 60_000; // milliseconds
const shortest = 3; // letters that are worth a word

export class Typed {
  readonly #flows: Flows;
  readonly #now: () => number;
  /** What was typed here: from which clock on, and when. */
  #times: { clock: number; at: number }[] = [];

  constructor(flows: Flows, now: () => number) {
    this.#flows = flows;
    this.#now = now;
  }

  /** A transaction of this person. */
  own(transaction: Y.Transaction): void {
    const { clientID } = this.#flows.doc;
    const from = transaction.beforeState.get(clientID) ?? 0;
    if ((transaction.afterState.get(clientID) ?? 0) === from) return;
    const at = this.#now();
    if (at - (this.#times.at(-1)?.at ?? 0) > 1000) this.#times.push({ clock: from, at });
    while ((this.#times[1]?.at ?? at) < at - recent) this.#times.shift();
  }

  /** From which clock on something is recent. */
  #since(): number {
    const first = this.#times.findIndex(({ at }) => at >= this.#now() - recent);
    return first < 0 ? Infinity : (this.#times[first]?.clock ?? Infinity);
  }

  /** What somebody else's transaction took of it. */
  lost(transaction: Y.Transaction, gone: readonly { kind: string; id: string }[]): Offer[] {
    const since = this.#since();
    if (since === Infinity) return [];
    const offers: Offer[] = [];
    const texts = new Map<Y.AbstractType<unknown>, string>();
    for (const [name, type] of this.#flows.doc.share) texts.set(type as Y.AbstractType<unknown>, name);
    const { clientID, store } = this.#flows.doc;
    const deletes = transaction.deleteSet.clients.get(clientID) ?? [];
    const touched = new Set<Y.AbstractType<unknown>>();
    for (const struct of deletes.length > 0 ? (store.clients.get(clientID) ?? []) : []) {
      if (!(struct instanceof Y.Item) || struct.id.clock + struct.length <= since || !(struct.content instanceof Y.ContentString)) continue;
      if (deletes.some(({ clock, len }) => clock <= struct.id.clock && struct.id.clock < clock + len)) {
        touched.add(struct.parent as Y.AbstractType<unknown>);
      }
    }
    const isLost = (item: Y.Item): boolean =>
      item.id.client === clientID && deletes.some(({ clock, len }) => clock <= item.id.clock && item.id.clock < clock + len);
    const inserted = touched.size > 0 ? this.#inserted(transaction) : "";
    for (const type of touched) {
      const words = textOf(type, (item) => isLost(item) && item.id.clock + item.length > since);
      if (words.length >= shortest && !inserted.includes(words)) offers.push({ words, card: undefined, flow: texts.get(type) ?? "" });
    }
    for (const card of gone) {
      for (const [name, type] of this.#flows.doc.share) {
        const owner = ownerOf(name, this.#flows.cards);
        if (owner?.kind !== card.kind || owner.id !== card.id) continue;
        const words = this.#mine(type as Y.AbstractType<unknown>, since);
        if (words.length >= shortest) offers.push({ words, card, flow: name });
      }
    }
    // A row or a column takes the words of its cells along, and the table stays.
    for (const key of transaction.changed.get(this.#flows.tables as never) ?? []) {
      if (key === null || this.#flows.tables.has(key)) continue;
      const [table, what, part] = key.split(":");
      if (part === undefined || gone.some((card) => card.kind === "table" && card.id === table)) continue;
      for (const [name, type] of this.#flows.doc.share) {
        const [, id, row, column] = name.split(":");
        if (!name.startsWith("cell:") || id !== table || (what === "row" ? row : column) !== part) continue;
        const words = this.#mine(type as Y.AbstractType<unknown>, since);
        if (words.length >= shortest) offers.push({ words, card: undefined, flow: name });
      }
    }
    return offers;
  }

  /** What this person typed lately of what still stands in a flow. */
  #mine(type: Y.AbstractType<unknown>, since: number): string {
    const { clientID } = this.#flows.doc;
    return textOf(type, (item) => !item.deleted && item.id.client === clientID && item.id.clock + item.length > since);
  }

  /** What came in at the same moment: words that are only somewhere else are not lost. */
  #inserted(transaction: Y.Transaction): string {
    const words: string[] = [];
    for (const [client, clock] of transaction.afterState) {
      const from = transaction.beforeState.get(client) ?? 0;
      if (clock === from) continue;
      for (const struct of this.#flows.doc.store.clients.get(client) ?? []) {
        if (struct.id.clock >= from && struct instanceof Y.Item && struct.content instanceof Y.ContentString) words.push(struct.content.str);
      }
    }
    return words.join("");
  }
}

function textOf(type: Y.AbstractType<unknown>, wanted: (item: Y.Item) => boolean): string {
  let words = "";
  for (let item = type._start; item; item = item.right) {
    if (item.content instanceof Y.ContentString && wanted(item)) words += item.content.str;
    else if (item.content instanceof Y.ContentEmbed && words !== "" && !words.endsWith(" ")) words += " ";
  }
  return words.trim();
}
