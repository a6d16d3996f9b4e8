// Marks in an editor without a screen, and who writes at their ends.
import { toggleMark } from "prosemirror-commands";
import { beforeEach, expect, test } from "vitest";
import type { Headless } from "./headless.ts";
import { Pair, before, behind, choose, schema, sound, text, type } from "./pair.ts";

let pair: Pair;
beforeEach(() => {
  pair = new Pair();
});

test("marks and pasted blocks arrive in the document", () => {
  type(pair.ana, "een vet woord");
  choose(pair.ana, "vet");
  const { from, to } = pair.ana.state.selection;
  pair.ana.dispatch(pair.ana.state.tr.addMark(from, to, schema.mark("bold")));
  sound(pair.ana);
  expect(pair.ana.doc.getText("body").toDelta().slice(0, 3)).toEqual([{ insert: "een " }, { insert: "vet", attributes: { bold: true } }, { insert: " woord" }]);
  const slice = pair.ana.state.doc.slice(0, pair.ana.state.doc.content.size);
  behind(pair.ana, "woord");
  pair.ana.binding.commands.split();
  pair.ana.dispatch(pair.ana.state.tr.replaceSelection(slice));
  sound(pair.ana);
  pair.ana.dispatch(pair.ana.state.tr.replaceSelection(slice));
  sound(pair.ana);
  expect(text(pair.ana)).toContain("een ");
});

test("who joins paragraphs takes no marks of the text along that another is changing", () => {
  type(pair.ana, "een");
  pair.ana.binding.commands.split();
  type(pair.ana, "twee");
  choose(pair.ana, "een", "twee");
  const strike = (one: Headless): boolean => toggleMark(schema.marks["strike"]!)(one.state, (tr) => one.dispatch(tr));
  strike(pair.ana);
  pair.sync();
  choose(pair.ana, "een");
  strike(pair.ana);
  before(pair.bo, "twee");
  pair.bo.binding.commands.joinBackward();
  pair.sync();
  expect(text(pair.ana)).toBe('doc(paragraph("een", strike("twee")))');
});

test("who takes a mark off a word while another takes it off the sentence marks nothing that follows", () => {
  const bold = (one: Headless): boolean => toggleMark(schema.marks["bold"]!)(one.state, (tr) => one.dispatch(tr));
  type(pair.ana, "een twee");
  pair.ana.binding.commands.split();
  type(pair.ana, "drie");
  choose(pair.ana, "een twee");
  bold(pair.ana);
  pair.sync();
  bold(pair.ana);
  choose(pair.bo, "een");
  bold(pair.bo);
  pair.sync();
  expect(text(pair.ana)).toContain('paragraph("drie")');
});

test("who takes back a mark within which another changed something marks nothing that follows", () => {
  const bold = (one: Headless): boolean => toggleMark(schema.marks["bold"]!)(one.state, (tr) => one.dispatch(tr));
  const changes: [string, (one: Headless) => unknown][] = [
    ["a word of it is plain", (one) => (choose(one, "een"), bold(one))],
    ["a space before it is marked", (one) => (one.dispatch(one.state.tr.insertText(" ", 1)), choose(one, " een"), bold(one), bold(one))],
    ["something plain is typed in it", (one) => (behind(one, "een"), one.dispatch(one.state.tr.insert(one.state.selection.from, schema.text("nu"))))],
  ];
  for (const [what, change] of changes) {
    for (const known of [true, false]) {
      pair = new Pair();
      type(pair.ana, "een twee");
      pair.ana.binding.commands.split();
      type(pair.ana, "drie");
      choose(pair.ana, "een twee");
      bold(pair.ana);
      pair.sync();
      change(pair.bo);
      if (known) pair.sync();
      pair.ana.binding.commands.undo();
      pair.sync();
      expect(text(pair.ana), what).toContain('paragraph("drie")');
    }
  }
});

test("marks on words that have other marks go on and off again, and undone", () => {
  const toggle = (name: string): boolean => toggleMark(schema.marks[name]!)(pair.ana.state, (tr) => pair.ana.dispatch(tr));
  const steps: string[] = [];
  const act = (run: () => unknown): void => {
    steps.push(text(pair.ana));
    run();
    pair.sync();
  };
  type(pair.ana, "een twee drie vier");
  for (const [first, last, mark] of [["twee", "twee", "bold"], ["een", "drie", "italic"], ["twee", "vier", "bold"], ["een", "vier", "bold"], ["twee", "drie", "italic"]] as const) {
    choose(pair.ana, first, last);
    act(() => toggle(mark));
  }
  expect(text(pair.ana)).toBe('doc(paragraph(bold(italic("een ")), bold("twee drie vier")))');
  for (const step of steps.reverse()) {
    pair.ana.binding.commands.undo();
    pair.sync();
    expect(text(pair.ana)).toBe(step);
  }
});

test("a mark that a paragraph gets later does not come into a word that another is typing", () => {
  const late: [string, (one: Headless) => unknown][] = [
    ["a heading", (one) => one.binding.commands.toggleHeading(2)],
    ["words before it", (one) => type(one, "nu ")],
    ["a split behind it", (one) => (behind(one, "be"), one.binding.commands.split())],
    ["a card behind it", (one) => one.binding.commands.insertCard("requirement", "r1")],
    ["a card that is moved behind it", (one) => one.binding.commands.moveCard("requirement", "r2", "down")],
  ];
  for (const [what, write] of late) {
    pair = new Pair();
    type(pair.bo, "een");
    pair.bo.binding.commands.insertCard("requirement", "r2");
    pair.sync();
    const body = pair.ana.doc.getText("body");
    body.insertEmbed(body.length, { p: "last" });
    pair.sync();
    pair.bo.binding.select({ flow: "body", index: body.length - 1 });
    type(pair.bo, "be");
    pair.sync();
    // What ends the paragraph goes.
    body.delete(body.length - 1, 1);
    before(pair.ana, "be");
    write(pair.ana);
    type(pair.bo, "woner");
    pair.sync();
    expect(text(pair.ana), what).toContain("bewoner");
  }
});

test("who deletes words takes no formats away that another's next letters have", () => {
  type(pair.ana, "een twee");
  choose(pair.ana, "een");
  const { from, to } = pair.ana.state.selection;
  pair.ana.dispatch(pair.ana.state.tr.addMark(from, to, schema.marks["bold"]!.create()));
  pair.sync();
  behind(pair.ana, "een");
  type(pair.ana, "tje");
  choose(pair.bo, "een");
  pair.bo.binding.commands.deleteSelection();
  expect(text(pair.bo)).toBe('doc(paragraph(" twee"))');
  pair.sync();
  expect(text(pair.bo)).toBe('doc(paragraph(bold("tje"), " twee"))');
});
