// @vitest-environment jsdom
// Somebody types in a card or a row that another takes away: what they type is in a box, and in no other
// place, until they choose one.
import { EditorState, TextSelection } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import { afterEach, beforeEach, expect, test } from "vitest";
import * as Y from "yjs";
import { Binding } from "./binding/index.ts";
import { flowSchema } from "./schema.ts";
import type { Keys } from "./keys.ts";
import { Losses } from "./losses.ts";
import { Notices } from "./notice.ts";
import type { Voice } from "./voice.ts";
import type { Whereabouts } from "./whereabouts.ts";

const say = (name: string, values?: Record<string, string | number>): string => {
  named = String(values?.["name"] ?? named);
  return name;
};
let named = ""; // in the last sentence that names somebody
let names: Record<number, string> = {}; // who is here
let bosPlace = "";
const schema = flowSchema(say);

/** An editor of the document, as the page makes it. */
class Person {
  readonly doc = new Y.Doc();
  readonly binding: Binding;
  readonly view: EditorView;
  readonly said: string[] = [];
  readonly place = document.createElement("div");

  constructor(id: number) {
    this.doc.clientID = id;
    let ids = 0;
    this.binding = new Binding({ doc: this.doc, schema, cards: { requirement: ["statement", "rationale"] }, newID: () => `n${id}-${++ids}` });
    const text = document.createElement("div");
    document.body.append(text, this.place);
    const tell = (words: string): void => void this.said.push(words);
    const whereabouts = { nameOf: (of: number) => names[of] ?? "", whoIn: (near: (flow: string) => boolean) => (near(bosPlace) ? "Bo" : "") } as unknown as Whereabouts;
    const keys = { of: () => undefined } as unknown as Keys;
    const notices = new Notices(this.place, say, { tell } as unknown as Voice, () => this.view.focus());
    const losses = new Losses({ binding: this.binding, say, keys, tell, notices, whereabouts });
    this.view = new EditorView(text, {
      state: EditorState.create({ doc: this.binding.start(), plugins: [this.binding.plugin(), losses.plugin()] }),
      handleScrollToSelection: () => true, // there is nothing to scroll
    });
  }

  get box(): HTMLTextAreaElement | null {
    return this.place.querySelector("textarea");
  }

  get text(): string {
    return this.view.state.doc.textContent;
  }

  answer(name: string): void {
    [...this.place.querySelectorAll("button")].find(({ textContent }) => textContent === name)?.click();
  }

  type(words: string): void {
    this.view.dispatch(this.view.state.tr.insertText(words));
  }

  /** Puts the caret behind some words. */
  goBehind(words: string): void {
    this.view.state.doc.descendants((node, pos) => {
      const at = node.isTextblock ? node.textContent.indexOf(words) : -1;
      if (at < 0) return;
      const { tr, doc } = this.view.state;
      this.view.dispatch(tr.setSelection(TextSelection.create(doc, pos + 1 + at + words.length)));
    });
  }
}

let ana: Person;
let bo: Person;
let opened: Person | undefined;

function sync(): void {
  for (const [from, to] of [[ana, bo], [bo, ana]] as const) {
    to.binding.receive(Y.encodeStateAsUpdate(from.doc, Y.encodeStateVector(to.doc)), "network");
  }
}

beforeEach(async () => {
  [named, names, bosPlace] = ["", {}, ""];
  ana = new Person(1);
  bo = new Person(2);
  await Promise.resolve();
  ana.doc.getText("body").insertEmbed(0, { p: "first" });
  ana.type("erna");
  ana.goBehind("");
});

afterEach(() => {
  for (const { view, place } of [ana, bo, ...(opened ? [opened] : [])]) {
    view.destroy();
    place.remove();
  }
  opened = undefined;
});

function inCard(): void {
  ana.binding.commands.insertCard("requirement", "r1");
  ana.type("half");
  sync();
  ana.view.focus();
}

