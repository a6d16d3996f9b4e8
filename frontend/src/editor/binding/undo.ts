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

const longest = 200; // steps that can be taken back

export interface Carets {
  anchor: Place;
  head: Place;
}

type StackItem = Y.UndoManager["undoStack"][number];

/** Puts what a step deleted from texts where it was, so that the manager finds it done. */
function bringBack(transaction: Y.Transaction, step: StackItem): void {
  const { doc } = transaction;
  const items: Y.Item[] = [];
  Y.iterateDeletedStructs(transaction, step.deletions, (struct) => {
    if (!(struct instanceof Y.Item) || struct.parentSub !== null || struct.redone !== null || !struct.deleted) return;
    if (!(struct.parent instanceof Y.Text) || Y.isDeleted(step.insertions, struct.id)) return;
    items.push(struct);
  });
  for (const item of items) {
    const id = Y.createID(doc.clientID, Y.getState(doc.store, doc.clientID));
    const { right } = item;
    const again = new Y.Item(id, item, item.lastId, right, right && right.id, item.parent, null, item.content.copy());
    item.redone = id;
    again.keep = true;
    again.integrate(transaction, 0);
  }
}

export class Undo {
  readonly manager: Y.UndoManager;
  readonly #flows: Flows;
  /** Where the caret was before what happens now. */
  before: Carets | undefined;

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
   * the letters of a word that is being typed there. */
  #endsOthers(mark: Y.Item): boolean {
    const ends = (item: Y.Item): boolean =>
      !item.deleted && item.content instanceof Y.ContentEmbed && (markOf(item.content.embed) ?? referenceOf(item.content.embed)) !== undefined;
    for (let item = mark.right; item; item = item.right) {
      if (ends(item) && item.content instanceof Y.ContentEmbed) {
        if (markOf(item.content.embed) !== undefined) return false;
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
      if (transaction.origin === this.manager && this.#current) bringBack(transaction, this.#current);
    };
    if (rules.undoSpares) doc.on("beforeTransaction", first);
    try {
      return pop() !== null;
    } finally {
      doc.off("beforeTransaction", first);
      this.#current = undefined;
    }
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
