// Keeps the books of a session: who typed which word where, who took it away, who set what; and says
// what is wrong with a document that does not agree. It looks at Yjs only, never at what an editor says.
import type * as Y from "yjs";
import { begunOf, type Scan, type Seen, wordLength } from "./scan.ts";

/** Something that the test promises and that did not happen. */
export class Broken extends Error {
  /** The number of the invariant, 1 to 8 (0 for a mistake of the program). */
  readonly invariant: number;
  constructor(invariant: number, message: string) {
    super(`invariant ${invariant}: ${message}`);
    this.invariant = invariant;
  }
}

export interface Word {
  token: string;
  by: string;
  /** When it was begun, in milliseconds. */
  at: number;
  /** Letters typed so far; the word is whole with all of them. */
  letters: number;
  /** Somebody wrote or deleted within it on purpose: nothing more is promised about it. */
  broken: boolean;
  removedBy: Set<string>;
  backBy: Set<string>;
  /** How often somebody had it in their own document on purpose. */
  often: number;
  home: { flow: string; stretch: string } | undefined;
  /** What a document has that has all its letters: so much of this client. */
  letter: { client: number; clock: number };
  /** Words that stood before and after it in its flow when it was typed. */
  before: Word[];
  after: Word[];
  /** Its marks when it was typed, where each was begun, and who knew of what then. */
  born: (Omit<Setting, "value"> & { seen: Seen; begun: ReadonlyMap<string, Y.ID> }) | undefined;
  /** What people made of it: inline marks, with who knew of what. */
  styles: Map<string, Setting[]>;
}

/** A value that somebody gave to something, with what they knew when they did. */
export interface Setting {
  /** The updates that say so. */
  updates: readonly number[];
  /** The updates that had arrived before. */
  knew: ReadonlySet<number>;
  value: unknown;
}

/** Returns the one that was made in knowledge of all others, when there is one. */
export function last(settings: readonly Setting[]): Setting | undefined {
  return settings.find((a) => settings.every((b) => a === b || b.updates.every((update) => a.knew.has(update))));
}

/** What an act did to a card. */
export interface CardEvent extends Setting {
  by: string;
  place: number;
  shown: boolean;
  /** An undo or redo, of a card that was shown before it as well: it only stands elsewhere. */
  undo: boolean;
  moved: boolean;
}

/** Whether a card must be shown; undefined when people who did not know of each other decide. */
function decide(events: readonly CardEvent[]): boolean | undefined {
  const follows = (a: CardEvent, b: CardEvent): boolean => a !== b && b.updates.every((update) => a.knew.has(update));
  const latest = events.filter((event) => !events.some((other) => follows(other, event)));
  if (latest.every((event) => event.shown)) return true;
  if (latest.every((event) => !event.shown)) return false;
  // Who takes back a move, so that an older one counts again, brings nothing back that somebody removed after that one.
  const until = Math.max(...latest.filter((event) => !event.shown).map((event) => event.place));
  const shown = latest.filter((event) => event.shown);
  // Unless they removed it as well, or took that back, not knowing of that one.
  const contested = (removal: CardEvent): boolean =>
    events.some((event) => event !== removal && (!event.shown || (event.undo && !event.moved)) && !follows(removal, event) && !follows(event, removal));
  const removals = latest.filter((event) => !event.shown && !event.undo);
  if (shown.every((event) => event.undo && event.moved) && removals.length > 0 && !removals.some(contested)) return shown.some((event) => event.place > until);
  // Of a move and the one removal that there ever was the later place decides.
  if (latest.some((event) => event.undo) || events.filter((event) => !event.shown).length !== 1) return undefined;
  const top = Math.max(...latest.map((event) => event.place));
  return latest.filter((event) => event.place === top).every((event) => event.shown);
}

export class Ledger {
  readonly words = new Map<string, Word>();
  readonly values = new Map<string, Setting[]>();
  readonly cardEvents = new Map<string, CardEvent[]>();
  /** Beginnings of words that somebody cut or copied while another was typing the rest, and pasted. */
  private readonly pasted = new Set<string>();
  /** Words that stand twice because two people brought them back. */
  twice = 0;
  brokenWords = 0;

  private readonly family = new Map<string, string>();
  private readonly list: Word[] = [];
  private readonly seen = new Map<string, Set<Word>>();