test("what is typed after the card is gone is in the box alone, and comes back with the card", () => {
  inCard();
  bo.binding.commands.removeCard("requirement", "r1");
  sync();
  const before = ana.text;
  expect(ana.said, "it is said once").toEqual(["lostRequirement lostHint"]);
  expect(document.activeElement).toBe(ana.box);
  expect(ana.box?.value).toBe("half");
  ana.type("verkeerd");
  ana.view.dispatch(ana.view.state.tr.delete(1, 3));
  expect(ana.text, "nothing of it is in another place").toBe(before);
  if (ana.box) ana.box.value = "hals over kop\nen verder";
  ana.answer("putBackNamed");
  sync();
  expect(bo.text).toContain("hals over kopen verder");
  expect(bo.view.state.doc.child(1).firstChild?.childCount).toBe(2);
  expect(ana.view.state.selection.$head.parent.textContent).toBe("en verder");
  expect(ana.box).toBeNull();
  expect(ana.text.replace("hals over kopen verder", "half")).toBe(`erna${"half"}`);
});

test("a key pressed in the text goes to the box, and one that would change the text does nothing", () => {
  inCard();
  bo.binding.commands.removeCard("requirement", "r1");
  sync();
  const press = (key: string): KeyboardEvent => {
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
    ana.view.dom.dispatchEvent(event);
    return event;
  };
  ana.box?.blur();
  expect(press("x").defaultPrevented).toBe(false);
  expect(document.activeElement, "the letter itself comes there").toBe(ana.box);
  const before = ana.text;
  for (const key of ["Enter", "Backspace", "Delete", "Tab"]) expect(press(key).defaultPrevented, key).toBe(true);
  expect(ana.text).toBe(before);
  ana.view.dom.click();
  expect(ana.binding.lost).toBe(false);
  ana.type("hier");
  expect(ana.text).toContain("hier");
  expect(ana.box?.value, "the words stay for as long as the notice does").toBe("half");
});

test("a card that another puts back goes on where one was typing", async () => {
  inCard();
  bo.binding.commands.removeCard("requirement", "r1");
  sync();
  if (ana.box) ana.box.value += "weg";
  bo.binding.commands.undo();
  sync();
  await Promise.resolve();
  expect(ana.box).toBeNull();
  expect(ana.text).toContain("halfweg");
  expect(ana.view.hasFocus()).toBe(true);
});

test("the words typed beside a row that is gone come back with it", () => {
  ana.binding.commands.insertTable(2, 2);
  ana.type("cel");
  sync();
  ana.view.focus();
  bo.goBehind("cel");
  bo.binding.commands.removeRow();
  expect(bo.place.textContent, "who removes words can put them back").toContain("removedRow");
  sync();
  expect(ana.place.textContent).toContain("lostRow");
  if (ana.box) ana.box.value += "len";
  ana.answer("putBackNamed");
  sync();
  expect(bo.text).toContain("cellen");
  expect(bo.place.textContent, "the notice is no longer true").toBe("");
});

test("a row without words goes without a word, and one comes back by the notice after something else was typed", () => {
  ana.binding.commands.insertTable(3, 1);
  ana.binding.commands.removeRow();
  expect(ana.place.textContent).toBe("");
  ana.type("cel");
  ana.binding.undoing.manager.stopCapturing();
  ana.binding.commands.removeRow();
  ana.binding.undoing.manager.stopCapturing();
  ana.type("later");
  ana.answer("putBackNamed");
  expect(ana.text).toContain("cellater");
});

test("it is said who removed a card, wherever they are, and who removed a row that they were in the table of", () => {
  inCard();
  names = { 2: "Bo" };
  bo.binding.commands.removeCard("requirement", "r1");
  sync();
  expect(named).toBe("Bo");
  ana.binding.found();

  for (const [where, name] of [["cell:n1-9:a:b", "somebodyElse"], ["", "Bo"]] as const) {
    ana.goBehind("erna");
    ana.binding.commands.insertTable(2, 2);
    ana.type("cel");
    sync();
    bo.goBehind("cel");
    bosPlace = where || (bo.binding.carets()?.head.flow ?? "").replace(/[^:]+$/, "another");
    bo.binding.commands.removeRow();
    sync();
    expect(named).toBe(name);
    ana.answer("close");
    ana.binding.found();
  }
});

test("who only looks on has no place to lose", () => {
  ana.binding.commands.insertCard("requirement", "r1");
  sync();
  ana.view.dom.blur();
  bo.goBehind("erna");
  bo.binding.commands.removeCard("requirement", "r1");
  sync();
  expect(ana.box).toBeNull();
  expect(ana.binding.lost).toBe(false);
});

