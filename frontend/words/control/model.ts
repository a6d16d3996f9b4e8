// The control: the same people and the same network, with the text as a tree of XML elements, as the
// binding that comes with Yjs writes it.
import { deleteSelection, joinBackward, joinForward, setBlockType, splitBlock, wrapIn, lift } from "prosemirror-commands";
import { Fragment, type Node, Schema, type Slice } from "prosemirror-model";
import { type Command, EditorState, TextSelection, type Transaction } from "prosemirror-state";
import { redo, undo, ySyncPlugin, yUndoPlugin, yUndoPluginKey } from "y-prosemirror";
import * as Y from "yjs";
import { Broken } from "../ledger.ts";
import { type Scan, wordLength } from "../scan.ts";
import type { Commands, Editor, Model } from "../site.ts";

const root = "default";

const schema = new Schema({
  nodes: {
    doc: { content: "block+" },
    paragraph: { group: "block", content: "inline*" },
    heading: { group: "block", content: "inline*", attrs: { level: { default: 2 } } },
    bulletList: { group: "block", content: "listItem+" },
    orderedList: { group: "block", content: "listItem+" },
    listItem: { content: "paragraph block*" },
    box: { group: "block", content: "block+", attrs: { kind: { default: "note" } } },
    requirement: { group: "block", content: "statement rationale", attrs: { id: { default: "" } }, isolating: true },
    statement: { content: "block+", isolating: true },
    rationale: { content: "block+", isolating: true },
    text: { group: "inline" },
    hardBreak: { group: "inline", inline: true },
  },
  marks: { bold: {}, italic: {}, strike: {}, code: {}, link: { attrs: { href: { default: "" } } } },
});
const type = schema.nodes;

interface PluginView {
  update?(view: unknown, previous: EditorState): void;
  destroy?(): void;
}

/** An editor without a screen, with the plugins as an EditorView would run them. */
class TreeEditor implements Editor {
  readonly schema = schema;
  readonly commands: Commands;
  readonly fallbacks = 0;
  readonly hasCaret = true;
  readonly offered = undefined;
  readonly doc: Y.Doc;
  state: EditorState;
  private readonly views: PluginView[] = [];

  constructor(doc: Y.Doc) {
    this.doc = doc;
    this.state = EditorState.create({ schema, plugins: [ySyncPlugin(doc.getXmlFragment(root)), yUndoPlugin()] });
    for (const plugin of this.state.plugins) {
      const view = plugin.spec.view?.(this as never);
      if (view) this.views.push(view as PluginView);
    }
    this.commands = this.makeCommands();
  }

  readonly hasFocus = (): boolean => false;
  readonly composing = false;

  readonly dispatch = (tr: Transaction): void => {
    const previous = this.state;
    this.state = this.state.apply(tr);
    for (const view of this.views) view.update?.(this, previous);
  };
  updateState(state: EditorState): void {
    this.state = state;
  }
  paste(slice: Slice): void {
    this.dispatch(this.state.tr.replaceSelection(slice));
  }
  compose(): void {}
  sends(): boolean {
    return false; // not what is judged here
  }
  flowAt(): string {
    return root;
  }
  outline(): undefined {
    return undefined;
  }
  receive(update: Uint8Array): void {
    Y.applyUpdate(this.doc, update, "network");
  }
  verify(): void {
    this.state.doc.check();
    const ids = new Set<string>();
    this.state.doc.descendants((node) => {
      if (node.type !== type.requirement) return !node.isTextblock;
      const id = String(node.attrs["id"]);
      if (ids.has(id)) throw new Broken(2, `the card ${id} stands twice`);
      ids.add(id);
      return false;
    });
  }
  destroy(): void {
    (yUndoPluginKey.getState(this.state) as { undoManager: Y.UndoManager } | undefined)?.undoManager.destroy();
    for (const view of this.views) view.destroy?.();
  }

  private run(command: Command): boolean {
    return command(this.state, this.dispatch);
  }

  private inList(): boolean {
    const { $from } = this.state.selection;
    for (let d = $from.depth; d > 0; d--) if ($from.node(d).type === type.listItem) return true;
    return false;
  }

  private makeCommands(): Commands {
    return {
      split: () => this.run(splitBlock),
      joinBackward: () => this.run(joinBackward),
      joinForward: () => this.run(joinForward),
      deleteSelection: () => this.run(deleteSelection),
      toggleHeading: (level) => {
        const is = this.state.selection.$from.parent.type === type.heading;
        return this.run(is ? setBlockType(type.paragraph) : setBlockType(type.heading, { level }));
      },
      toggleList: (kind) =>
        this.run(this.inList() ? lift : wrapIn(kind === "bullet" ? type.bulletList : type.orderedList)),
      toggleBox: (kind) => {
        const { $from } = this.state.selection;
        for (let d = $from.depth; d > 0; d--) if ($from.node(d).type === type.box) return this.run(lift);
        return this.run(wrapIn(type.box, { kind }));
      },
      insertCard: (_kind, id) => this.insert(id, type.paragraph.create()),
      removeCard: (_kind, id) => this.remove(id) !== undefined,
      moveCard: (_kind, id, to) => this.move(id, to),
      undo: () => undo(this.state),
      redo: () => redo(this.state),
    };
  }

