// A session: two or three people, a reader, a script and the server at work on one document over a
// network that is late, out of order and sometimes not there; judged after every act and delivery.
import { hold, pass, Random, release, reseed } from "./fixed.ts";
import * as Y from "yjs";
import { type About, type ActName, Acts, type Person } from "./acts.ts";
import { hasLines, judgeCaret, type Place, placeOf } from "./caret.ts";
import { Foreign } from "./foreign.ts";
import { Formats } from "./formats.ts";
import { Broken, last, Ledger, type Setting } from "./ledger.ts";
import { apart, clientOf, limit, type Value, valuesOf } from "./measure.ts";
import { content, difference, outlineOf } from "./outline.ts";
import type { Options, Plan, Step } from "./plan.ts";
import { canonical, flows, type Scan, styleOf, units } from "./scan.ts";
import { recent } from "../src/editor/binding/offers.ts";
import type { Server } from "./server.ts";
import type { Editor, Model } from "./site.ts";

/** What a session came to. */
export interface Outcome {
  words: number;
  acts: number;
  deliveries: number;
  twice: number;
  brokenWords: number;
  refused: number;
  fallbacks: number;
  carets: number;
  /** Compositions at whose end something came in that had waited for it. */
  waited: number;
  bytes: number;
  most: Map<string, number>;
}

/** Milliseconds that others wait for a composition, at least. */
const patience = 8000;

interface Message {
  from: Site;
  update: Uint8Array;
  number: number;
  /** How much of the sender's own the document has with it. */
  client: number;
  clock: number;
}

interface Site {
  name: string;
  doc: Y.Doc;
  editor: Editor | undefined;
  person: Person | undefined;
  inbox: Message[];
  /** Updates that are in the document, and those that came and may wait for others or for a composition. */
  known: Set<number>;
  came: Message[];
  /** What was sent to the others lately, to be delivered once more. */
  old: Uint8Array[];
  view: Scan;
  sent: number;
  /** When the person began to compose. */
  since: number;
  server: Server | undefined;
  /** Whether this site may change the document. */
  writes: boolean;
}

/** Plays a plan. Throws Broken when something that is promised does not hold. */
export function play(model: Model, plan: Plan, options: Options = {}): Outcome {
  hold(plan.seed);
  const game = new Game(model, plan, options);
  try {
    return game.run();
  } finally {
    game.close();
    release();
  }
}

class Game {
  private readonly sites: Site[] = [];
  private readonly ledger = new Ledger();
  private readonly formats = new Formats();
  private readonly acts: Acts;
  private readonly versions: Uint8Array[] = [];
  private readonly foreign: Foreign;
  private readonly out: Outcome = {
    words: 0, acts: 0, deliveries: 0, twice: 0, brokenWords: 0, refused: 0, fallbacks: 0, carets: 0, waited: 0, bytes: 0, most: new Map(),
  };

  private readonly model: Model;
  private updates = 0;
  /** Who made the last update of the server: it is somebody else each time. */
  private lastClient = 0;
  private readonly plan: Plan;
  private readonly options: Options;

  constructor(model: Model, plan: Plan, options: Options) {
    this.model = model;
    this.plan = plan;
    this.acts = new Acts(this.ledger, model.exact);
    this.options = options;
    const random = new Random(plan.seed ^ 0x5eed);
    this.foreign = new Foreign(this.ledger);
    const first = new Y.Doc();
    first.clientID = 1;
    if (plan.planted) {
      model.plant(first, () => {
        const word = this.ledger.begin(this.acts.token("P", random), "P");
        word.letters = word.token.length;
        return word.token;
      });
    }
    const start = Y.encodeStateAsUpdate(first);
    const planted = model.scan(first);
    if (model.exact) for (const word of this.ledger.words.values()) this.ledger.settle(word, first, planted, { updates: [], knew: new Set() });
    for (let i = 0; i < plan.people; i++) this.add("ABC"[i] as string, random, start, "editor");
    if (plan.reader) this.add("R", random, start, "reader");
    if (plan.foreign) this.add("X", random, start, "plain");
    if (plan.server) this.add("S", random, start, "server");
    this.versions.push(start);
  }

