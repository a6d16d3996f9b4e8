// Undo over all flows at once. It takes back what was done here and nothing that others did since:
// a card in which somebody else wrote stays when inserting it is undone.
//
// What comes back goes directly behind what is left of it, where it was deleted. The manager of Yjs puts it
// in front, behind the last thing that stands there: that may be a letter of a word that somebody is typing,
// and the rest of the word would come behind what came back.
import * as Y from "yjs";
import type { Flows } from "./flows.ts";
import { body, cellFlow, markOf, referenceOf } from "./model.ts";
import type { Place } from "./place.ts";
import { rules } from "./rules.ts";
import { behindOthers } from "./write.ts";

const longest = 200; // steps that can be taken back
const watched = 50; // copies of which another may bring back a second one
const settled = Symbol("settled"); // who takes a second copy away

export interface Carets {
  anchor: Place;
  head: Place;
}

type StackItem = Y.UndoManager["undoStack"][number];

/** What was brought back here: the copy, and the last letter of what it is a copy of. */
interface Copy {
  id: Y.ID;
  of: Y.ID;
}

const isText = (item: Y.Item): boolean => item.content instanceof Y.ContentString;

/** Puts what a step deleted from texts where it was, so that the manager finds it done. What somebody else has
 * brought back already stands there once. */
function bringBack(transaction: Y.Transaction, step: StackItem): Copy[] {
  const { doc } = transaction;
  const items = new Set<Y.Item>();
  Y.iterateDeletedStructs(transaction, step.deletions, (struct) => {
    if (!(struct instanceof Y.Item) || struct.parentSub !== null || struct.redone !== null || !struct.deleted) return;
    if (!(struct.parent instanceof Y.Text) || Y.isDeleted(step.insertions, struct.id)) return;
    items.add(struct);
  });
  const others = (run: Y.Item[]): Y.Item | undefined => {
    const last = run.at(-1) as Y.Item;
    return isText(last) ? copyOf(last, last.lastId, wordsOf(run), (client) => client !== doc.clientID) : undefined;
  };
  const copies: Copy[] = [];
  for (const whole of runs(items)) {
    const there = others(whole);
    if (there) {
      became(whole, there.id);
      continue;
    }
    for (const item of whole) {
      const copy = others([item]);
      if (copy) became([item], copy.id);
      if (copy) items.delete(item);
    }
    for (const run of runs(whole.filter((item) => items.has(item)))) copies.push(...bringBackRun(transaction, run));
  }
  return copies;
}

function bringBackRun(transaction: Y.Transaction, run: Y.Item[]): Copy[] {
  const { doc } = transaction;
  const last = run.at(-1) as Y.Item;
  const id = Y.createID(doc.clientID, Y.getState(doc.store, doc.clientID));
  const content = isText(last) ? new Y.ContentString(wordsOf(run)) : last.content.copy();
  const again = new Y.Item(id, last, last.lastId, last.right, last.right && last.right.id, last.parent, null, content);
  became(run, id);
  again.keep = true;
  again.integrate(transaction, 0);
  return isText(last) ? [{ id, of: last.lastId }] : [];
}

/** Notes which letters those of a run are now, from this one on. */
function became(run: Y.Item[], { client, clock }: Y.ID): void {
  for (const item of run) {
    item.redone = Y.createID(client, clock);
    clock += item.length;
  }
}

const between = 8; // clocks that formats take between the letters of a word, at most

/** What comes back as one piece. A word that is typed with a mark is two items, as its first letter stood before the
 * end of the mark: were each brought back for itself, what somebody types there meanwhile would come between. */
function runs(items: Iterable<Y.Item>): Y.Item[][] {
  const all = new Set(items);
  const next = new Map<Y.Item, Y.Item>();
  for (const item of all) {
    let other = item.right;
    while (other && other.deleted && other.content instanceof Y.ContentFormat && !all.has(other)) other = other.right;
    if (!other || !all.has(other) || !isText(item) || !isText(other) || item.id.client !== other.id.client) continue;
    const gap = other.id.clock - item.id.clock - item.length;
    if (gap >= 0 && gap <= between) next.set(item, other);
  }
  const follow = new Set(next.values());
  return [...all]
    .filter((item) => !follow.has(item))
    .map((item) => {
      const run = [item];
      for (let other = next.get(item); other; other = next.get(other)) run.push(other);
      return run;
    });
}