  private insert(id: string, statement: Node): boolean {
    const { $from } = this.state.selection;
    const card = type.requirement.create({ id }, [type.statement.create(null, statement), type.rationale.create(null, type.paragraph.create())]);
    const tr = this.state.tr.insert($from.depth === 0 ? 0 : $from.after(1), card);
    tr.setSelection(TextSelection.near(tr.doc.resolve($from.depth === 0 ? 1 : $from.after(1) + 2)));
    this.dispatch(tr);
    return true;
  }

  private find(id: string): { pos: number; node: Node } | undefined {
    let found: { pos: number; node: Node } | undefined;
    this.state.doc.forEach((node, pos) => {
      if (node.type === type.requirement && node.attrs["id"] === id) found = { pos, node };
    });
    return found;
  }

  private remove(id: string): Node | undefined {
    const card = this.find(id);
    if (card === undefined) return undefined;
    const tr = this.state.tr.delete(card.pos, card.pos + card.node.nodeSize);
    this.dispatch(tr);
    return card.node;
  }

  private move(id: string, to: "up" | "down"): boolean {
    const card = this.find(id);
    if (card === undefined) return false;
    const index = this.state.doc.resolve(card.pos).index();
    const other = this.state.doc.maybeChild(to === "up" ? index - 1 : index + 1);
    if (!other) return false;
    const pos = to === "up" ? card.pos - other.nodeSize : card.pos + other.nodeSize;
    this.dispatch(this.state.tr.delete(card.pos, card.pos + card.node.nodeSize).insert(pos, Fragment.from(card.node)));
    return true;
  }
}

const runs = /[A-Z][a-z]*|[a-z]+/g;

function textOf(node: Y.XmlFragment | Y.XmlText, out: string[]): void {
  if (node instanceof Y.XmlText) {
    let text = "";
    for (let item = node._start; item !== null; item = item.right) {
      if (!item.deleted && item.content instanceof Y.ContentString) text += item.content.str;
    }
    out.push(text);
    return;
  }
  for (const child of node.toArray()) {
    if (child instanceof Y.XmlText || child instanceof Y.XmlFragment) textOf(child, out);
  }
  out.push("\n");
}

export const control: Model = {
  name: "control",
  exact: false,
  editor: (doc) => new TreeEditor(doc),
  reader: (doc) => new TreeEditor(doc),
  scan(doc): Scan {
    const out: Scan = { words: new Map(), pieces: [], marks: new Map(), cards: new Map(), others: new Map() };
    const texts: string[] = [];
    textOf(doc.getXmlFragment(root), texts);
    // Texts that stand side by side in one element are one text to a reader.
    for (const found of texts.join("").matchAll(runs)) {
      const run = found[0];
      if (run.length < wordLength || run[0] === run[0]?.toLowerCase()) {
        out.pieces.push({ text: run, flow: root, first: "", mixed: false });
        continue;
      }
      const token = run.slice(0, wordLength);
      if (run.length > wordLength) out.pieces.push({ text: run.slice(wordLength), flow: root, first: "", mixed: false });
      const seen = { flow: root, first: "", stretch: "", at: found.index, shown: true, mixed: false, attributes: {}, uneven: new Set<string>() };
      const list = out.words.get(token);
      if (list === undefined) out.words.set(token, [seen]);
      else list.push(seen);
    }
    return out;
  },
  plant(doc, words): void {
    const line = (name: string, ...attributes: [string, unknown][]): Y.XmlElement => {
      const element = new Y.XmlElement(name);
      const text = new Y.XmlText();
      text.insert(0, `${words()} ${words()}`);
      element.insert(0, [text]);
      for (const [key, value] of attributes) element.setAttribute(key, value as string);
      return element;
    };
    const around = (name: string, ...children: Y.XmlElement[]): Y.XmlElement => {
      const element = new Y.XmlElement(name);
      element.insert(0, children);
      return element;
    };
    const card = (id: string): Y.XmlElement => {
      const element = around("requirement", around("statement", line("paragraph")), around("rationale", new Y.XmlElement("paragraph")));
      element.setAttribute("id", id);
      return element;
    };
    const item = (): Y.XmlElement => around("listItem", line("paragraph"));
    doc.getXmlFragment(root).insert(0, [
      line("heading", ["level", 3]), line("paragraph"), card("k1"), around("bulletList", item(), item()),
      around("orderedList", item()), card("k2"), around("box", line("paragraph"), line("paragraph")), line("paragraph"),
    ]);
  },
};