  private add(name: string, random: Random, start: Uint8Array, role: "editor" | "reader" | "plain" | "server"): void {
    const doc = new Y.Doc();
    // The numbers decide who goes first where two write at one spot.
    doc.clientID = 2 + random.int(1 << 30);
    Y.applyUpdate(doc, start);
    const editor = role === "editor" ? this.model.editor(doc, random.seed()) : role === "reader" ? this.model.reader(doc) : undefined;
    const person: Person | undefined =
      role === "editor" && editor !== undefined ? { name, editor, open: undefined, clipboard: undefined, composing: false } : undefined;
    const site: Site = {
      name, doc, editor, person, inbox: [], known: new Set(), came: [], old: [], sent: 0, since: 0, view: this.model.scan(doc),
      server: role === "server" ? this.options.server?.(doc, random.seed() >>> 0) : undefined,
      writes: role !== "reader",
    };
    doc.on("update", (update: Uint8Array, _origin: unknown, _doc: Y.Doc, tr: Y.Transaction) => {
      if (!tr.local) return;
      if (!site.writes) {
        if (site.editor?.sends(tr) ?? true) throw new Broken(8, `the reader ${name} sent an update`);
        return;
      }
      this.send(site, update, doc.clientID);
      this.toServer(site, update);
    });
    this.sites.push(site);
    this.check(site, false);
  }

  private send(site: Site, update: Uint8Array, client: number): void {
    site.sent += update.length;
    const message: Message = { from: site, update, number: ++this.updates, client, clock: Y.getState(site.doc.store, client) };
    site.known.add(message.number);
    for (const other of this.sites) if (other !== site) other.inbox.push(message);
  }

  /** Notes which updates are in the document now. */
  private arrived(site: Site): void {
    if (site.doc.store.pendingDs !== null || site.person?.composing === true) return;
    site.came = site.came.filter((message) => {
      if (Y.getState(site.doc.store, message.client) < message.clock) return true;
      site.known.add(message.number);
      return false;
    });
  }

  run(): Outcome {
    for (const [i, step] of this.plan.steps.entries()) {
      const random = new Random(step.seed);
      reseed(step.seed ^ 0x0d1ce);
      pass(random.pick([5, 70, 150, 400, 900, 2500]));
      try {
        this.step(step, random);
      } catch (e) {
        const where = `step ${i} ${step.do} ${step.act ?? ""} ${this.sites[step.site]?.name ?? ""}`;
        if (e instanceof Broken) throw new Broken(e.invariant, `${e.message.replace(/^invariant \d: /, "")} [${where}]`);
        const failure = new Broken(0, `${e instanceof Error ? e.message : String(e)} [${where}]`);
        if (e instanceof Error && e.stack !== undefined) failure.stack = e.stack;
        throw failure;
      }
    }
    this.out.words = this.ledger.words.size;
    this.out.twice = this.ledger.twice;
    this.out.brokenWords = this.ledger.brokenWords;
    this.out.refused = this.acts.refused;
    for (const site of this.sites) this.out.fallbacks += site.editor?.fallbacks ?? 0;
    if (this.out.fallbacks > 6 + this.out.deliveries / 50) throw new Broken(8, `${this.out.fallbacks} regions were replaced whole`);
    return this.out;
  }

  private step(step: Step, random: Random): void {
    if (step.do === "act") {
      const site = this.sites[step.site];
      if (site?.person !== undefined && step.act !== undefined) this.act(site, site.person, step.act, random);
    } else if (step.do === "deliver") {
      const site = this.sites[step.site % this.sites.length];
      if (site !== undefined) this.deliver(site, random);
    } else if (step.do === "foreign") this.byOther("X", (site) => this.foreign.act(site.doc, random, () => this.whole("X", random)));
    else if (step.do === "server") this.byServer(random);
    else this.rest();
  }

  // --- what people do -------------------------------------------------------------------------

  private act(site: Site, person: Person, name: ActName, random: Random): void {
    if (this.acts.interrupts(name)) {
      this.finish(site, person);
      this.composed(site, person);
    }
    if (name === "compose" && !person.composing) site.since = Date.now();
    this.judged(site, name, () => this.acts.do(name, person, random));
    if (name === "composed") this.composed(site, person);
  }

