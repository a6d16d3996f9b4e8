// @vitest-environment jsdom
// The editor on the page of a browser without a screen: keys, cards, tables and pasting.
import { EditorState, NodeSelection, TextSelection } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { Binding } from "./binding/index.ts";
import { nodeViews } from "./card.ts";
import { sayer } from "./config.ts";
import { flowSchema } from "./flow-schema.ts";
import { newID } from "./id.ts";
import { keys } from "./keymap.ts";
import { Keys } from "./keys.ts";
import { entriesOf, outline } from "./outline.ts";
import { pasting } from "./pasting.ts";
import { toolbar } from "./toolbar.ts";

const say = sayer({ pendingKey: "PVE-…", requirementLabel: "Eis {key}", asForm: "Formulier" });
const schema = flowSchema(say);
const asked: string[] = [];
let open: Page[] = [];

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
  for (const page of open) page.view.destroy();
  open = [];
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

interface Page {
  view: EditorView;
  binding: Binding;
  bar: HTMLElement;
  moved: string[];
  left: number;
}

async function edit(doc = new Y.Doc()): Promise<Page> {
  const keysOf = new Keys({ list: "/eisen.json", add: "/eisen", csrf: "x", mayWrite: () => true, taken: () => undefined });
  const binding = new Binding({ doc, schema, cards: { requirement: ["statement", "rationale"] }, newID, captureTimeout: 0 });
  const [bar, place, list] = ["div", "div", "ol"].map((tag) => document.body.appendChild(document.createElement(tag)));
  if (!bar || !place || !list) throw new Error("no page");
  const added = (id: string): void => void keysOf.add(id);
  const page: Page = { binding, bar, moved: [], left: 0 } as unknown as Page;
  const moved = ({ id }: { id: string }): void => void page.moved.push(id);
  page.view = new EditorView(place, {
    state: EditorState.create({
      doc: binding.start(),
      plugins: [
        binding.plugin(),
        keys({ binding, added, moved, askLink: () => undefined, leave: () => page.left++ }),
        pasting(schema, () => undefined),
        outline(list, keysOf, "PVE-…"),
        toolbar(bar, { binding, say, form: "/f/", added, moved, writing: () => true }),
      ],
    }),
    nodeViews: nodeViews({ say, keys: keysOf, form: "/programmas/p/eisen/" }),
  });
  open.push(page);
  await Promise.resolve(); // the binding joins the view in the next moment
  return page;
}

/** The blocks of a document as a line: "text", requirement(…). */
function shape({ view }: Page): string {
  const write = (node: EditorState["doc"]): string => {
    if (node.isText) return node.text ?? "";
    const inside = node.children.map(write).join(" ");
    return node.isTextblock ? `"${inside}"` : `${node.type.name}(${inside})`;
  };
  return view.state.doc.children.map(write).join(" ");
}

function ids({ view }: Page): string[] {
  return view.state.doc.children.filter((node) => node.type.name === "requirement").map((node) => String(node.attrs["id"]));
}

/** Types as a browser does: the editor is asked first. */
function type(page: Page, text: string): void {
  for (const letter of text) {
    const { from, to } = page.view.state.selection;
    const insert = () => page.view.state.tr.insertText(letter, from, to);
    if (!page.view.someProp("handleTextInput", (handle) => handle(page.view, from, to, letter, insert))) page.view.dispatch(insert());
  }
}

function press({ view }: Page, key: string, modifiers: KeyboardEventInit = {}): boolean {
  const event = new KeyboardEvent("keydown", { key, ...modifiers });
  return view.someProp("handleKeyDown", (handle) => handle(view, event)) ?? false;
}

/** Puts the caret behind some words. */
function behind({ view }: Page, words: string): void {
  let found = -1;
  view.state.doc.descendants((node, pos) => {
    const at = node.isTextblock ? node.textContent.indexOf(words) : -1;
    if (at >= 0 && found < 0) found = pos + 1 + at + words.length;
  });
  view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, found)));
}