  begin(token: string, by: string): Word {
    const word: Word = {
      token,
      by,
      at: Date.now(),
      letters: 0,
      broken: false,
      removedBy: new Set(),
      backBy: new Set(),
      often: 1,
      home: undefined,
      letter: { client: 0, clock: 0 },
      before: [],
      after: [],
      born: undefined,
      styles: new Map(),
    };
    this.words.set(token, word);
    this.list.push(word);
    return word;
  }

  break(word: Word): void {
    if (!word.broken) this.brokenWords++;
    word.broken = true;
  }

  /** Whether nobody ever removed, pasted or broke it. */
  clean(word: Word): boolean {
    return !word.broken && word.removedBy.size === 0 && word.often === 1 && word.letters === wordLength;
  }

  knows(site: string, word: Word): boolean {
    return this.seen.get(site)?.has(word) ?? false;
  }

  private find(key: string): string {
    const up = this.family.get(key);
    if (up === undefined || up === key) return key;
    const root = this.find(up);
    this.family.set(key, root);
    return root;
  }

  private unite(a: string, b: string): void {
    this.family.set(this.find(a), this.find(b));
  }

  /** Takes a whole word into the books, from the document of who just typed it. */
  settle(word: Word, doc: Y.Doc, view: Scan, act: Omit<Setting, "value">): void {
    const seen = view.words.get(word.token)?.[0];
    if (seen === undefined) return;
    word.born = { ...act, seen, begun: begunOf(doc, seen) };
    word.home = { flow: seen.flow, stretch: seen.stretch };
    const near: { word: Word; at: number }[] = [];
    for (const [token, list] of view.words) {
      const other = this.words.get(token);
      const place = list[0];
      if (other === undefined || other === word || place === undefined || place.flow !== seen.flow || !this.clean(other)) continue;
      near.push({ word: other, at: place.at });
    }
    near.sort((a, b) => a.at - b.at);
    const split = near.findIndex((n) => n.at > seen.at);
    const left = split < 0 ? near : near.slice(0, split);
    word.before = left.slice(-2).map((n) => n.word);
    word.after = split < 0 ? [] : near.slice(split, split + 2).map((n) => n.word);
  }

  /** Notes that words may have come to stand in other paragraphs: a version does that. */
  moved(before: Scan, after: Scan): void {
    for (const [token, [is]] of after.words) {
      const was = before.words.get(token)?.[0];
      if (was !== undefined && is !== undefined && was.flow === is.flow) this.unite(`${was.flow}#${was.stretch}`, `${is.flow}#${is.stretch}`);
    }
  }

  /** Notes which paragraphs became which by a local act: what was split, joined, ended or pasted. */
  marksChanged(before: Scan, after: Scan): void {
    for (const flow of new Set([...before.marks.keys(), ...after.marks.keys()])) {
      const was = before.marks.get(flow) ?? [];
      const is = after.marks.get(flow) ?? [];
      if (was.length === is.length && was.every((m, i) => m === is[i])) continue;
      for (const [i, mark] of is.entries()) if (!was.includes(mark)) this.unite(`${flow}#${mark}`, `${flow}#${is[i + 1] ?? ""}`);
      for (const [i, mark] of was.entries()) if (!is.includes(mark)) this.unite(`${flow}#${mark}`, `${flow}#${was[i + 1] ?? ""}`);
      const stayedWas = was.filter((m) => is.includes(m));
      const stayedIs = is.filter((m) => was.includes(m));
      if (stayedWas.some((m, i) => m !== stayedIs[i])) for (const mark of is) this.unite(`${flow}#${mark}`, `${flow}#`);
    }
  }

