// @vitest-environment jsdom
import { Editor } from "@tiptap/core";
import { Collaboration } from "@tiptap/extension-collaboration";
import { Fragment, Slice } from "@tiptap/pm/model";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { safeAddress } from "./address.ts";
import { sayer } from "./config.ts";
import { Keys } from "./keys.ts";
import { replaceID, requirement, requirementAt } from "./requirement.ts";
import { blocks, fragment } from "./schema.ts";

const say = sayer({ pendingKey: "PVE-…", requirementLabel: "Eis {key}", asForm: "Formulier" });
const asked: string[] = [];
let editors: Editor[] = [];

beforeEach(() => {
  asked.length = 0;
  vi.stubGlobal("fetch", (_: string, init?: RequestInit) => {
    const id = init?.body instanceof URLSearchParams ? init.body.get("id") : null;
    if (id === null) return Promise.resolve(Response.json({ requirements: [] }));
    asked.push(id);
    return Promise.resolve(Response.json({ id, key: `PVE-${asked.length}`, facts: "Concept" }));
  });
});

afterEach(() => {
  for (const editor of editors) editor.destroy();
  editors = [];
  vi.unstubAllGlobals();
});

function open(doc = new Y.Doc()): Editor {
  const keys = new Keys({ list: "/eisen.json", add: "/eisen", csrf: "x", mayWrite: () => true, taken: () => undefined });
  const editor = new Editor({
    element: document.body.appendChild(document.createElement("div")),
    injectCSS: false,
    extensions: [
      ...blocks(say),
      ...requirement({ say, keys, form: "/programmas/p/eisen/" }),
      Collaboration.configure({ document: doc, field: fragment }),
    ],
  });
  editors.push(editor);
  return editor;
}

/** The blocks of a document as a line: p"text", requirement(…). */
function shape(editor: Editor): string {
  const write = (node: Editor["state"]["doc"]): string => {
    if (node.isText) return node.text ?? "";
    const inside = node.children.map(write).join(" ");
    return node.isTextblock ? `"${inside}"` : `${node.type.name}(${inside})`;
  };
  return editor.state.doc.children.map(write).join(" ");
}

function ids(editor: Editor): string[] {
  const found: string[] = [];
  editor.state.doc.descendants((node) => {
    if (node.type.name === "requirement") found.push(String(node.attrs["id"]));
  });
  return found;
}

const type = (editor: Editor, text: string): boolean => editor.commands.insertContent(text);

function press(editor: Editor, key: string, modifiers: KeyboardEventInit = {}): void {
  const event = new KeyboardEvent("keydown", { key, ...modifiers });
  editor.view.someProp("handleKeyDown", (handle) => handle(editor.view, event));
}

/** An editor with one requirement that says something. */
function withOne(): Editor {
  const editor = open();
  editor.commands.insertRequirement();
  type(editor, "vaste begeleider");
  press(editor, "Enter");
  type(editor, "vertrouwen");
  return editor;
}

test("a requirement is inserted with the caret in its statement, and asks for its key", async () => {
  const editor = open();
  editor.commands.insertRequirement();
  type(editor, "x");
  expect(shape(editor)).toBe('requirement(statement("x") rationale(""))');
  expect(asked).toEqual(ids(editor));
  const key = editor.view.dom.querySelector(".sw-requirement__key");
  expect(key?.textContent).toBe("PVE-…");
  await vi.waitFor(() => expect(key?.textContent).toBe("PVE-1"));
});

test("it comes after the block with the caret, and takes the place of an empty line", () => {
  const editor = open();
  editor.commands.insertContent([{ type: "paragraph", content: [{ type: "text", text: "a" }] }, { type: "paragraph" }]);
  editor.commands.setTextSelection(1);
  editor.commands.insertRequirement();
  expect(shape(editor)).toMatch(/^"a" requirement/);
  editor.commands.leaveRequirement();
  const before = editor.state.doc.childCount;
  editor.commands.insertRequirement();
  expect(editor.state.doc.childCount).toBe(before);
});

test("Enter goes from the statement to the rationale, and from an empty line there out of the card", () => {
  const editor = withOne();
  expect(shape(editor)).toBe('requirement(statement("vaste begeleider") rationale("vertrouwen"))');
  press(editor, "Enter");
  press(editor, "Enter");
  type(editor, "verder");
  expect(shape(editor)).toBe('requirement(statement("vaste begeleider") rationale("vertrouwen")) "verder"');
});

