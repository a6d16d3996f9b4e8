// @vitest-environment jsdom
// The binding in a view of ProseMirror: what a browser does with it.
import { EditorState, TextSelection } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import { afterEach, beforeEach, expect, test } from "vitest";
import * as Y from "yjs";
import { flowSchema } from "../schema.ts";
import { Binding } from "./index.ts";

const schema = flowSchema((name) => name);

let doc: Y.Doc;
let other: Y.Doc;
let binding: Binding;
let view: EditorView;

beforeEach(async () => {
  doc = new Y.Doc();
  other = new Y.Doc();
  doc.getText("body").insertEmbed(0, { p: "first" });
  let ids = 0;
  binding = new Binding({ doc, schema, cards: { requirement: ["statement", "rationale"] }, newID: () => `n${++ids}` });
  const place = document.createElement("div");
  document.body.append(place);
  view = new EditorView(place, { state: EditorState.create({ doc: binding.start(), plugins: [binding.plugin()] }) });
  await Promise.resolve();
});

afterEach(() => view.destroy());

const exchange = (): void => {
  Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
  binding.receive(Y.encodeStateAsUpdate(other, Y.encodeStateVector(doc)), "network");
};

test("what is typed is in the document, and what others write is in the view", () => {
  view.dispatch(view.state.tr.insertText("samen"));
  expect(doc.getText("body").toString()).toBe("samen");
  exchange();
  other.getText("body").insert(5, " werken");
  exchange();
  expect(view.state.doc.textContent).toBe("samen werken");
  expect(view.dom.textContent).toBe("samen werken");
  expect(view.state.selection.from).toBe(6);
  binding.commands.insertCard("requirement", "r1");
  expect(view.dom.querySelectorAll("section")).toHaveLength(1);
  binding.commands.undo();
  expect(view.dom.querySelectorAll("section")).toHaveLength(0);
  expect(view.state.doc.eq(binding.read())).toBe(true);
});

test("an editor that was only just made can be told where the caret is", async () => {
  view.destroy();
  const again = new Binding({ doc, schema, cards: { requirement: ["statement", "rationale"] }, newID: () => "n" });
  doc.getText("body").insert(0, "samen");
  view = new EditorView(document.body, { state: EditorState.create({ doc: again.start(), plugins: [again.plugin()] }) });
  view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, 6)));
  await Promise.resolve();
  expect(view.state.selection.from).toBe(6);
  view.dispatch(view.state.tr.insertText(" werken"));
  expect(doc.getText("body").toString()).toBe("samen werken");
});

test("a state that is only tried out is not written", () => {
  view.state.apply(view.state.tr.insertText("nooit"));
  view.dispatch(view.state.tr.insertText("wel"));
  expect(doc.getText("body").toString()).toBe("wel");
});

test("while somebody composes, what others write waits", () => {
  view.dispatch(view.state.tr.insertText("e"));
  exchange();
  other.getText("body").insert(1, " van een ander");
  Object.defineProperty(view, "composing", { value: true, configurable: true });
  exchange();
  expect(view.state.doc.textContent).toBe("e");
  Object.defineProperty(view, "composing", { value: false, configurable: true });
  binding.release();
  expect(view.state.doc.textContent).toBe("e van een ander");
});