  /**
   * Compares a document before and after an act of one site.
   * removes says what of a word the act was about: all of it, a part, or (undefined) nothing.
   */
  acted(
    site: string,
    act: string,
    before: Scan,
    after: Scan,
    removes: (word: Word) => "whole" | "part" | undefined,
    brings: boolean,
  ): void {
    for (const word of this.list) {
      // What only spells it, with letters of several, is not it where it stands as well.
      const [was, old] = standing(before, word);
      const [is, now] = standing(after, word);
      if (was === is) {
        if (was === 1 && old?.first === now?.first && old?.mixed === false && now?.mixed === true) {
          // A part of it went, and what somebody else wrote behind it spells the rest.
          if (removes(word) === undefined && !word.broken) throw new Broken(1, `${act} by ${site} took a part of ${word.token} away`);
          this.break(word);
          continue;
        }
        if (old?.first === now?.first || was !== 1) continue;
        // Taken away and written anew at once: what others do in it at that moment is lost.
        if ((removes(word) === undefined || !brings) && !word.broken) throw new Broken(1, `${act} by ${site} wrote ${word.token} anew`);
        word.removedBy.add(site);
        word.backBy.add(site);
        continue;
      }
      if (is < was) {
        const how = removes(word);
        if (how === undefined && !word.broken) throw new Broken(1, `${act} by ${site} took away ${word.token}, which it was not about`);
        if (how === "part") this.break(word);
        word.removedBy.add(site);
      } else if (word.letters === wordLength && this.knowsAnywhere(word)) {
        // A part that came before the rest of it, and what somebody else wrote behind it, only spell the word.
        if (was === 0 && now?.mixed && before.pieces.some(({ first }) => first === now.first)) continue;
        if (!brings && !word.broken) throw new Broken(1, `${act} by ${site} wrote ${word.token} once more`);
        word.backBy.add(site);
        word.often = Math.max(word.often, is);
        if (was === 0) word.removedBy.add(site);
      }
    }
    this.piecesLeft(before, after, brings);
    if (brings) for (const { text } of after.pieces) if (times(after, text) > times(before, text)) this.pasted.add(text);
    this.piecesRemoved(site, before, after);
    this.marksChanged(before, after);
  }

  private knowsAnywhere(word: Word): boolean {
    for (const set of this.seen.values()) if (set.has(word)) return true;
    return false;
  }

  /** Words of which an act took a part only, as an undo does, or a version from when they were being typed. */
  private piecesLeft(before: Scan, after: Scan, brings: boolean): void {
    // Its first letter stays where only a part of it went, whatever word that spells with the letters behind it.
    const firsts = new Set([...after.words.values()].flatMap((list) => list.map(({ first }) => first)));
    for (const { first } of after.pieces) firsts.add(first);
    for (const word of this.list) {
      const [was] = before.words.get(word.token) ?? [];
      if (was !== undefined && !after.words.has(word.token) && firsts.has(was.first)) this.break(word);
    }
    if (after.pieces.length === 0) return;
    const there = new Set(before.pieces.map((p) => p.text));
    const fresh = after.pieces.filter((piece) => !there.has(piece.text));
    for (const word of this.list) {
      const is = after.words.get(word.token)?.length ?? 0;
      const went = is < (before.words.get(word.token)?.length ?? 0);
      if ((went || (brings && is === 0)) && fresh.some((piece) => word.token.includes(piece.text))) this.break(word);
    }
  }

  /** Words that others are typing, of which this site took away the letters it knew. */
  private piecesRemoved(site: string, before: Scan, after: Scan): void {
    const runs = (doc: Scan): { text: string; first: string; mixed: boolean }[] => [
      ...doc.pieces,
      // The letters of several may spell a word that is not all there yet.
      ...[...doc.words].flatMap(([text, list]) => list.flatMap(({ first, mixed }) => (this.words.has(text) && !mixed ? [] : [{ text, first, mixed }]))),
    ];
    const was = runs(before);
    if (was.length === 0) return;
    // The same letters written anew are others, and what follows the old ones does not follow them.
    const left = new Set(runs(after).map(({ text, first }) => `${first} ${text}`));
    for (const { text: run, first, mixed: written } of was) {
      if (left.has(`${first} ${run}`)) continue;
      // Letters of others may follow those of the word.
      const mixed = written || !this.list.some((word) => word.token.startsWith(run));
      for (const word of this.list) {
        if (word.by === site || this.knows(site, word)) continue;
        if (word.token.startsWith(run) || (mixed && word.token[0] === run[0])) this.break(word);
      }
    }
  }

  /** Breaks the words of others that end, unfinished as far as this site knows, in piece. */
  writtenBehind(site: string, piece: string): void {
    for (const word of this.list) {
      if (word.by !== site && !this.knows(site, word) && word.token.startsWith(piece) && word.token !== piece) this.break(word);
    }
  }