  /** A composition ends, and what waited for it comes in. */
  private composed(site: Site, person: Person): void {
    if (!person.composing) return;
    const place = this.places(site);
    const shown = person.editor.state.doc;
    person.composing = false;
    person.editor.compose(false);
    if (person.editor.state.doc !== shown) this.out.waited++;
    this.cameIn(site, place);
  }

  /** Whoever is in the middle of a word types the rest of it. */
  private finish(site: Site, person: Person): void {
    if (person.open !== undefined) this.judged(site, "finish", () => this.acts.finish(person));
  }

  private judged(site: Site, name: string, run: () => About): void {
    const before = site.view;
    const valuesBefore = valuesOf(site.doc);
    this.arrived(site);
    const first = this.updates + 1;
    const knew = new Set(site.known);
    const sent = site.sent;
    let place = this.places(site);
    this.acts.chosen = () => {
      place = this.places(site);
    };
    const formatted = this.formats.watch(site.doc);
    const about = run();
    formatted({ updates: this.since(first), knew });
    this.out.acts++;
    const after = this.model.scan(site.doc);
    site.view = after;
    this.tell(site, `${site.name} ${name} ${about.detail}${about.did ? "" : " (nothing)"}`);
    try {
      this.ledger.acted(site.name, name, before, after, about.removes, about.brings);
    } catch (e) {
      throw e instanceof Broken && about.undo ? new Broken(7, e.message) : e;
    }
    if (about.undo) this.ledger.moved(before, after);
    for (const word of this.acts.done.splice(0)) {
      const client = site.server === undefined ? site.doc.clientID : this.lastClient;
      word.letter = { client, clock: Y.getState(site.doc.store, client) };
      if (this.model.exact) this.ledger.settle(word, site.doc, after, { updates: this.since(first), knew });
    }
    const bytes = site.sent - sent;
    this.out.bytes += bytes;
    this.out.most.set(name, Math.max(this.out.most.get(name) ?? 0, bytes));
    if (this.model.exact) {
      this.ledger.cardsChanged(site.name, before, after, (key) => Number(site.doc.getMap("removed").get(key) ?? 0), about.undo && site.server === undefined, {
        updates: this.since(first), knew,
      });
      this.values(site, name, about, before, valuesBefore, first, knew);
      this.styles(before, after, first, knew);
      if (site.person !== undefined || about.undo) this.foreign.acted(site.name, name, before, after, (json) => about.names === undefined || about.embed === json);
      if (name === "undo") this.hidNothing(site, before, after);
      if (about.keepsCaret && about.did) this.caret(site, place);
      const bound = limit(name, before);
      if (bytes > bound) throw new Broken(8, `${name} by ${site.name} sent ${bytes} bytes, more than ${bound}`);
    }
    this.check(site, false);
  }

  private tell(site: Site, line: string): void {
    if (this.options.trace === undefined) return;
    const state = site.editor?.state;
    const shows = state === undefined ? outlineOf(site.doc).join(" / ") : `${state.doc.toString()} at ${state.selection.anchor}–${state.selection.head}`;
    this.options.trace(`${line}\n    ${shows}`);
  }

  /** An undo takes no words of others out of sight. */
  private hidNothing(site: Site, before: Scan, after: Scan): void {
    for (const [token, list] of before.words) {
      const word = this.ledger.words.get(token);
      if (word === undefined || word.by === site.name || word.broken || word.removedBy.has(site.name)) continue;
      if (list.some((s) => s.shown) && !(after.words.get(token) ?? []).some((s) => s.shown)) {
        throw new Broken(7, `undo by ${site.name} hid ${token} of ${word.by}`);
      }
    }
  }