test("who is in the middle of a word that goes finds it in the box, and puts it back where it stood", () => {
  sync();
  ana.goBehind("erna");
  ana.view.focus();
  ana.type(" wekker");
  sync();
  const { tr } = bo.view.state;
  bo.view.dispatch(tr.delete(3, 12));
  sync();
  expect(bo.text).toBe("er");
  expect(ana.box?.value, "all of hers that went").toBe("na wekker");
  if (ana.box) ana.box.value += "radio";
  ana.answer("putBack");
  sync();
  expect(lines(bo)).toBe("erna wekkerradio");
});

const lines = ({ view: { state } }: Person): string => state.doc.textBetween(0, state.doc.content.size, "|");
const notices = (one: Person): string[] => [...one.place.querySelectorAll(".sw-return__what")].map((what) => what.textContent);

/** Ana typed a word in what Bo removes, and is somewhere else by now. */
function away(make: () => void): void {
  make();
  ana.type("tussen de flats");
  ana.view.focus();
  ana.goBehind("erna");
  sync();
  ana.said.length = 0;
}

const kinds = {
  requirement: () => ana.binding.commands.insertCard("requirement", "r1"),
  row: () => ana.binding.commands.insertTable(2, 2),
  column: () => ana.binding.commands.insertTable(2, 2),
  table: () => ana.binding.commands.insertTable(2, 2),
};
const removals = {
  requirement: () => bo.binding.commands.removeCard("requirement", "r1"),
  row: () => bo.binding.commands.removeRow(),
  column: () => bo.binding.commands.removeColumn(),
  table: () => bo.binding.commands.removeTable(),
};

for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) {
  test(`words in a ${kind} that comes back are offered no longer, and it is said`, () => {
    away(kinds[kind]);
    bo.goBehind("tussen de flats");
    removals[kind]();
    sync();
    expect(notices(ana)).toHaveLength(1);
    expect(ana.text).not.toContain("flats");
    bo.binding.commands.undo();
    sync();
    expect(ana.text).toContain("tussen de flats");
    expect(notices(ana)).toEqual([]);
    expect(ana.said.at(-1)).toBe("wordsBack");
  });

  test(`words in a ${kind} come back with it, where they stood`, () => {
    away(kinds[kind]);
    const before = ana.view.state.doc.toString();
    bo.goBehind("tussen de flats");
    removals[kind]();
    sync();
    ana.answer("putBackNamed");
    sync();
    expect(bo.view.state.doc.toString()).toBe(before);
    expect(ana.said.filter((said) => said === "wordsBack")).toHaveLength(1);
  });
}

/** Ana's page is opened again, from what the device kept, and hears what the server has. */
async function reopened(): Promise<Person> {
  const again = new Person(3);
  Y.applyUpdate(again.doc, Y.encodeStateAsUpdate(ana.doc), "copy");
  await Promise.resolve();
  const lacked = Y.encodeStateAsUpdate(bo.doc, Y.encodeStateVector(again.doc));
  again.binding.merge(Y.decodeStateVector(Y.encodeStateVector(bo.doc)), () => Y.applyUpdate(again.doc, lacked, "network"));
  opened = again;
  return again;
}

for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) {
  test(`words for a ${kind} that went meanwhile, which the server never had, are offered when the page is opened again`, async () => {
    kinds[kind]();
    ana.type("vol");
    sync();
    bo.goBehind("vol");
    removals[kind]();
    ana.type(" onderweg geschreven");
    const again = await reopened();
    expect(again.text).not.toContain("onderweg");
    expect(again.place.querySelector("blockquote")?.textContent).toContain("onderweg geschreven");
    again.answer("putBackNamed");
    expect(again.text).toContain("vol onderweg geschreven");
  });
}

test("of words that the server had, or that are in sight, or whose row this person removed, none are offered when the page is opened again", async () => {
  kinds.row();
  ana.type("eerder");
  sync();
  bo.goBehind("eerder");
  bo.binding.commands.removeRow();
  bo.goBehind("erna");
  bo.type(" en verder");
  ana.binding.commands.nextCell(1);
  ana.binding.commands.addRow("after");
  ana.type("zelf weggehaald");
  ana.binding.commands.removeRow();
  ana.goBehind("erna");
  ana.type(" hier");
  const again = await reopened();
  expect(again.text).toContain("hier");
  expect(again.text).toContain("en verder");
  expect(notices(again)).toEqual([]);
});

