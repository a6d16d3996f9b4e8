// Joins an editor of ProseMirror to a shared document of flows (docs/document.md), so that people who
// write in one place lose no words.
//
// The contract:
// - The document leads. Whatever the editor shows is what is rebuilt from the document; a change of the
//   editor that the document cannot hold is shown as what it became.
// - A change of the editor is written in one transaction, with the binding as its origin, as soon as the
//   editor has it. A command of the binding writes first, and the editor follows in the same breath.
// - What others do arrives as steps that touch what changed, with meta data `bindingKey`. Carets are where
//   they were in the words, not where the editor would map them.
// - Updates of others go through `receive`, which holds them while somebody composes. Everything else that
//   is applied to the document is followed at once.
// - The schema is given: nodes by the names that nodes.ts and docs/document.md use, cards with their
//   parts. The binding knows nothing of toolbars, of a network, or of what a requirement is.
// - Ids come from the options, so that tests can repeat a session.
import type { Node, Schema } from "prosemirror-model";
import { type EditorState, NodeSelection, Plugin, PluginKey, type Selection, TextSelection, type Transaction } from "prosemirror-state";
import type { Step } from "prosemirror-transform";
import * as Y from "yjs";
import { Commands } from "./commands.ts";
import { Door } from "./door.ts";
import type { Block, Flow } from "./flow.ts";
import { Flows } from "./flows.ts";
import { type Cards, type Gone, goesWith, type Line, orderBetween } from "./model.ts";
import { type Offer, Typed } from "./offers.ts";
import { type Place, placeAt, positionAt, positionOf } from "./place.ts";
import { type Chosen, Crossing, type Plan, plan, rangeBetween, rangesOf, restylings } from "./plan.ts";
import { guarded } from "./guard.ts";
import { input, look } from "./input.ts";
import { rules } from "./rules.ts";
import { type Cost, render, renderAll } from "./steps.ts";
import { type Carets, Undo } from "./undo.ts";
import { keepFormats, restyle, write } from "./write.ts";

export type { Cards, Gone } from "./model.ts";
export { goesWith, version } from "./model.ts";
export type { Offer } from "./offers.ts";
export type { Place } from "./place.ts";
export { mirror } from "./door.ts";
export { behindOthers } from "./write.ts";

const still = 3000; // milliseconds for which somebody is in the middle of what they typed last

export const bindingKey = new PluginKey<BindingMeta>("binding");

/** What a transaction of the binding says about itself. */
export interface BindingMeta {
  /** Somebody else did it, or undo; not a command given here. */
  remote: boolean;
}

export interface BindingOptions {
  doc: Y.Doc;
  schema: Schema;
  cards: Cards;
  newID: () => string;
  now?: () => number;
  random?: () => number;
  /** Milliseconds within which changes count as one step of undo. */
  captureTimeout?: number;
}

/** The editor as the binding sees it; a view of ProseMirror is one. */
export interface Host {
  readonly state: EditorState;
  readonly composing: boolean;
  dispatch(tr: Transaction): void;
}

/** A place of a flow, in UTF-16 units of its text. */
export interface Spot {
  flow: string;
  index: number;
}

/** What a transaction of the document did to what is shown. */
export interface Change {
  transaction: Y.Transaction;
  /** It was done here: typed, or by a command; not by undo. */
  own: boolean;
  /** The flows in which something reads otherwise now, by name. */
  flows: ReadonlySet<string>;
  /** What is not shown any more: cards, and rows and columns of tables that are. */
  gone: readonly Gone[];
}

/** A caret whose place was taken away by somebody else. */
export interface Lost {
  /** What went away with it, when that can be put back. */
  gone: Gone | undefined;
  /** Where it was: shown again when that comes back. Nothing for a card that was chosen as a whole. */
  at: Place | undefined;
  /** The words of its line up to it. */
  line: string;
  /** And those behind it. */
  rest: string;
}

/** One listener for each kind of news. */
export interface Events {
  change: (change: Change) => void;
  /** Somebody else took words away that were typed here a moment ago. */
  offer: (offer: Offer) => void;
  /** What was offered is there again, whoever brought it back: behind this place. */
  returned: (offer: Offer, at: Place | undefined) => void;
  /** What the caret stood in was removed by somebody else. There is no caret until the person chooses. */
  lost: (lost: Lost) => void;
  /** A command would have made a table larger than one may be, or all of them together. It did nothing. */
  full: () => void;
}

