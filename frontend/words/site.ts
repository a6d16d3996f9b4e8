// One place where somebody works: an editor and its document, and what the network brings and takes.
import type { Node, ResolvedPos, Schema, Slice } from "prosemirror-model";
import type { EditorState, Transaction } from "prosemirror-state";
import type * as Y from "yjs";
import type { Scan } from "./scan.ts";

/** What the acts need of an editor. A command that the editor does not have is left out. */
export interface Editor {
  readonly doc: Y.Doc;
  readonly schema: Schema;
  readonly state: EditorState;
  readonly commands: Commands;
  dispatch(tr: Transaction): void;
  paste(slice: Slice): void;
  compose(on: boolean): void;
  /** Takes in an update from elsewhere. */
  receive(update: Uint8Array): void;
  /** Throws when what is shown is not what Yjs holds. */
  verify(): void;
  /** Words that were offered back so far; nothing where the editor offers none. */
  readonly offered: string | undefined;
  /** Whether a local transaction would be sent to others. */
  sends(transaction: Y.Transaction): boolean;
  /** The flow in which a position lies. */
  flowAt(pos: ResolvedPos): string;
  /** How often a region was replaced because nothing finer was found. */
  readonly fallbacks: number;
  /** Whether the caret is somewhere of the person's choosing. */
  readonly hasCaret: boolean;
  /** The document as lines, from the nodes of the editor; nothing where the model has none. */
  outline(): string[] | undefined;
  destroy(): void;
}

export interface Commands {
  split?(): boolean;
  /** Enter and Backspace as keys: they leave a list or a box first. */
  enter?(): boolean;
  backspace?(): boolean;
  joinBackward?(): boolean;
  joinForward?(): boolean;
  deleteSelection(): boolean;
  toggleHeading?(level: number): boolean;
  toggleList?(kind: "bullet" | "ordered"): boolean;
  indent?(by: 1 | -1): boolean;
  toggleBox?(kind: string): boolean;
  insertCard?(kind: string, id: string): boolean;
  moveCard?(kind: string, id: string, to: "up" | "down"): boolean;
  removeCard?(kind: string, id: string): boolean;
  putBack?(kind: string, id: string): boolean;
  insertTable?(rows: number, columns: number): boolean;
  addRow?(where: "before" | "after"): boolean;
  addColumn?(where: "before" | "after"): boolean;
  removeRow?(): boolean;
  removeColumn?(): boolean;
  toggleHeader?(): boolean;
  removeTable?(): boolean;
  undo(): boolean;
  redo(): boolean;
}

/** A model of the document: how an editor on it is made, and how it is read. */
export interface Model {
  readonly name: string;
  editor(doc: Y.Doc, seed: number): Editor;
  /** An editor on the same document by somebody who may only read. */
  reader(doc: Y.Doc): Editor;
  scan(doc: Y.Doc): Scan;
  /** Writes a small text with cards, a list and a table into an empty document. */
  plant(doc: Y.Doc, words: () => string): void;
  /** Whether places, paragraphs, carets and values can be judged; without, only words and cards are counted. */
  readonly exact: boolean;
}

/** The lines in which words stand, in the order of the document, with the position of their start. */
export function lines(doc: Node): { node: Node; pos: number }[] {
  const out: { node: Node; pos: number }[] = [];
  doc.descendants((node, pos) => {
    if (!node.isTextblock) return true;
    out.push({ node, pos: pos + 1 });
    return false;
  });
  return out;
}

/** The text of a line, one character for each position. */
export function textOf(line: Node): string {
  let out = "";
  line.forEach((child) => {
    out += child.isText ? (child.text ?? "") : "\uFFFC".repeat(child.nodeSize);
  });
  return out;
}