/** An editor with one requirement that says something. */
async function withOne(): Promise<Page> {
  const page = await edit();
  press(page, "e", { ctrlKey: true, shiftKey: true });
  type(page, "vaste begeleider");
  press(page, "Enter");
  type(page, "vertrouwen");
  return page;
}

const pasted = new Event("paste") as ClipboardEvent; // the clipboard itself is not looked at
const pasteHTML = ({ view }: Page, html: string): boolean => view.pasteHTML(html, pasted);
const pasteText = ({ view }: Page, text: string): boolean => view.pasteText(text, pasted);

const card = 'requirement(statement("vaste begeleider") rationale("vertrouwen"))';

test("a requirement is inserted with the caret in its statement, and asks for its key", async () => {
  const page = await edit();
  press(page, "e", { ctrlKey: true, shiftKey: true });
  type(page, "x");
  expect(shape(page)).toBe('requirement(statement("x") rationale(""))');
  expect(asked).toEqual(ids(page));
  const key = page.view.dom.querySelector(".sw-requirement__key");
  expect(key?.textContent).toBe("PVE-…");
  await vi.waitFor(() => expect(key?.textContent).toBe("PVE-1"));
  expect(page.view.dom.querySelector("section")?.getAttribute("aria-label")).toBe("Eis PVE-1");
});

test("it comes after the block with the caret, and takes the place of an empty line", async () => {
  const page = await edit();
  type(page, "a");
  press(page, "Enter");
  behind(page, "a");
  press(page, "e", { ctrlKey: true, shiftKey: true });
  expect(shape(page)).toBe('"a" requirement(statement("") rationale("")) ""');
  press(page, "Enter", { ctrlKey: true });
  const before = page.view.state.doc.childCount;
  press(page, "e", { ctrlKey: true, shiftKey: true });
  expect(page.view.state.doc.childCount).toBe(before);
});

test("Enter goes from the statement to the rationale, and from an empty line there out of the card", async () => {
  const page = await withOne();
  expect(shape(page)).toBe(card);
  press(page, "Enter");
  press(page, "Enter");
  type(page, "verder");
  expect(shape(page)).toBe(`${card} "verder"`);
});

test("Ctrl+Enter leaves the card from anywhere in it", async () => {
  const page = await withOne();
  press(page, "Enter", { ctrlKey: true });
  type(page, "verder");
  expect(shape(page)).toBe(`${card} "verder"`);
});

test("Backspace removes a card without words, and never one with words", async () => {
  const page = await edit();
  press(page, "e", { ctrlKey: true, shiftKey: true });
  press(page, "Backspace");
  expect(ids(page)).toEqual([]);

  const full = await withOne();
  behind(full, "");
  press(full, "Backspace");
  expect(shape(full)).toBe(card);
});

test("Backspace behind a card takes an empty line and chooses the card, and then takes that; undo brings it back with its words", async () => {
  const page = await withOne();
  press(page, "Enter", { ctrlKey: true });
  press(page, "Backspace");
  expect(shape(page)).toBe(card);
  expect(page.view.state.selection).toBeInstanceOf(NodeSelection);
  press(page, "Backspace");
  expect(shape(page)).toBe('""');
  press(page, "z", { ctrlKey: true });
  expect(shape(page)).toBe(card);
});

test("behind a card a line with words is not joined to it, and Delete before one takes an empty line", async () => {
  const page = await withOne();
  press(page, "Enter", { ctrlKey: true });
  type(page, "na");
  const { doc, tr } = page.view.state;
  page.view.dispatch(tr.setSelection(TextSelection.create(doc, doc.content.size - 3)));
  press(page, "Backspace");
  expect(shape(page)).toBe(`${card} "na"`);
  expect(page.view.state.selection).toBeInstanceOf(NodeSelection);
  page.view.dispatch(page.view.state.tr.insert(0, schema.nodes.paragraph.create()));
  page.view.dispatch(page.view.state.tr.setSelection(TextSelection.create(page.view.state.doc, 1)));
  press(page, "Delete");
  expect(shape(page)).toBe(`${card} "na"`);
});

