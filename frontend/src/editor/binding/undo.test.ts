// Undo by two people, of the same words.
import { expect, test } from "vitest";
import { toggleMark } from "prosemirror-commands";
import { TextSelection } from "prosemirror-state";
import * as Y from "yjs";
import { flowSchema } from "../schema.ts";
import { Headless } from "./headless.ts";

const schema = flowSchema((name) => name);

/** Two people with the same text. */
function two(words: string): [Headless, Headless] {
  const first = new Y.Doc();
  first.clientID = 1;
  first.getText("body").insert(0, words);
  first.getText("body").insertEmbed(words.length, { p: "one" });
  const start = Y.encodeStateAsUpdate(first);
  return [7, 9].map((client) => {
    const doc = new Y.Doc();
    doc.clientID = client;
    Y.applyUpdate(doc, start);
    let ids = 0;
    return new Headless(doc, { schema, cards: {}, newID: () => `n${client}x${++ids}` });
  }) as [Headless, Headless];
}

function exchange(a: Headless, b: Headless): void {
  for (let round = 0; round < 3; round++) {
    const [toA, toB] = [Y.encodeStateAsUpdate(b.doc, Y.encodeStateVector(a.doc)), Y.encodeStateAsUpdate(a.doc, Y.encodeStateVector(b.doc))];
    a.binding.receive(toA, "network");
    b.binding.receive(toB, "network");
  }
}

const wipe = (one: Headless): void => {
  const { doc } = one.state;
  one.dispatch(one.state.tr.setSelection(TextSelection.create(doc, 1, doc.content.size - 1)));
  one.dispatch(one.state.tr.deleteSelection());
};
const textOf = (one: Headless): string => one.state.doc.textBetween(0, one.state.doc.content.size, "|");

test("what two people delete and both bring back at the same moment stands once", () => {
  const [a, b] = two("alfa beta gamma");
  wipe(a);
  wipe(b);
  exchange(a, b);
  expect(textOf(a)).toBe("");
  a.binding.commands.undo();
  b.binding.commands.undo();
  exchange(a, b);
  expect([textOf(a), textOf(b)]).toEqual(["alfa beta gamma", "alfa beta gamma"]);
});

test("who undoes after somebody else did finds it done", () => {
  const [a, b] = two("alfa beta gamma");
  wipe(a);
  wipe(b);
  exchange(a, b);
  for (const one of [b, a]) {
    one.binding.commands.undo();
    exchange(a, b);
    expect([textOf(a), textOf(b)]).toEqual(["alfa beta gamma", "alfa beta gamma"]);
  }
});

test("between the letters of a word that was typed with a mark and comes back somebody's words do not come", () => {
  const [a, b] = two("alfa ");
  const bold = (one: Headless): void => void toggleMark(schema.marks["bold"]!)(one.state, (tr) => one.dispatch(tr));
  a.dispatch(a.state.tr.setSelection(TextSelection.create(a.state.doc, 6)));
  bold(a);
  for (const letter of "beta") a.dispatch(a.state.tr.insertText(letter));
  exchange(a, b);
  b.dispatch(b.state.tr.delete(6, 10));
  b.binding.commands.undo();
  a.dispatch(a.state.tr.insertText(" gamma", 10));
  exchange(a, b);
  expect(textOf(a)).toMatch(/^alfa (beta gamma| gammabeta)$/);
  expect(textOf(b)).toBe(textOf(a));
});

test("undo of what one typed leaves another's new paragraph", () => {
  const [a, b] = two("");
  a.dispatch(a.state.tr.insertText("een", 1));
  exchange(a, b);
  b.dispatch(b.state.tr.setSelection(TextSelection.create(b.state.doc, 4)).insertText(" kuu"));
  b.binding.commands.split();
  b.dispatch(b.state.tr.insertText("drie"));
  exchange(a, b);
  expect(textOf(a)).toBe("een kuu|drie");
  a.binding.commands.undo();
  exchange(a, b);
  expect([textOf(a), textOf(b)]).toEqual([" kuu|drie", " kuu|drie"]);
});

test("who is in the middle of a word that somebody takes away types nothing more into the words of others", () => {
  const [a, b] = two("alfa beta");
  const letter = (word: string): void => a.dispatch(a.state.tr.insertText(word));
  a.dispatch(a.state.tr.setSelection(TextSelection.create(a.state.doc, 10)));
  letter(" ga");
  exchange(a, b);
  expect(a.binding.lost).toBe(false);
  b.dispatch(b.state.tr.delete(5, 13));
  exchange(a, b);
  expect(textOf(b)).toBe("alfa");
  expect(a.binding.lost).toBe(true);
  a.dispatch(a.state.tr.setSelection(TextSelection.create(a.state.doc, 5)));
  expect(a.binding.lost).toBe(false);
});

test("who has only a caret beside what somebody takes away keeps it", () => {
  const [a, b] = two("alfa beta");
  a.dispatch(a.state.tr.setSelection(TextSelection.create(a.state.doc, 10)));
  b.dispatch(b.state.tr.delete(5, 10));
  exchange(a, b);
  expect([a.binding.lost, a.state.selection.from]).toEqual([false, 5]);
});

test("what was offered is withdrawn when whoever took it brings it back", () => {
  const [a, b] = two("alfa beta");
  const news: string[] = [];
  a.binding.on("offer", ({ words }) => news.push(`offer ${words}`));
  a.binding.on("returned", ({ words }) => news.push(`returned ${words}`));
  a.dispatch(a.state.tr.insertText(" gamma", 10));
  exchange(a, b);
  wipe(b);
  exchange(a, b);
  expect(news).toEqual(["offer gamma"]);
  b.binding.commands.undo();
  exchange(a, b);
  expect(news).toEqual(["offer gamma", "returned gamma"]);
  expect(textOf(a)).toBe("alfa beta gamma");
});