export class Binding {
  readonly flows: Flows;
  readonly commands: Commands;
  readonly undoing: Undo;
  /** What the editor had to do; for tests and measuring. */
  readonly cost: Cost = { steps: 0, fallbacks: 0 };
  /** What the caret stood in was removed, or the word in the middle of which this person was, and they have not
   * chosen another place yet. Where the editor has its selection meanwhile is nobody's choice: nothing may be
   * written there. */
  lost = false;
  readonly #options: Required<BindingOptions>;
  readonly #door: Door;
  readonly #typed: Typed;
  readonly #listeners: { [name in keyof Events]: Set<Events[name]> } = {
    change: new Set(), offer: new Set(), returned: new Set(), lost: new Set(), full: new Set(),
  };
  #host: Host | undefined;
  /** The last letter that was typed here, as a clock of ours, and when. */
  #key = { clock: -1, at: -Infinity };
  /** Reads what the browser did that the editor was not told of yet, such as an arrow key that moved the caret. */
  #look: () => void = () => undefined;
  /** The change of the editor that is being written; what the document tells of it is known already. */
  #writing: Set<Flow> | undefined;
  /** Where a command wants the caret. */
  #caret: Spot | undefined;
  #carets: { doc: Node; selection: Selection; carets: Carets | undefined } | undefined;

  constructor(options: BindingOptions) {
    this.#options = { now: Date.now, random: Math.random, captureTimeout: 500, ...options };
    this.flows = new Flows(options.doc, options.cards, options.schema);
    this.#typed = new Typed(this.flows, this.#options.now);
    const bringIn = (update: Uint8Array, origin: unknown): void => {
      Y.applyUpdate(options.doc, update, origin);
      this.undoing.settle();
    };
    this.#door = new Door(bringIn, () => this.#host?.composing ?? false, this.#options.now);
    this.commands = new Commands(this);
    this.undoing = new Undo(this.flows, this, this.#options.captureTimeout, (carets) => this.#restore(carets));
    options.doc.on("beforeTransaction", this.#before);
    options.doc.on("afterTransaction", this.#after);
  }

  get doc(): Y.Doc {
    return this.#options.doc;
  }

  get schema(): Schema {
    return this.#options.schema;
  }

  get state(): EditorState {
    if (!this.#host) throw new Error("the binding has no editor");
    return this.#host.state;
  }

  get chosen(): Chosen {
    const { newID, now, random } = this.#options;
    return { newID, now: now(), random, order: (before, after) => orderBetween(before, after, random) };
  }

  /** The document as nodes, to begin an editor with. */
  start(): Node {
    return this.flows.document();
  }

  /** Follows the document in this editor, whose state began with `start`. */
  attach(host: Host): void {
    this.#host = host;
    this.#catchUp();
  }

  destroy(): void {
    this.doc.off("beforeTransaction", this.#before);
    this.doc.off("afterTransaction", this.#after);
    this.undoing.manager.destroy();
    this.#host = undefined;
  }

  on<Name extends keyof Events>(name: Name, listener: Events[Name]): () => void {
    this.#listeners[name].add(listener);
    return () => this.#listeners[name].delete(listener);
  }

  /** Brings in an update of somebody else: at once, or when a composition ends. */
  receive(update: Uint8Array, origin: unknown): void {
    this.#look();
    this.#door.receive(update, origin);
  }

  /** Brings in what the server has, which has so much of what is here: what it lacks of that was typed here, and is
   * offered when it is out of sight now. */
  merge(known: ReadonlyMap<number, number>, bringIn: () => void): void {
    this.#typed.known = known;
    bringIn();
    this.#typed.known = undefined;
  }

  /** Tells that a command did nothing because tables would have become too large. */
  full(): void {
    for (const listener of this.#listeners.full) listener();
  }

  /** Brings in what waited for a composition. */
  release(): void {
    this.#door.release();
  }

  /** What the editor is about to do, kept within the borders of cards and cells. */
  guard(tr: Transaction): Transaction {
    // Right after an editor was made it is not followed yet; nobody can have typed in it then.
    if (!this.#host || tr.getMeta(bindingKey) || !rules.guard) return tr;
    return guarded(this.#host.state, tr, this.flows.cards);
  }

  /** The editor did something: `before` is its state before these transactions, in order. */
  changed(transactions: readonly Transaction[], before: EditorState): void {
    const own = transactions.filter((tr) => !tr.getMeta(bindingKey));
    const [first] = own.filter((tr) => tr.docChanged);
    if (first) {
      const carets = first.before === before.doc ? this.#places(before.doc, before.selection.anchor, before.selection.head) : undefined;
      const mixed = transactions.slice(transactions.indexOf(first)).some((tr) => tr.getMeta(bindingKey));
      this.#write(first.before, mixed ? undefined : own.flatMap((tr) => tr.steps), carets);
    } else if (own.some((tr) => tr.selectionSet)) {
      this.found();
    }
  }

  /** The person chose where to go on: where the selection is now. */
  found(): void {
    if (!this.lost) return;
    this.lost = false;
    this.#carets = undefined;
  }

  /** Places of a selection of the editor, as others can be told. */
  carets(): Carets | undefined {
    const { doc, selection } = this.state;
    if (this.#carets?.doc === doc && this.#carets.selection === selection) return this.#carets.carets;
    const carets = selection instanceof TextSelection && !this.lost ? this.#places(doc, selection.anchor, selection.head) : undefined;
    this.#carets = { doc, selection, carets };
    return carets;
  }

  /** Where a place is in the editor now; undefined when it is not shown. */
  position(at: Place): number | undefined {
    return positionOf(this.flows, this.state.doc, at);
  }

  /** The document rebuilt from what is shared, for comparing. */
  read(): Node {
    return new Flows(this.doc, this.flows.cards, this.schema).document();
  }

  /** Throws when what is kept here is not what a fresh reading of the document gives. */
  check(): void {
    const fresh = new Flows(this.doc, this.flows.cards, this.schema);
    fresh.document();
    const said = (flow: Flow): string => JSON.stringify(flow.blocks.map(({ tokens, length, end, id }) => ({ tokens, length, end, id })), inOrder);
    for (const flow of fresh.open()) {
      const mine = said(this.flows.flow(flow.name));
      if (mine !== said(flow)) throw new Error(`the index of ${flow.name} is ${mine}, and a fresh one ${said(flow)}`);
    }
  }

  #places(doc: Node, anchor: number, head: number): Carets | undefined {
    const one = placeAt(this.flows, doc, anchor);
    const other = anchor === head ? one : placeAt(this.flows, doc, head);
    return one && other ? { anchor: one, head: other } : undefined;
  }

  // From the editor to the document.

  /** Without steps they are not known, and the editor goes back to what the document is. */
  #write(before: Node, steps: readonly Step[] | undefined, carets: Carets | undefined): void {
    const after = this.state.doc;
    const changed = new Set<Flow>();
    this.#writing = changed;
    this.undoing.before = carets;
    this.lost = false;
    let crossing = steps === undefined;
    let touched: Plan["touched"] = [];
    try {
      const maps = (steps ?? []).map((step) => step.getMap());
      const ranges = rules.stepRanges ? rangesOf(maps) : rangeBetween(before, after);
      if (steps) {
        const planned = plan(this.flows, before, after, ranges, this.chosen);
        ({ touched } = planned);
        this.doc.transact((transaction) => write(this.flows, transaction, planned), this);
        const typed = [...planned.operations.values()].some((list) => list.some(({ insert }) => insert.some(({ kind }) => kind === "text")));
        if (typed) this.#key = { clock: Y.getState(this.doc.store, this.doc.clientID) - 1, at: this.#options.now() };
        const found = restylings(this.flows, after, steps);
        if (found.length > 0) this.doc.transact((transaction) => restyle(this.flows, transaction, found), this);
      }
    } catch (mistake) {
      if (!(mistake instanceof Crossing)) throw mistake;
      crossing = true;
    } finally {
      this.#writing = undefined;
    }
    const { tr, selection } = this.state;
    if (crossing) {
      renderAll(this.flows, tr, this.cost);
    } else {
      for (const flow of changed) {
        const known = new Set(flow.rendered);
        flow.rendered = flow.shown().map((block) => (known.has(block) ? block : undefined));
      }
      for (const [name, ordinal] of touched) {
        const flow = this.flows.flow(name);
        if (ordinal < flow.rendered.length) flow.rendered[ordinal] = undefined;
        changed.add(flow);
      }
      render(this.flows, tr, changed, this.cost);
    }
    if (!tr.docChanged) return;
    const wanted = crossing ? carets : this.#places(after, selection.anchor, selection.head);
    if (wanted) this.#select(tr, wanted);
    this.#dispatch(tr, false);
  }

  // From the document to the editor.

  readonly #before = (transaction: Y.Transaction): void => {
    if (this.#host && !this.#writing) {
      this.carets();
      if (transaction.origin === this) this.undoing.before = this.#carets?.carets;
    }
  };

  readonly #after = (transaction: Y.Transaction): void => {
    const own = transaction.origin === this;
    keepFormats(transaction);
    const { changed, gone, hidden } = this.flows.follow(transaction);
    if (own || transaction.origin === this.undoing.manager) this.#typed.own(transaction);
    if (this.#writing) {
      for (const flow of changed) this.#writing.add(flow);
      for (const { kind, id } of gone) this.flows.forget(kind, id);
      this.#tell(transaction, own, changed, gone);
      this.#returned(transaction);
      return;
    }
    const lost = this.#host && this.#follow(transaction, changed, gone);
    // An empty paragraph that got a mark looks the same, and yet a caret has something to hold on to now.
    if (changed.size > 0) this.#carets = undefined;
    for (const { kind, id } of gone) this.flows.forget(kind, id);
    this.#tell(transaction, own, changed, gone);
    if (lost) this.#emit("lost", lost);
    this.#returned(transaction);
    if (transaction.local || !rules.offerWords) return;
    for (const offer of this.#typed.lost(transaction, gone, hidden)) {
      this.#typed.offered(offer);
      this.#emit("offer", offer);
    }
  };

  #returned(transaction: Y.Transaction): void {
    for (const [offer, at] of this.#typed.returned(transaction)) for (const listener of this.#listeners.returned) listener(offer, at);
  }

  #follow(transaction: Y.Transaction, changed: ReadonlySet<Flow>, gone: readonly Gone[]): Lost | undefined {
    const { doc, selection } = this.state;
    const carets = this.#carets?.carets;
    const tr = this.state.tr;
    if (rules.hunks) render(this.flows, tr, changed, this.cost);
    else if (changed.size > 0) renderAll(this.flows, tr, this.cost);
    const wanted = this.#caret;
    this.#caret = undefined;
    let lost: Lost | undefined;
    if (wanted) {
      const at = this.flows.isShown(wanted.flow) ? positionAt(this.flows, tr.doc, this.flows.flow(wanted.flow), wanted.index) : undefined;
      if (at !== undefined) tr.setSelection(TextSelection.create(tr.doc, at)).scrollIntoView();
    } else if (tr.docChanged && carets && rules.caretPlaces) {
      const took = !transaction.local && this.#tookKey(carets);
      if (took || (!this.#select(tr, carets) && !transaction.local)) lost = this.#lose(carets, selection, gone);
    } else if (tr.docChanged && selection instanceof NodeSelection) {
      if (!this.#keepCard(tr, doc, selection) && !transaction.local) {
        this.lost = true;
        lost = { gone: gone.find(({ id, part }) => !part && id === selection.node.attrs["id"]), at: undefined, line: "", rest: "" };
      }
    }
    if (tr.docChanged || tr.selectionSet) this.#dispatch(tr, transaction.origin !== this);
    return lost;
  }

  /** A card that is chosen stays chosen where it goes. */
  #keepCard(tr: Transaction, doc: Node, selection: NodeSelection): boolean {
    const id: unknown = selection.node.attrs["id"];
    if (typeof id !== "string" || doc.nodeAt(selection.from) !== selection.node) return true;
    let kept = false;
    tr.doc.forEach((node, pos) => {
      if (node.type !== selection.node.type || node.attrs["id"] !== id) return;
      kept = true;
      tr.setSelection(NodeSelection.create(tr.doc, pos));
    });
    return kept;
  }

  #lose({ head }: Carets, { $head }: Selection, gone: readonly Gone[]): Lost {
    this.lost = true;
    const { parent, parentOffset } = $head;
    const words = (from: number, to: number): string => parent.textBetween(from, to, "", (leaf) => leaf.type.spec.leafText?.(leaf) ?? "\ufffc");
    return {
      gone: gone.find((one) => goesWith(head.flow, one, this.flows.cards)),
      at: head,
      line: words(0, parentOffset),
      rest: words(parentOffset, parent.content.size),
    };
  }

  /** Was the letter taken away that this person typed a moment ago and stands behind? What they type next would be
   * the rest of a word in the middle of somebody else's. */
  #tookKey({ anchor, head }: Carets): boolean {
    if (anchor !== head || !rules.offerWords || this.#options.now() - this.#key.at > still) return false;
    const { item } = head.position as { item?: { client: number; clock: number } };
    if (item?.client !== this.doc.clientID || item.clock !== this.#key.clock) return false;
    return Y.getItem(this.doc.store, Y.createID(item.client, item.clock)).deleted;
  }

  #select(tr: Transaction, { anchor, head }: Carets): boolean {
    // Of a choice whose one end is gone the other is left.
    const to = positionOf(this.flows, tr.doc, head) ?? (anchor === head ? undefined : positionOf(this.flows, tr.doc, anchor));
    const from = anchor === head ? to : (positionOf(this.flows, tr.doc, anchor) ?? to);
    if (to === undefined || from === undefined) return false;
    tr.setSelection(TextSelection.create(tr.doc, from, to));
    return true;
  }

  /** Where the caret goes after undo. */
  #restore(carets: Carets | undefined): void {
    if (!carets || !this.#host) return;
    const tr = this.state.tr;
    if (!this.#select(tr, carets)) return;
    this.found();
    this.#dispatch(tr.scrollIntoView(), false);
  }

  #dispatch(tr: Transaction, remote: boolean): void {
    tr.setMeta(bindingKey, { remote } satisfies BindingMeta).setMeta("addToHistory", false);
    this.#host?.dispatch(tr);
  }

  #catchUp(): void {
    const tr = this.state.tr;
    const now = this.flows.document();
    if (now.eq(tr.doc)) return;
    renderAll(this.flows, tr, this.cost);
    this.#dispatch(tr, true);
  }

  #tell(transaction: Y.Transaction, own: boolean, changed: ReadonlySet<Flow>, gone: readonly Gone[]): void {
    if (changed.size === 0 && gone.length === 0) return;
    this.#emit("change", { transaction, own, flows: new Set([...changed].map(({ name }) => name)), gone });
  }

  #emit<Name extends Exclude<keyof Events, "full" | "returned">>(name: Name, news: Parameters<Events[Name]>[0]): void {
    for (const listener of this.#listeners[name]) (listener as (news: unknown) => void)(news);
  }

  // For commands.

  /** Writes a plan as one step of undo, and leaves the caret at a place of a flow. */
  commit(planned: Partial<Plan>, caret?: Spot): void {
    const whole: Plan = { operations: new Map(), values: [], removed: [], tables: [], touched: [], ...planned };
    for (const list of whole.operations.values()) list.sort((a, b) => a.at - b.at || a.remove - b.remove);
    this.#caret = caret;
    this.doc.transact((transaction) => write(this.flows, transaction, whole), this);
    this.#caret = undefined;
  }

  /** Puts the caret at a place of a flow; false when it is not shown. */
  select({ flow, index }: Spot): boolean {
    if (!this.flows.isShown(flow)) return false;
    const at = positionAt(this.flows, this.state.doc, this.flows.flow(flow), index);
    if (at === undefined) return false;
    this.#host?.dispatch(this.state.tr.setSelection(TextSelection.create(this.state.doc, at)).scrollIntoView());
    return true;
  }

  /** Puts the caret at a place that was kept; false when it is not shown. */
  goTo(at: Place): boolean {
    const position = this.position(at);
    if (position === undefined) return false;
    this.#host?.dispatch(this.state.tr.setSelection(TextSelection.create(this.state.doc, position)).scrollIntoView());
    return true;
  }

  /** Does something in the editor, as if the person had. */
  dispatch(tr: Transaction): void {
    this.#host?.dispatch(tr);
  }

  /** What a paragraph is. */
  line(block: Block): Line {
    return this.flows.line(block);
  }

  /** The plugin that joins an EditorView to this binding. */
  plugin(): Plugin {
    return new Plugin<Chain>({
      key: chainKey,
      state: {
        init: () => ({ tr: undefined, before: undefined }),
        apply: (tr, before): Chain => ({ tr, before }),
      },
      props: { handleDOMEvents: input },
      view: (view) => {
        const dispatch = view.dispatch.bind(view);
        view.dispatch = (tr) => dispatch(this.guard(tr));
        let waiting: ReturnType<typeof setInterval> | undefined;
        this.#door.waits = () => {
          waiting ??= setInterval(() => {
            this.release();
            if (this.#door.waiting) return;
            clearInterval(waiting);
            waiting = undefined;
          }, 50);
        };
        queueMicrotask(() => {
          if (view.isDestroyed) return;
          this.#look = () => look(view);
          this.attach(view);
        });
        return {
          update: (_, before) => {
            if (this.#host) this.changed(since(view.state, before), before);
            this.release();
          },
          destroy: () => {
            clearInterval(waiting);
            this.destroy();
          },
        };
      },
    });
  }
}

/** The transactions that made a state, newest first. */
interface Chain {
  tr: Transaction | undefined;
  before: Chain | undefined;
}

const chainKey = new PluginKey<Chain>("flows");

/** The transactions between two states. What is older is let go of. */
function since(state: EditorState, before: EditorState): Transaction[] {
  const found: Transaction[] = [];
  const end = chainKey.getState(before);
  let at = chainKey.getState(state);
  for (; at && at !== end; at = at.before) if (at.tr) found.unshift(at.tr);
  const newest = chainKey.getState(state);
  if (newest) newest.before = undefined;
  return at === end ? found : [];
}

/** For JSON that is the same for the same values. */
const inOrder = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
