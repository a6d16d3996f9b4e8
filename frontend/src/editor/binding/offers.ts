// Words that this person typed a moment ago and that somebody else took away, as often as not without
// seeing them. They are offered back, once, and nothing else interrupts.
import * as Y from "yjs";
import type { Flows } from "./flows.ts";
import { type Gone, goesWith } from "./model.ts";
import { type Place, place } from "./place.ts";

/** Words that stood side by side. */
export interface Piece {
  words: string;
  /** The last of its letters: a deleted letter keeps its place. Nothing where they never stood. */
  last: Y.ID | undefined;
  /** Its paragraph says nothing else, or went along. */
  whole: boolean;
}

export interface Offer {
  words: string;
  pieces: readonly Piece[];
  /** What went and took them along, and can be put back; empty when they went out of a text that is still there. */
  gone: readonly Gone[];
  /** The flow they stood in. */
  flow: string;
}

/** For so many milliseconds what was typed is offered back. */
export const recent = 5 * 60_000;
const most = 20; // offers that are remembered
const shortest = 3; // letters that are worth a word

export class Typed {
  /** What was offered and is not there again: the words to look for, and how often each stood in the text then. */
  #open: { offer: Offer; parts: string[]; often: number[] }[] = [];
  readonly #flows: Flows;
  readonly #now: () => number;
  /** How far the server has the letters of each client, while what it has beside them comes in. What it lacks was
   * typed here, and may have been long ago: in a page that was closed since. */
  known: ReadonlyMap<number, number> | undefined;
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