test("a card goes up and down by keyboard, with the caret in it, and that is said", async () => {
  const page = await withOne();
  press(page, "Enter", { ctrlKey: true });
  type(page, "na");
  behind(page, "vaste");
  const [id] = ids(page);
  expect(press(page, "ArrowDown", { altKey: true, shiftKey: true })).toBe(true);
  expect(shape(page)).toBe(`"na" ${card}`);
  type(page, "!");
  press(page, "ArrowUp", { altKey: true, shiftKey: true });
  expect(shape(page)).toBe('requirement(statement("vaste! begeleider") rationale("vertrouwen")) "na"');
  expect(press(page, "ArrowUp", { altKey: true, shiftKey: true })).toBe(false);
  expect(page.moved).toEqual([id, id]);
  expect(ids(page)).toEqual([id]);
});

test("a requirement that is moved by dragging keeps its id and its words", async () => {
  const page = await withOne();
  press(page, "Enter", { ctrlKey: true });
  type(page, "eind");
  const [first] = ids(page);
  const { tr, doc } = page.view.state;
  const node = doc.child(0);
  tr.delete(0, node.nodeSize);
  page.view.dispatch(tr.insert(tr.doc.content.size, node));
  expect(shape(page)).toBe(`"eind" ${card}`);
  expect(ids(page)).toEqual([first]);
});

test("a copy is another requirement; the one that was there keeps its id", async () => {
  const page = await withOne();
  const [first] = ids(page);
  const copied = page.view.serializeForClipboard(page.view.state.doc.slice(0, page.view.state.doc.content.size));
  press(page, "Enter", { ctrlKey: true });
  pasteHTML(page, copied.dom.innerHTML);
  const [original, copy] = ids(page);
  expect(original).toBe(first);
  expect(copy).toMatch(/^[0-9a-f-]{36}$/);
  expect(copy).not.toBe(first);
  expect(shape(page).split(card)).toHaveLength(3);
});

test("an id that belongs to another document is replaced", async () => {
  const page = await withOne();
  const instead = "00000000-0000-4000-8000-000000000000";
  page.binding.commands.replaceID("requirement", ids(page)[0] ?? "", instead);
  expect(ids(page)).toEqual([instead]);
  expect(page.view.dom.querySelector("section")?.id).toBe(`eis-${instead}`);
  expect(shape(page)).toBe(card);
});

test("in a table Tab goes through the cells, and behind the last one makes a row", async () => {
  const page = await edit();
  page.binding.commands.insertTable(2, 2);
  type(page, "a");
  for (const word of ["b", "c", "d", "e"]) {
    expect(press(page, "Tab")).toBe(true);
    type(page, word);
  }
  expect(page.view.state.doc.child(0).children.map((row) => row.children.map((cell) => cell.textContent))).toEqual([
    ["a", "b"],
    ["c", "d"],
    ["e", ""],
  ]);
  press(page, "Tab", { shiftKey: true });
  press(page, "Tab", { shiftKey: true });
  expect(page.view.state.selection.$from.parent.textContent).toBe("c");
  press(page, "Enter", { ctrlKey: true });
  type(page, "na");
  expect(shape(page)).toMatch(/^table\(.*\) "na"$/);
});

test("in a list Tab puts an item deeper, and never leaves; elsewhere it is the browser's", async () => {
  const page = await edit();
  expect(press(page, "Tab")).toBe(false);
  expect(press(page, "Tab", { shiftKey: true })).toBe(false);
  type(page, "- een");
  press(page, "Enter");
  type(page, "twee");
  expect(press(page, "Tab")).toBe(true);
  expect(shape(page)).toBe('bulletList(listItem("een" bulletList(listItem("twee"))))');
  press(page, "Tab", { shiftKey: true });
  expect(shape(page)).toBe('bulletList(listItem("een") listItem("twee"))');
  behind(page, "een");
  expect(press(page, "Tab")).toBe(true);
  expect(shape(page)).toBe('bulletList(listItem("een") listItem("twee"))');
  expect(press(page, "Escape")).toBe(true);
  expect(page.left).toBe(1);
});

