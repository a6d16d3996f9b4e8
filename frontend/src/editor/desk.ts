// An editor on the page of a browser without a screen, for tests.
import { EditorState, TextSelection } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import { afterEach, beforeEach, vi } from "vitest";
import * as Y from "yjs";
import { Binding } from "./binding/index.ts";
import { nodeViews } from "./card.ts";
import { sayer } from "./config.ts";
import { flowSchema } from "./schema.ts";
import { newID } from "./id.ts";
import { keys } from "./keymap.ts";
import { Keys } from "./keys.ts";
import { outline } from "./outline.ts";
import { pasting } from "./pasting.ts";
import { toolbar } from "./toolbar.ts";

const say = sayer({
  pendingKey: "PVE-…",
  requirementLabel: "Eis {key}",
  asForm: "Formulier",
  didOn: "{what} aan",
  didOff: "{what} uit",
  didLevel: "Niveau {number}",
  didAddRow: "Rij {number} erbij",
  didAddColumn: "Kolom {number} erbij",
  did_removeRow: "Rij {number} weg",
  did_removeColumn: "Kolom {number} weg",
});
export const schema = flowSchema(say);
export const asked: string[] = [];
let open: Page[] = [];
export const screen = { small: false };

beforeEach(() => {
  asked.length = 0;
  vi.stubGlobal("matchMedia", () => ({ matches: screen.small }));
  vi.stubGlobal("ResizeObserver", class {
    observe = (): void => undefined;
    disconnect = (): void => undefined;
  });
  vi.stubGlobal("fetch", (_: string, init?: RequestInit) => {
    const id = init?.body instanceof URLSearchParams ? init.body.get("id") : null;
    if (id === null) return Promise.resolve(Response.json({ requirements: [] }));
    asked.push(id);
    return Promise.resolve(Response.json({ requirements: [{ id, key: `PVE-${asked.length}`, facts: "Concept" }] }));
  });
});

afterEach(() => {
  for (const page of open) page.view.destroy();
  open = [];
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

export interface Page {
  view: EditorView;
  binding: Binding;
  bar: HTMLElement;
  moved: string[];
  left: number;
  /** What was said aloud. */
  told: string[];
  /** How many cells there is room for, when that is not what the text says. */
  room?: number;
  /** One only reads now. */
  reading?: boolean;
}

export async function edit(doc = new Y.Doc()): Promise<Page> {
  const keysOf = new Keys({ list: "/eisen.json", add: "/eisen", csrf: "x", mayWrite: () => true });
  const binding = new Binding({ doc, schema, cards: { requirement: ["statement", "rationale"] }, newID, captureTimeout: 0 });
  const [bar, place, list] = ["div", "div", "ol"].map((tag) => document.body.appendChild(document.createElement(tag)));
  if (!bar || !place || !list) throw new Error("no page");
  const added = (id: string): void => void keysOf.add(id);
  const page: Page = { binding, bar, moved: [], left: 0, told: [] } as unknown as Page;
  const moved = ({ id }: { id: string }): void => void page.moved.push(id);
  binding.on("full", () => page.told.push("full"));
  const tell = (words: string): void => void (words === "" || page.told.push(words));
  page.view = new EditorView(place, {
    state: EditorState.create({
      doc: binding.start(),
      plugins: [
        binding.plugin(),
        keys({ binding, say, tell, added, moved, askLink: () => undefined, leave: () => page.left++ }),
        pasting(schema, { cut: () => undefined, room: () => page.room ?? binding.commands.room, full: () => page.told.push("full") }),
        outline(list, keysOf, "PVE-…"),
        toolbar(bar, { binding, say, tell, form: "/f/", added, moved, writing: () => page.reading !== true }),
      ],
    }),
    nodeViews: nodeViews({ say, keys: keysOf, form: "/programmas/p/eisen/" }),
  });
  open.push(page);
  await Promise.resolve(); // the binding joins the view in the next moment
  return page;
}

/** The blocks of a document as a line: "text", requirement(…). */
export function shape({ view }: Page): string {
  const write = (node: EditorState["doc"]): string => {
    if (node.isText) return node.text ?? "";
    const inside = node.children.map(write).join(" ");
    return node.isTextblock ? `"${inside}"` : `${node.type.name}(${inside})`;
  };
  return view.state.doc.children.map(write).join(" ");
}

export function ids({ view }: Page): string[] {
  return view.state.doc.children.filter((node) => node.type.name === "requirement").map((node) => String(node.attrs["id"]));
}

/** Types as a browser does: the editor is asked first. */
export function type(page: Page, text: string): void {
  for (const letter of text) {
    const { from, to } = page.view.state.selection;
    const insert = () => page.view.state.tr.insertText(letter, from, to);
    if (!page.view.someProp("handleTextInput", (handle) => handle(page.view, from, to, letter, insert))) page.view.dispatch(insert());
  }
}

export function press({ view }: Page, key: string, modifiers: KeyboardEventInit = {}): boolean {
  const event = new KeyboardEvent("keydown", { key, ...modifiers });
  return view.someProp("handleKeyDown", (handle) => handle(view, event)) ?? false;
}

/** Puts the caret behind some words. */
export function behind({ view }: Page, words: string): void {
  let found = -1;
  view.state.doc.descendants((node, pos) => {
    const at = node.isTextblock ? node.textContent.indexOf(words) : -1;
    if (at >= 0 && found < 0) found = pos + 1 + at + words.length;
  });
  view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, found)));
}

/** An editor with one requirement that says something. */
export async function withOne(): Promise<Page> {
  const page = await edit();
  press(page, "e", { ctrlKey: true, shiftKey: true });
  type(page, "vaste begeleider");
  press(page, "Enter");
  type(page, "vertrouwen");
  return page;
}

const pasted = new Event("paste") as ClipboardEvent; // the clipboard itself is not looked at
export const pasteHTML = ({ view }: Page, html: string): boolean => view.pasteHTML(html, pasted);
export const pasteText = ({ view }: Page, text: string): boolean => view.pasteText(text, pasted);

export const card = 'requirement(statement("vaste begeleider") rationale("vertrouwen"))';