  /** What somebody else's transaction took of it: out of texts, and with what is hidden since. */
  lost(transaction: Y.Transaction, gone: readonly Gone[], hidden: readonly string[]): Offer[] {
    const since = this.#since();
    const { clientID, share, store } = this.#flows.doc;
    const mine = ({ id: { client, clock }, length }: Y.Item): boolean =>
      (client === clientID && clock + length > since) || (this.known !== undefined && clock + length > (this.known.get(client) ?? 0));
    const offers: Offer[] = [];
    const offer = (flow: string, type: Type, wanted: (item: Y.Item) => boolean, elsewhere = ""): void => {
      const { words, pieces } = piecesOf(type, wanted, deleteSet);
      if (words.trim().length < shortest || elsewhere.includes(words.trim())) return;
      offers.push({ words, pieces, flow, gone: gone.filter((one) => goesWith(flow, one, this.#flows.cards)) });
    };
    const { deleteSet } = transaction;
    const isLost = (item: Y.Item): boolean => mine(item) && Y.isDeleted(deleteSet, item.id);
    const touched = new Set<unknown>();
    for (const item of deleteSet.clients.has(clientID) ? (store.clients.get(clientID) ?? []) : []) {
      if (item instanceof Y.Item && item.content instanceof Y.ContentString && isLost(item)) touched.add(item.parent);
    }
    const inserted = touched.size > 0 ? this.#inserted(transaction) : "";
    for (const [name, type] of share) if (touched.has(type)) offer(name, type as Type, isLost, inserted);
    for (const name of hidden) {
      const type = share.get(name); // a cell that nobody went into is none
      if (type) offer(name, type as Type, (item) => !item.deleted && mine(item));
    }
    return offers;
  }

  /** Remembers what was offered, to know when it is there again. */
  offered(offer: Offer): void {
    const all = offer.pieces.map(({ words }) => words.trim());
    const long = all.filter(({ length }) => length >= shortest);
    const parts = long.length > 0 ? long : all;
    this.#open = [...this.#open, { offer, parts, often: often(parts, this.#texts()) }].slice(-most);
  }

  /** What was offered and stands in the text again, whoever brought it back: behind this place. */
  returned(transaction: Y.Transaction): [Offer, Place | undefined][] {
    if (this.#open.length === 0 || this.#inserted(transaction).length < shortest) return [];
    const texts = this.#texts();
    const back = this.#open.filter((one) => often(one.parts, texts).every((now, i) => now > (one.often[i] ?? 0)));
    this.#open = this.#open.filter((one) => !back.includes(one));
    return back.map(({ offer }) => [offer, this.#behind(offer, texts)]);
  }

  #behind({ flow, pieces }: Offer, texts: Map<string, string>): Place | undefined {
    const raw = pieces.at(-1)?.words ?? "";
    for (const words of [raw, raw.trim()]) {
      for (const name of [flow, ...texts.keys()]) {
        const at = texts.get(name)?.lastIndexOf(words) ?? -1;
        if (at >= 0) return place(this.#flows.flow(name), at + words.length, true);
      }
    }
    return undefined;
  }

  /** What the flows say that are shown; an embed is one letter. */
  #texts(): Map<string, string> {
    const texts = new Map<string, string>();
    for (const [name, type] of this.#flows.doc.share) {
      if (!this.#flows.isShown(name)) continue;
      let text = "";
      for (let item = type._start; item; item = item.right) {
        if (!item.deleted && item.countable) text += item.content instanceof Y.ContentString ? item.content.str : "\ufffc";
      }
      texts.set(name, text);
    }
    return texts;
  }

  /** The words that came in at the same moment and are shown: those that are only somewhere else are not lost. What
   * is no word may show some, and counts for as many letters. */
  #inserted(transaction: Y.Transaction): string {
    const words: string[] = [];
    const shown = new Map<unknown, boolean>();
    for (const [name, type] of this.#flows.doc.share) shown.set(type, this.#flows.isShown(name));
    for (const [client, clock] of transaction.afterState) {
      const from = transaction.beforeState.get(client) ?? 0;
      if (clock === from) continue;
      for (const struct of this.#flows.doc.store.clients.get(client) ?? []) {
        if (struct.id.clock < from || !(struct instanceof Y.Item) || struct.deleted) continue;
        if (!(struct.content instanceof Y.ContentString)) words.push("\ufffc".repeat(shortest));
        else if (shown.get(struct.parent)) words.push(struct.content.str);
      }
    }
    return words.join("");
  }
}

type Type = Y.AbstractType<unknown>;

const often = (parts: readonly string[], texts: Map<string, string>): number[] =>
  parts.map((words) => [...texts.values()].reduce((sum, text) => sum + text.split(words).length - 1, 0));

/** The words of a flow whose letters are wanted. Where a space or the end of a paragraph stood between two of them
 * there is a space. */
function piecesOf(type: Type, wanted: (item: Y.Item) => boolean, now: Y.Transaction["deleteSet"]): { words: string; pieces: Piece[] } {
  const pieces: Piece[] = [];
  let words = "";
  let line = 0; // its first piece
  let others = false; // there is more in it than what is wanted
  let piece: Piece | undefined;
  let gap = "";
  const end = (): void => {
    for (const one of pieces.slice(line)) one.whole = !others;
    line = pieces.length;
    others = false;
    piece = undefined;
    gap = " ";
  };
  for (let item = type._start; item; item = item.right) {
    const { content, lastId } = item;
    if (content instanceof Y.ContentEmbed) end();
    if (!(content instanceof Y.ContentString)) continue;
    if (wanted(item)) {
      if (!piece) pieces.push((piece = { words: "", last: lastId, whole: true }));
      if (words === "" || /\s$/.test(words) || /^\s/.test(content.str)) gap = "";
      piece.words += (piece.words === "" ? "" : gap) + content.str;
      words += gap + content.str;
      piece.last = lastId;
      gap = "";
      continue;
    }
    if (/\s/.test(content.str) && (!item.deleted || Y.isDeleted(now, lastId))) gap = " ";
    if (item.deleted) continue;
    others = true;
    piece = undefined;
  }
  end();
  return { words: words.trimStart(), pieces };
}