test("words that their writer brings back by another way are offered no longer", () => {
  away(kinds.requirement);
  bo.binding.commands.removeCard("requirement", "r1");
  sync();
  ana.binding.commands.putBack("requirement", "r1");
  expect(notices(ana)).toEqual([]);
  expect(ana.said.at(-1)).toBe("wordsBack");
});

function sentence(...pieces: string[]): void {
  ana.goBehind("erna");
  ana.binding.commands.split();
  ana.type("slot");
  ana.goBehind("erna");
  for (const words of pieces) ana.type(words);
  ana.goBehind(pieces[0] ?? "");
  sync();
}

test("a part of a sentence and a paragraph come back where they stood", () => {
  sentence(" met veel", " rode", " ballen");
  ana.goBehind("slot");
  const remove = (words: string, more = 0): void => {
    bo.goBehind(words);
    const { head } = bo.view.state.selection;
    bo.view.dispatch(bo.view.state.tr.delete(head - words.length, head + more));
    sync();
  };
  remove(" rode");
  expect(lines(ana)).toBe("erna met veel ballen|slot");
  ana.answer("putBackNamed");
  sync();
  expect(lines(bo)).toBe("erna met veel rode ballen|slot");

  remove("erna met veel rode ballen", 2);
  expect(lines(ana)).toBe("slot");
  ana.answer("putBackNamed");
  sync();
  expect(lines(bo)).toBe("erna met veel rode ballen|slot");
});

/** Bo takes away the paragraph in which Ana is typing. */
function inParagraph(words: string): void {
  ana.goBehind("erna");
  ana.binding.commands.split();
  ana.type("slot");
  sync();
  ana.goBehind("erna");
  ana.binding.commands.split();
  sync();
  ana.view.focus();
  ana.type(words);
  sync();
  bo.goBehind(words);
  const { $head } = bo.view.state.selection;
  bo.view.dispatch(bo.view.state.tr.delete($head.before(), $head.after()));
  sync();
  expect(lines(bo)).toBe("erna|slot");
}

test("the box keeps the space between what went and what is typed since", () => {
  inParagraph("eerste deel ");
  if (ana.box) ana.box.value += "tweede deel";
  expect(ana.box?.value).toBe("eerste deel tweede deel");
  ana.answer("putBack");
  sync();
  expect(lines(bo)).toBe("erna|eerste deel tweede deel|slot");
});

test("what was typed beside a paragraph goes on in it when that comes back", async () => {
  inParagraph("een rode bal");
  if (ana.box) ana.box.value += " en een blauw net";
  bo.binding.commands.undo();
  sync();
  await Promise.resolve();
  sync();
  expect(ana.box).toBeNull();
  expect(lines(bo)).toBe("erna|een rode bal en een blauw net|slot");
  expect(ana.said.at(-1)).toBe("wordsBack");
});

test("who left the box keeps in it only what is not back yet", () => {
  inParagraph("een rode bal");
  if (ana.box) ana.box.value += " en een blauw net";
  ana.box?.blur();
  bo.binding.commands.undo();
  sync();
  expect(ana.box?.value).toBe(" en een blauw net");
  expect(notices(ana)).toEqual(["backButYours"]);
  expect(ana.said.at(-1)).toBe("backButYours");
  ana.answer("putBack");
  sync();
  expect(lines(bo)).toBe("erna|een rode bal en een blauw net|slot");
});

test("the box has the whole line, with the caret where it was", () => {
  ana.binding.commands.insertCard("requirement", "r1");
  ana.type("voor en na");
  ana.goBehind("voor");
  sync();
  ana.view.focus();
  bo.binding.commands.removeCard("requirement", "r1");
  sync();
  expect(ana.box?.value).toBe("voor en na");
  expect(ana.box?.selectionStart).toBe(4);
  if (ana.box) ana.box.value = "vooraf en niet na";
  ana.answer("putBackNamed");
  sync();
  expect(bo.text).toContain("vooraf en niet na");
});