const near = 200; // items that lie between a copy and what it is of, at most

/** Somebody else's copy of what ended with the letter `of`, when its words are these. */
function copyOf(first: Y.Item, of: Y.ID, words: string, theirs: (client: number) => boolean): Y.Item | undefined {
  let other = first.right;
  for (let n = 0; other && n < near; n++, other = other.right) {
    if (!other.deleted && theirs(other.id.client) && Y.compareIDs(other.origin, of) && textOf(other) === words) return other;
  }
  return undefined;
}

const textOf = (item: Y.Item): string => (item.content instanceof Y.ContentString ? item.content.str : "");
const wordsOf = (run: Y.Item[]): string => run.map(textOf).join("");

export class Undo {
  readonly manager: Y.UndoManager;
  readonly #flows: Flows;
  /** Where the caret was before what happens now. */
  before: Carets | undefined;
  #copies: Copy[] = [];

  constructor(flows: Flows, origin: unknown, captureTimeout: number, popped: (carets: Carets | undefined) => void) {
    this.#flows = flows;
    this.manager = new Y.UndoManager(flows.doc, {
      trackedOrigins: new Set([origin]),
      captureTimeout,
      deleteFilter: (item) => !rules.undoSpares || this.#mayGo(item),
    });
    this.manager.on("stack-item-added", ({ stackItem }) => {
      stackItem.meta.set("carets", this.before);
      // The oldest go; what they had deleted is let go of with them at the next tidying up.
      const { undoStack } = this.manager;
      if (undoStack.length > longest) undoStack.splice(0, undoStack.length - longest);
    });
    this.manager.on("stack-item-popped", ({ stackItem }) => popped(stackItem.meta.get("carets") as Carets | undefined));
  }