  /** Notes which values of paragraphs changed, and whether the act was about them. */
  private values(
    site: Site, name: string, about: About, before: Scan, was: Map<string, Value>, first: number, knew: ReadonlySet<number>,
  ): void {
    const is = valuesOf(site.doc);
    const there = new Set<string>();
    for (const list of before.marks.values()) for (const mark of list) there.add(mark);
    const updates = this.since(first);
    for (const key of new Set([...was.keys(), ...is.keys()])) {
      const [old, now] = [was.get(key), is.get(key)];
      if (old?.stamp === now?.stamp) continue;
      const [paragraph = "", value = ""] = key.split(":");
      const changed = canonical(old?.value) !== canonical(now?.value);
      if (changed && about.names !== undefined && there.has(paragraph) && !about.names.includes(value)) {
        throw new Broken(6, `${name} by ${site.name} changed ${key} from ${canonical(old?.value)} to ${canonical(now?.value)}`);
      }
      // Who sets again what it was takes part as well.
      this.ledger.set(key, { updates, knew, value: now?.value });
    }
  }

  private since(first: number): number[] {
    return Array.from({ length: this.updates + 1 - first }, (_, i) => first + i);
  }

  /** Notes which words got or lost an inline mark by an act. */
  private styles(before: Scan, after: Scan, first: number, knew: ReadonlySet<number>): void {
    const updates = this.since(first);
    for (const [token, list] of after.words) {
      const was = before.words.get(token)?.[0];
      const is = list[0];
      const word = this.ledger.words.get(token);
      if (was === undefined || is === undefined || word === undefined || (was.attributes === is.attributes && was.uneven === is.uneven)) continue;
      const names = new Set([...Object.keys(was.attributes), ...was.uneven, ...Object.keys(is.attributes), ...is.uneven, ...word.styles.keys()]);
      for (const style of names) {
        const value = styleOf(is, style);
        if (canonical(styleOf(was, style)) === canonical(value)) continue;
        const settings: Setting[] = word.styles.get(style) ?? [];
        word.styles.set(style, settings);
        settings.push({ updates, knew, value });
        this.formats.set(style, { updates, knew }, is);
      }
    }
  }

  // --- what others do -------------------------------------------------------------------------

  private byOther(name: string, run: (site: Site) => string): void {
    const site = this.sites.find((s) => s.name === name);
    if (site === undefined) return;
    this.judged(site, name === "X" ? "script" : "server", () => {
      const detail = run(site);
      return { did: true, removes: () => undefined, brings: false, names: undefined, keepsCaret: false, undo: false, detail };
    });
  }

  /** A word that is written at once. */
  private whole(by: string, random: Random): string {
    const word = this.ledger.begin(this.acts.token(by, random), by);
    word.letters = word.token.length;
    this.acts.done.push(word);
    return word.token;
  }

  private byServer(random: Random): void {
    const site = this.sites.find((s) => s.server !== undefined);
    const server = site?.server;
    if (site === undefined || server === undefined) return;
    const version = random.chance(0.3) ? random.pick(this.versions) : undefined;
    if (this.versions.length < 5) this.versions.push(Y.encodeStateAsUpdate(site.doc));
    this.judged(site, version === undefined ? "form" : "restore", () => {
      const update =
        version !== undefined
          ? server.restore(version)
          : server.form(site.doc, random, () => this.whole("S", random));
      if (update !== undefined) {
        this.fromServer(site, update);
      }
      return {
        did: update !== undefined, removes: () => "whole", brings: true, names: undefined, keepsCaret: false, undo: version !== undefined, detail: "",
      };
    });
  }

  private fromServer(site: Site, update: Uint8Array): void {
    Y.applyUpdate(site.doc, update, "server");
    this.lastClient = clientOf(update);
    this.send(site, update, this.lastClient);
  }

  private toServer(site: Site, update: Uint8Array): void {
    const tidied = site.server?.receive(update);
    if (tidied !== undefined) this.fromServer(site, tidied);
  }

  // --- the network ----------------------------------------------------------------------------

