// @vitest-environment jsdom
import { Schema } from "prosemirror-model";
import { EditorState, Plugin } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Late, late } from "./late.ts";

const schema = new Schema({
  nodes: { doc: { content: "paragraph+" }, paragraph: { content: "text*", toDOM: () => ["p", 0], parseDOM: [{ tag: "p" }] }, text: {} },
});
let view: EditorView;
let said: string[] = [];

beforeEach(() => void vi.stubGlobal("ClipboardEvent", Event)); // which a browser without a screen lacks

afterEach(() => {
  view.destroy();
  said = [];
  vi.unstubAllGlobals();
});

/** An editor for which bring has the plugins come. */
function open(): { bring: () => Promise<void> } {
  let come: (late: Late) => void = () => undefined;
  const coming = new Promise<Late>((resolve) => (come = resolve));
  view = new EditorView(document.body, { state: EditorState.create({ schema, plugins: [late(() => coming)] }) });
  const clean = new Plugin({ props: { transformPastedHTML: (html) => html.replace("rommel", "schoon") } });
  const draws = new Plugin({ view: () => ({ update: () => said.push("drawn"), destroy: () => said.push("ended") }) });
  return {
    bring: async () => {
      come({ clipboard: [clean], views: [draws] });
      await coming;
    },
  };
}

/** What a browser does; reports whether it is left to do what it does by itself. */
function happens(kind: string, data: Record<string, string> = {}): boolean {
  const event = new Event(kind, { bubbles: true, cancelable: true });
  Object.assign(event, { clipboardData: { getData: (type: string) => data[type] ?? "", clearData: () => undefined, setData: () => undefined } });
  return view.dom.dispatchEvent(event);
}

test("what is pasted before the reader of it is there waits, and comes in clean", async () => {
  const { bring } = open();
  expect(happens("paste", { "text/html": "<p>rommel</p>", "text/plain": "rommel" })).toBe(false);
  expect(view.state.doc.textContent).toBe("");
  await bring();
  expect(view.state.doc.textContent).toBe("schoon");
});

test("nothing is cut before there is somebody who writes it on the clipboard", async () => {
  const { bring } = open();
  view.dispatch(view.state.tr.insertText("Blijft."));
  for (const kind of ["copy", "cut", "drop"]) expect(happens(kind), kind).toBe(false);
  expect(view.state.doc.textContent).toBe("Blijft.");
  await bring();
});

test("what draws beside the text begins when it comes, and ends with the view", async () => {
  const { bring } = open();
  view.dispatch(view.state.tr.insertText("a"));
  await bring();
  expect(said).toEqual([]);
  view.dispatch(view.state.tr.insertText("b"));
  expect(said).toEqual(["drawn"]);
  view.destroy();
  expect(said).toEqual(["drawn", "ended"]);
});

test("who comes too late does nothing", async () => {
  const { bring } = open();
  happens("paste", { "text/plain": "weg" });
  view.destroy();
  await bring();
  expect(said).toEqual([]);
});