  /** May something that was made here be deleted again? Not when others' words would not be seen then. */
  #mayGo(item: Y.Item): boolean {
    const parent: unknown = item.parent;
    if (parent === this.#flows.tables && item.parentSub !== null) {
      const [table, what, part] = item.parentSub.split(":");
      return !table || !part || !this.#othersWroteIn(table, (row, column) => (what === "row" ? row : column) === part);
    }
    if (!(item.content instanceof Y.ContentEmbed)) return true;
    if (markOf(item.content.embed) !== undefined) return !this.#endsOthers(item);
    if (parent !== this.#flows.doc.share.get(body)) return true;
    const reference = referenceOf(item.content.embed);
    if (!reference) return true;
    // Of a card that was moved here another reference comes back.
    if (this.#bringsBack(reference.kind, reference.id)) return true;
    if (reference.kind === "table") return !this.#othersWroteIn(reference.id, () => true);
    return !(this.#flows.cards[reference.kind] ?? []).some((part) => this.#others(`${part}:${reference.id}`));
  }

  /** Does this mark end words of others that nothing else ends? Without it the next mark could come between
   * the letters of a word that is being typed there. Where somebody else went on behind it in a paragraph of
   * their own, theirs would be one with the words before. */
  #endsOthers(mark: Y.Item): boolean {
    const ends = (item: Y.Item): boolean =>
      !item.deleted && item.content instanceof Y.ContentEmbed && (markOf(item.content.embed) ?? referenceOf(item.content.embed)) !== undefined;
    for (let item = mark.right; item; item = item.right) {
      if (ends(item) && item.content instanceof Y.ContentEmbed) {
        if (markOf(item.content.embed) === undefined) break;
        if (item.id.client % behindOthers === this.#flows.doc.clientID || !Y.compareIDs(item.origin, mark.lastId)) return false;
        break;
      }
    }
    for (let item = mark.left; item && !ends(item); item = item.left) {
      if (!item.deleted && item.content instanceof Y.ContentString && item.id.client !== this.#flows.doc.clientID) return true;
    }
    return false;
  }

  #bringsBack(kind: string, id: string): boolean {
    const step = this.manager.currStackItem ?? this.#current;
    if (!step) return false;
    const removed = this.#flows.removed.get(`${kind}:${id}`);
    for (const [client, deletes] of step.deletions.clients) {
      const structs = this.#flows.doc.store.clients.get(client) ?? [];
      for (const struct of structs) {
        if (!(struct instanceof Y.Item) || !(struct.content instanceof Y.ContentEmbed)) continue;
        if (!deletes.some(({ clock, len }) => clock <= struct.id.clock && struct.id.clock < clock + len)) continue;
        // What was made and deleted within this step does not come back.
        if (Y.isDeleted(step.insertions, struct.id)) continue;
        const other = referenceOf(struct.content.embed);
        if (other?.kind === kind && other.id === id && (typeof removed !== "number" || other.place > removed)) return true;
      }
    }
    return false;
  }

  #othersWroteIn(table: string, in_: (row: string, column: string) => boolean): boolean {
    const shape = this.#flows.table(table);
    if (!shape) return false;
    return shape.rows.some((row) => shape.columns.some((column) => in_(row, column) && this.#others(cellFlow(table, row, column))));
  }

  /** Are there words in this flow that were not typed here? */
  #others(flow: string): boolean {
    const text = this.#flows.doc.share.get(flow);
    for (let item = text?._start ?? null; item; item = item.right) {
      if (!item.deleted && item.content instanceof Y.ContentString && item.id.client !== this.#flows.doc.clientID) return true;
    }
    return false;
  }

  #current: StackItem | undefined;

  undo(): boolean {
    return this.#pop(this.manager.undoStack, () => this.manager.undo());
  }

  redo(): boolean {
    return this.#pop(this.manager.redoStack, () => this.manager.redo());
  }

  #pop(stack: Y.UndoManager["undoStack"], pop: () => unknown): boolean {
    while (stack.length > 0 && !this.#does(stack.at(-1) as StackItem)) stack.pop();
    this.#current = stack.at(-1);
    const { doc } = this.#flows;
    const first = (transaction: Y.Transaction): void => {
      if (transaction.origin !== this.manager || !this.#current) return;
      this.#copies = [...this.#copies, ...bringBack(transaction, this.#current)].slice(-watched);
    };
    if (rules.undoSpares) doc.on("beforeTransaction", first);
    try {
      return pop() !== null;
    } finally {
      doc.off("beforeTransaction", first);
      this.#current = undefined;
    }
  }

  /** Two who bring the same words back at the same moment do not know of each other. Of two copies the one of the
   * person with the higher number stays; each takes away only what is their own. */
  settle(): void {
    if (this.#copies.length === 0) return;
    const { doc } = this.#flows;
    const gone: Y.Item[] = [];
    this.#copies = this.#copies.filter(({ id, of }) => {
      const item = Y.getItem(doc.store, id);
      const first = Y.getItem(doc.store, of);
      if (!(item instanceof Y.Item) || item.deleted || !(first instanceof Y.Item)) return false;
      if (!copyOf(first, of, textOf(item), (client) => client > doc.clientID)) return true;
      gone.push(item);
      return false;
    });
    if (gone.length > 0) doc.transact((transaction) => gone.forEach((item) => item.delete(transaction)), settled);
  }

  /** Is there anything left that this step can take back? */
  #does(step: StackItem): boolean {
    let does = false;
    this.#flows.doc.transact((transaction) => {
      Y.iterateDeletedStructs(transaction, step.deletions, (struct) => {
        does ||= struct instanceof Y.Item && !Y.isDeleted(step.insertions, struct.id);
      });
      if (does) return;
      Y.iterateDeletedStructs(transaction, step.insertions, (struct) => {
        if (does || !(struct instanceof Y.Item)) return;
        this.#current = step;
        let item: Y.Item | Y.GC = struct;
        while (item instanceof Y.Item && item.redone) item = Y.getItem(this.#flows.doc.store, item.redone);
        does = item instanceof Y.Item && !item.deleted && (!rules.undoSpares || this.#mayGo(item));
      });
    });
    this.#current = undefined;
    return does;
  }

  get canUndo(): boolean {
    return this.manager.undoStack.length > 0;
  }

  get canRedo(): boolean {
    return this.manager.redoStack.length > 0;
  }
}