  private deliver(site: Site, random: Random): void {
    const how = random.weighted({ first: 10, any: 4, some: 3, again: 2, sync: 1 });
    if (how === "again") {
      if (site.old.length > 0) this.receive(site, random.pick(site.old));
      return;
    }
    if (how === "sync" && site.inbox.length > 0) {
      // As after a broken line: what the other has is sent at once, and what was on its way arrives later all the same.
      const from = (site.inbox[0] as { from: Site }).from;
      this.receive(site, Y.encodeStateAsUpdate(from.doc, Y.encodeStateVector(site.doc)));
      const has = new Set(from.known);
      site.came.push(...site.inbox.filter((message) => has.has(message.number)));
      return;
    }
    for (let n = how === "some" ? 2 + random.int(8) : 1; n > 0 && site.inbox.length > 0; n--) {
      const at = how === "any" ? random.int(site.inbox.length) : 0;
      const [message] = site.inbox.splice(at, 1);
      if (message !== undefined) this.take(site, message);
    }
  }

  private take(site: Site, message: Message): void {
    site.came.push(message);
    this.receive(site, message.update);
    this.arrived(site);
  }

  private receive(site: Site, update: Uint8Array): void {
    this.out.deliveries++;
    site.old.push(update);
    const place = this.places(site);
    const shown = site.editor?.state.doc;
    // A script on Yjs alone tidies formats up, and sends that; nobody meant it.
    const first = this.updates + 1;
    const tidied = site.editor === undefined ? this.formats.watch(site.doc, true) : undefined;
    if (site.editor === undefined) Y.applyUpdate(site.doc, update, "network");
    else site.editor.receive(update);
    tidied?.({ updates: this.since(first), knew: new Set(site.known) });
    if (this.model.exact && site.person?.composing === true && Date.now() - site.since < patience && site.editor?.state.doc !== shown) {
      throw new Broken(5, `what others did came to ${site.name} while they composed`);
    }
    this.toServer(site, update);
    this.cameIn(site, place);
  }

  private cameIn(site: Site, place: { anchor: Place; head: Place } | undefined): void {
    const before = site.view;
    site.view = this.model.scan(site.doc);
    this.tell(site, `→ ${site.name}`);
    this.arrived(site);
    this.offered(site, before);
    this.check(site, false);
    this.caret(site, place);
  }

  /** Own words that others took out of sight are offered back. */
  private offered(site: Site, before: Scan): void {
    const offered = site.editor?.offered;
    if (offered === undefined || site.person === undefined) return;
    for (const [token, list] of before.words) {
      const word = this.ledger.words.get(token);
      const [was] = list;
      if (word?.by !== site.name || word.broken || was?.shown !== true || list.length > 1 || !was.first.startsWith(`${site.doc.clientID}:`)) continue;
      if (Date.now() - word.at > recent) continue;
      const is = site.view.words.get(token);
      if (is?.some((s) => s.shown) !== true && !offered.includes(token)) {
        // A piece that was left, or came back elsewhere, is no whole loss.
        if (site.view.pieces.some(({ text, first }) => token.includes(text) && !before.pieces.some((piece) => piece.first === first && piece.text === text))) continue;
        throw new Broken(1, `${token} was taken from ${site.name}, who typed it, and not offered back`);
      }
    }
  }

  private places(site: Site): { anchor: Place; head: Place } | undefined {
    const { editor } = site;
    if (!this.model.exact || editor === undefined || site.person === undefined || !editor.hasCaret) return undefined;
    const { selection, doc } = editor.state;
    const anchor = placeOf(site.doc, doc, selection.anchor, editor.flowAt);
    const head = selection.empty ? anchor : placeOf(site.doc, doc, selection.head, editor.flowAt);
    return anchor === undefined || head === undefined ? undefined : { anchor, head };
  }

  private caret(site: Site, was: { anchor: Place; head: Place } | undefined): void {
    const { editor } = site;
    if (was === undefined || editor === undefined) return;
    const range = was.anchor !== was.head;
    // Of a range of which one end is not shown any more there is nothing left.
    if (!hasLines(site.doc, was.anchor.flow) || !hasLines(site.doc, was.head.flow)) return;
    const is = this.places(site);
    // Who was in the middle of a word that was taken away types nothing more until they choose a place.
    if (is === undefined && !editor.hasCaret && this.tookLetter(site, was.anchor)) return;
    if (judgeCaret(site.name, site.doc, was.anchor, is?.anchor, range)) this.out.carets++;
    if (range && judgeCaret(site.name, site.doc, was.head, is?.head, range)) this.out.carets++;
  }