  /** Judges a document: each word that the site has seen and nobody removed, once and in its place. */
  judge(site: string, doc: Scan, atRest: boolean, has: (client: number) => number): void {
    let seen = this.seen.get(site);
    if (seen === undefined) {
      seen = new Set();
      this.seen.set(site, seen);
    }
    for (const word of this.list) {
      // Without all of its letters others can spell it.
      if (word.letters < wordLength || has(word.letter.client) < word.letter.clock) continue;
      const found = written(doc.words.get(word.token) ?? []);
      const count = found.length;
      if (count > 0) seen.add(word);
      if (word.broken) continue;
      // Where the paste arrives before the cut it stands twice until that comes too.
      if (count > Math.max(1, word.often) && (atRest || word.backBy.size === 0)) {
        if (word.backBy.size < 2) throw new Broken(1, `${word.token} stands ${count} times at ${site}`);
        if (atRest) this.twice++;
      }
      if (!this.clean(word)) continue;
      if (count === 0) {
        if (atRest || seen.has(word)) throw new Broken(1, `${word.token} is lost or torn at ${site}`);
        continue;
      }
      this.inPlace(site, word, found[0] as Seen, doc);
    }
  }

  private inPlace(site: string, word: Word, at: Seen, doc: Scan): void {
    const home = word.home;
    if (home === undefined) return;
    if (home.flow !== at.flow) throw new Broken(1, `${word.token} of ${home.flow} stands in ${at.flow} at ${site}`);
    if (home.stretch !== at.stretch && this.find(`${home.flow}#${home.stretch}`) !== this.find(`${at.flow}#${at.stretch}`)) {
      throw new Broken(1, `${word.token} was typed in ${home.flow}#${home.stretch} and stands in #${at.stretch} at ${site}`);
    }
    for (const other of word.before) {
      const place = this.clean(other) ? doc.words.get(other.token)?.[0] : undefined;
      if (place !== undefined && place.flow === at.flow && place.at > at.at) {
        throw new Broken(1, `${word.token} was typed after ${other.token} and stands before it at ${site}`);
      }
    }
    for (const other of word.after) {
      const place = this.clean(other) ? doc.words.get(other.token)?.[0] : undefined;
      if (place !== undefined && place.flow === at.flow && place.at < at.at) {
        throw new Broken(1, `${word.token} was typed before ${other.token} and stands after it at ${site}`);
      }
    }
  }

  /** Judges the letters that belong to no word, once nobody types any more. */
  judgePieces(site: string, doc: Scan): void {
    const piece = doc.pieces.find(({ text }) => !this.pasted.has(text));
    if (piece === undefined || this.list.some((w) => w.broken || w.letters < wordLength)) return;
    throw new Broken(1, `"${piece.text}" in ${piece.flow} at ${site} is a piece of a word, and nobody took one apart`);
  }

  /** Notes what became of the cards by a local act. */
  cardsChanged(
    site: string, before: Scan, after: Scan, removedAt: (key: string) => number, undo: boolean, setting: Omit<Setting, "value">,
  ): void {
    for (const key of new Set([...before.cards.keys(), ...after.cards.keys()])) {
      const was = before.cards.get(key);
      const is = after.cards.get(key);
      // A table also goes with its last row and comes back with one.
      if (was === is || !key.startsWith("requirement:")) continue;
      const events = this.cardEvents.get(key) ?? [];
      this.cardEvents.set(key, events);
      const shown = is !== undefined;
      events.push({ ...setting, value: shown, by: site, place: is ?? removedAt(key), shown, undo, moved: shown && was !== undefined });
    }
  }

  /** Judges which cards are shown, once everybody has everything. */
  judgeCards(site: string, doc: Scan): void {
    for (const [key, events] of this.cardEvents) {
      const should = decide(events);
      if (should === undefined || should === doc.cards.has(key)) continue;
      const said = events.map(({ by, place, shown, undo }) => `${by} ${undo ? "undo " : ""}${shown ? "shown" : "removed"} at ${place}`);
      throw new Broken(2, `${key} should ${should ? "" : "not "}be shown at ${site}: ${said.join(", ")}`);
    }
  }

  set(key: string, setting: Setting): void {
    const list = this.values.get(key);
    if (list === undefined) this.values.set(key, [setting]);
    else list.push(setting);
  }
}

/** Where a word stands, without what only spells it. */
function written(found: readonly Seen[]): readonly Seen[] {
  const whole = found.filter((seen) => !seen.mixed);
  return whole.length > 0 ? whole : found;
}

/** How often a word stands in a document, and where first. */
function standing(doc: Scan, word: Word): [number, Seen | undefined] {
  const found = written(doc.words.get(word.token) ?? []);
  return [found.length, found[0]];
}

const times = (doc: Scan, piece: string): number => doc.pieces.filter(({ text }) => text === piece).length;
