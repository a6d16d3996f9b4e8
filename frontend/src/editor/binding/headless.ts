// An editor without a screen: all that the binding needs of one. For programs and tests.
import { EditorState, type Plugin, type Transaction } from "prosemirror-state";
import type * as Y from "yjs";
import { Binding, type BindingOptions, type Host } from "./index.ts";

export interface HeadlessOptions extends Omit<BindingOptions, "doc"> {
  plugins?: readonly Plugin[];
}

export class Headless implements Host {
  readonly doc: Y.Doc;
  readonly binding: Binding;
  state: EditorState;
  composing = false;

  constructor(doc: Y.Doc, { plugins = [], ...options }: HeadlessOptions) {
    this.doc = doc;
    this.binding = new Binding({ doc, ...options });
    this.state = EditorState.create({ doc: this.binding.start(), plugins: [...plugins] });
    this.binding.attach(this);
  }

  /** As a view does it: the border guard, the state, and then whoever follows it. */
  dispatch(tr: Transaction): void {
    const before = this.state;
    const { state, transactions } = before.applyTransaction(this.binding.guard(tr));
    this.state = state;
    this.binding.changed(transactions, before);
  }

  destroy(): void {
    this.binding.destroy();
  }
}