  private tookLetter(site: Site, { flow, left }: Place): boolean {
    if (left === null || left.client !== site.doc.clientID) return false;
    return !units(site.doc, flow).some((unit) => unit.client === left.client && unit.clock === left.clock);
  }

  // --- what is judged -------------------------------------------------------------------------

  private check(site: Site, atRest: boolean): void {
    site.editor?.verify();
    this.ledger.judge(site.name, site.view, atRest, (client) => Y.getState(site.doc.store, client));
  }

  /** Everything arrives everywhere, and nobody types any more. */
  private rest(): void {
    for (const site of this.sites) {
      if (site.person === undefined) continue;
      this.finish(site, site.person);
      this.composed(site, site.person);
    }
    for (let round = 0; this.sites.some((s) => s.inbox.length > 0); round++) {
      if (round > 20) throw new Broken(4, "the replicas never come to rest");
      for (const site of this.sites) {
        for (const message of site.inbox.splice(0)) this.take(site, message);
      }
    }
    for (const site of this.sites) if (waits(site)) this.ask(site);
    const [first] = this.sites as [Site];
    for (const site of this.sites) {
      if (waits(site)) throw new Broken(4, `something is pending at ${site.name}`);
      this.check(site, true);
      this.ledger.judgePieces(site.name, site.view);
    }
    if (!this.model.exact) return this.restOfOther();
    const names = [...new Set(this.sites.flatMap((s) => flows(s.doc)))];
    const expected = content(first.doc, names);
    const outline = outlineOf(first.doc);
    for (const site of this.sites) {
      const own = content(site.doc, names);
      if (own !== expected) throw new Broken(4, `${site.name} and ${first.name} hold different things: ${apart(own, expected)}`);
      this.ledger.judgeCards(site.name, site.view);
      this.shows(site.name, site.editor, outline);
      const served = site.server?.outline();
      if (served !== undefined && difference(served, outline) !== "") throw new Broken(4, `the server reads ${difference(served, outline)}`);
    }
    this.settings(first);
    this.foreign.judge(first.doc, first.view);
    const cold = new Y.Doc();
    Y.applyUpdate(cold, Y.encodeStateAsUpdate(first.doc));
    const editor = this.model.reader(cold);
    this.shows("a cold load", editor, outline);
    editor.destroy();
  }

  /** Asks the others for what is lacking, as everybody does who opens a line. Of what came before its turn Yjs
   * notes one thing that it waits for; when something else comes that would do, it waits for more to come. */
  private ask(site: Site): void {
    for (const other of this.sites) {
      if (other !== site) this.receive(site, Y.encodeStateAsUpdate(other.doc, Y.encodeStateVector(site.doc)));
    }
    this.arrived(site);
  }

  private restOfOther(): void {
    const [first] = this.sites as [Site];
    for (const site of this.sites) {
      if (first.editor !== undefined && site.editor !== undefined && !site.editor.state.doc.eq(first.editor.state.doc)) {
        throw new Broken(4, `${site.name} and ${first.name} show different things`);
      }
    }
  }

  private shows(name: string, editor: Editor | undefined, outline: string[]): void {
    const own = editor?.outline();
    if (own === undefined) return;
    const difference_ = difference(own, outline);
    if (difference_ !== "") throw new Broken(3, `${name} shows and Yjs holds: ${difference_}`);
  }

  /** The last value that nobody contested stands. */
  private settings(site: Site): void {
    const marks = site.doc.getMap("marks");
    for (const [key, list] of this.ledger.values) {
      const decided = last(list);
      if (decided !== undefined && canonical(marks.get(key)) !== canonical(decided.value)) {
        throw new Broken(6, `${key} is ${canonical(marks.get(key))}, and ${canonical(decided.value)} was set last`);
      }
    }
    this.formats.judge(site.doc, site.view, this.ledger, this.plan.foreign);
  }

  close(): void {
    for (const site of this.sites) {
      site.editor?.destroy();
      site.doc.destroy();
    }
  }
}

/** Whether something came before what it builds on. */
const waits = ({ doc: { store } }: Site): boolean => store.pendingStructs !== null || store.pendingDs !== null;