test("Ctrl+Enter leaves the card from anywhere in it", () => {
  const editor = withOne();
  press(editor, "Enter", { ctrlKey: true });
  type(editor, "verder");
  expect(shape(editor)).toBe('requirement(statement("vaste begeleider") rationale("vertrouwen")) "verder"');
  expect(requirementAt(editor.state)).toBeUndefined();
});

test("Backspace removes a card without words, and never one with words", () => {
  const editor = open();
  editor.commands.insertRequirement();
  press(editor, "Backspace");
  expect(ids(editor)).toEqual([]);

  const full = withOne();
  full.commands.setTextSelection(3);
  press(full, "Backspace");
  expect(ids(full)).toHaveLength(1);
});

test("a copy is another requirement; the one that was there keeps its id", () => {
  const editor = withOne();
  const [first] = ids(editor);
  const copied = new Slice(Fragment.from(editor.state.doc.firstChild), 0, 0);
  editor.view.dispatch(editor.state.tr.replace(0, 0, copied)); // in front of it
  const [pasted, original] = ids(editor);
  expect(original).toBe(first);
  expect(pasted).not.toBe(first);
  expect(pasted).toMatch(/^[0-9a-f-]{36}$/);
});

test("a requirement that is moved keeps its id", () => {
  const editor = withOne();
  editor.commands.insertContentAt(editor.state.doc.content.size, { type: "paragraph", content: [{ type: "text", text: "eind" }] });
  const [first] = ids(editor);
  const node = editor.state.doc.firstChild;
  if (!node) throw new Error("no requirement");
  const tr = editor.state.tr.delete(0, node.nodeSize);
  editor.view.dispatch(tr.insert(tr.doc.content.size, node));
  expect(shape(editor)).toMatch(/^"eind" requirement/);
  expect(ids(editor)).toEqual([first]);
});

test("an id that belongs to another document is replaced", () => {
  const editor = withOne();
  const [first = ""] = ids(editor);
  replaceID(editor, first, "00000000-0000-4000-8000-000000000000");
  expect(ids(editor)).toEqual(["00000000-0000-4000-8000-000000000000"]);
});

test("what others do is not mended here as well", () => {
  const shared = new Y.Doc();
  const editor = open(shared);
  const other = new Y.Doc();
  other.on("update", (update: Uint8Array) => Y.applyUpdate(shared, update, "remote"));
  const node = () => {
    const element = new Y.XmlElement("requirement");
    element.setAttribute("id", "same");
    return element;
  };
  other.getXmlFragment(fragment).insert(0, [node(), node()]);
  expect(ids(editor)).toEqual(["same", "same"]);
});

test("what a narrower editor would delete stays: empty lists, items, cards and sections", () => {
  const shared = new Y.Doc();
  const text = shared.getXmlFragment(fragment);
  const names = ["bulletList", "orderedList", "requirement", "statement", "section", "principle", "term", "note", "sourceQuote"];
  const list = new Y.XmlElement("bulletList");
  list.insert(0, [new Y.XmlElement("listItem")]);
  text.insert(0, [...names.map((name) => new Y.XmlElement(name)), list]);
  const editor = open(shared);
  editor.commands.insertContentAt(editor.state.doc.content.size, { type: "paragraph" });
  const left = text.toArray().map((node) => (node as Y.XmlElement).nodeName);
  expect(left).toEqual([...names, "bulletList", "paragraph"]);
  expect(list.length).toBe(1);
});

test.each([
  ["https://a.nl/b", "https://a.nl/b"],
  ["www.voorbeeld.nl", "https://www.voorbeeld.nl"],
  ["iemand@voorbeeld.test", "mailto:iemand@voorbeeld.test"],
  ["/programmas/x", "/programmas/x"],
  ["javascript:alert(1)", ""],
  ["data:text/html,x", ""],
  ["//elders.nl", ""],
  ["java\nscript:x", ""],
  ["", ""],
])("the address %j becomes %j", (typed, address) => {
  expect(safeAddress(typed)).toBe(address);
});