test("marks at the start of a line make lists and headings", async () => {
  const page = await edit();
  type(page, "## Kop");
  press(page, "Enter");
  type(page, "1. een");
  press(page, "Enter");
  press(page, "Enter");
  type(page, "5 - 3 is 2");
  expect(shape(page)).toBe('"Kop" orderedList(listItem("een")) "5 - 3 is 2"');
  expect(page.view.state.doc.child(0).attrs).toEqual({ level: 2 });
});

test("what is pasted from elsewhere arrives clean, also in a card, where a table leaves its words", async () => {
  const page = await withOne();
  behind(page, "vertrouwen");
  pasteHTML(page, "<h1>Kop</h1><table><tr><td>a</td><td>b</td></tr></table><p onclick=x>slot</p>");
  expect(page.view.state.doc.textBetween(0, page.view.state.doc.content.size, "|")).toBe("vaste begeleider|vertrouwenKop|a|b|slot");
  press(page, "Enter", { ctrlKey: true });
  pasteHTML(page, "<blockquote><p>zei zij</p></blockquote><table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>");
  expect(page.view.state.doc.children.map((node) => node.type.name)).toContain("table");
  const [, box] = page.view.state.doc.children;
  expect(box?.type.name).toBe("box");
  expect(box?.attrs["id"]).toMatch(/^[0-9a-f-]{36}$/);
  page.view.state.doc.check();
  expect(page.binding.read().eq(page.view.state.doc)).toBe(true);
});

test("plain text looks as what is typed there does", async () => {
  const page = await edit();
  press(page, "b", { ctrlKey: true });
  type(page, "vet");
  pasteText(page, " ook");
  expect(page.view.dom.querySelector("strong")?.textContent).toBe("vet ook");
  pasteText(page, "\n- a\n- b");
  expect(shape(page)).toContain('listItem("b")');
});

test("the buttons say what is so at the caret, and those of a card go with it", async () => {
  const page = await withOne();
  const button = (name: string) => page.bar.querySelector(`.sw-toolbar__button--${name}`);
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  await frame();
  expect(page.bar.querySelector<HTMLElement>('[aria-label="tools_requirement"]')?.hidden).toBe(false);
  expect(page.view.dom.querySelector(".sw-requirement .sw-card-tools")).not.toBeNull();
  press(page, "Enter", { ctrlKey: true });
  press(page, "2", { ctrlKey: true, altKey: true });
  await frame();
  expect(button("heading2")?.getAttribute("aria-pressed")).toBe("true");
  expect(button("undo")?.getAttribute("aria-disabled")).toBe("false");
  expect(page.bar.querySelector<HTMLElement>('[aria-label="tools_requirement"]')?.hidden).toBe(true);
  expect(page.view.dom.querySelector(".sw-card-tools")).toBeNull();
  expect(page.bar.querySelectorAll('[tabindex="0"]')).toHaveLength(1);
  const places = [...page.view.dom.querySelectorAll("a, button")].filter((one) => one.getAttribute("tabindex") !== "-1");
  expect(places).toEqual([]);
});

test("the outline looks again only at what changed", async () => {
  const page = await withOne();
  press(page, "Enter", { ctrlKey: true });
  type(page, "## Kop");
  const [requirement, heading] = page.view.state.doc.children;
  if (!requirement || !heading) throw new Error("no blocks");
  expect([...entriesOf(requirement), ...entriesOf(heading)].map(({ level, text }) => [level, text])).toEqual([
    [0, "vaste begeleider"],
    [2, "Kop"],
  ]);
  const before = entriesOf(requirement);
  type(page, "pen");
  expect(entriesOf(page.view.state.doc.child(0))).toBe(before);
  await vi.waitFor(() => expect(document.querySelector("ol")?.textContent).toContain("Koppen"));
});
