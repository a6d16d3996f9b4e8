// The binding in an editor without a screen: what two people do in one place.
import { TextSelection } from "prosemirror-state";
import { beforeEach, describe, expect, test } from "vitest";
import * as Y from "yjs";
import { flowSchema } from "../flow-schema.ts";
import { Headless } from "./headless.ts";

const schema = flowSchema((name) => name);
const cards = { requirement: ["statement", "rationale"] } as const;

let ids = 0;
let clock = 1000;

/** Two editors of one document; what they write waits until `sync`. */
class Pair {
  readonly ana: Headless;
  readonly bo: Headless;

  constructor() {
    const docs = [new Y.Doc(), new Y.Doc()] as const;
    docs[0].clientID = 1;
    docs[1].clientID = 2;
    const seed = new Y.Doc();
    seed.clientID = 9;
    seed.getText("body").insertEmbed(0, { p: "first" });
    for (const doc of docs) Y.applyUpdate(doc, Y.encodeStateAsUpdate(seed));
    const options = { schema, cards, newID: () => `id-${++ids}`, now: () => ++clock, random: () => 0.5, captureTimeout: 0 };
    this.ana = new Headless(docs[0], options);
    this.bo = new Headless(docs[1], options);
  }

  sync(): void {
    for (const [from, to] of [[this.ana, this.bo], [this.bo, this.ana]] as const) {
      to.binding.receive(Y.encodeStateAsUpdate(from.doc, Y.encodeStateVector(to.doc)), "network");
    }
    for (const one of [this.ana, this.bo]) sound(one);
    expect(this.ana.state.doc.toString()).toBe(this.bo.state.doc.toString());
  }
}

/** The editor shows what the document is, and the index is what a fresh one would be. */
function sound(one: Headless): void {
  one.state.doc.check();
  expect(one.state.doc.toString()).toBe(one.binding.read().toString());
  expect(one.state.doc.eq(one.binding.read())).toBe(true);
  one.binding.check();
}

function type(one: Headless, text: string): void {
  for (const letter of text) {
    one.dispatch(one.state.tr.insertText(letter));
    sound(one);
  }
}

/** Puts the caret behind some words, or chooses them. */
function find(one: Headless, words: string): { from: number; to: number } {
  let found: { from: number; to: number } | undefined;
  one.state.doc.descendants((node, pos) => {
    if (!node.isTextblock) return true;
    const at = node.textBetween(0, node.content.size, undefined, "\n").indexOf(words);
    if (at >= 0) found ??= { from: pos + 1 + at, to: pos + 1 + at + words.length };
    return false;
  });
  if (!found) throw new Error(`${words} is not in ${one.state.doc.toString()}`);
  return found;
}

const behind = (one: Headless, words: string): void => {
  one.dispatch(one.state.tr.setSelection(TextSelection.create(one.state.doc, find(one, words).to)));
};
const before = (one: Headless, words: string): void => {
  one.dispatch(one.state.tr.setSelection(TextSelection.create(one.state.doc, find(one, words).from)));
};
const choose = (one: Headless, first: string, last = first): void => {
  one.dispatch(one.state.tr.setSelection(TextSelection.create(one.state.doc, find(one, first).from, find(one, last).to)));
};

const text = (one: Headless): string => one.state.doc.toString();

let pair: Pair;
beforeEach(() => {
  pair = new Pair();
});

describe("alone", () => {
  test("an empty document is an empty paragraph, and words are typed in it", () => {
    expect(text(pair.ana)).toBe("doc(paragraph)");
    type(pair.ana, "Samen");
    expect(text(pair.ana)).toBe('doc(paragraph("Samen"))');
    expect(pair.ana.doc.getText("body").toString()).toBe("Samen");
  });

  test("a paragraph is split and joined", () => {
    type(pair.ana, "een twee");
    before(pair.ana, " twee");
    expect(pair.ana.binding.commands.split()).toBe(true);
    sound(pair.ana);
    expect(text(pair.ana)).toBe('doc(paragraph("een"), paragraph(" twee"))');
    behind(pair.ana, "twee");
    pair.ana.binding.commands.split();
    sound(pair.ana);
    type(pair.ana, "drie");
    expect(text(pair.ana)).toBe('doc(paragraph("een"), paragraph(" twee"), paragraph("drie"))');
    before(pair.ana, "drie");
    expect(pair.ana.binding.commands.backspace()).toBe(true);
    sound(pair.ana);
    expect(text(pair.ana)).toBe('doc(paragraph("een"), paragraph(" tweedrie"))');
  });

  test("lists nest, and headings stay headings", () => {
    type(pair.ana, "kop");
    pair.ana.binding.commands.toggleHeading(2);
    sound(pair.ana);
    pair.ana.binding.commands.split();
    sound(pair.ana);
    type(pair.ana, "een");
    pair.ana.binding.commands.toggleList("bullet");
    sound(pair.ana);
    pair.ana.binding.commands.enter();
    type(pair.ana, "twee");
    pair.ana.binding.commands.indent(1);
    sound(pair.ana);
    expect(text(pair.ana)).toBe('doc(heading("kop"), bulletList(listItem(paragraph("een"), bulletList(listItem(paragraph("twee"))))))');
    pair.ana.binding.commands.enter();
    pair.ana.binding.commands.enter();
    pair.ana.binding.commands.enter();
    sound(pair.ana);
    type(pair.ana, "uit");
    expect(text(pair.ana)).toContain('paragraph("uit"))');
    pair.ana.binding.commands.toggleBox("note");
    sound(pair.ana);
    expect(text(pair.ana)).toContain('box(paragraph("uit"))');
    for (let i = 0; i < 30; i++) {
      pair.ana.binding.commands.undo();
      sound(pair.ana);
    }
    expect(text(pair.ana)).toBe("doc(paragraph)");
    for (let i = 0; i < 40; i++) {
      pair.ana.binding.commands.redo();
      sound(pair.ana);
    }
    expect(text(pair.ana)).toContain('box(paragraph("uit"))');
  });

  test("a card is inserted, written in, moved, removed and put back", () => {
    type(pair.ana, "eerst");
    const { commands } = pair.ana.binding;
    commands.insertCard("requirement", "r1");
    sound(pair.ana);
    type(pair.ana, "Elke deelnemer");
    expect(text(pair.ana)).toBe('doc(paragraph("eerst"), requirement(statement(paragraph("Elke deelnemer")), rationale(paragraph)))');
    expect(pair.ana.doc.getText("statement:r1").toString()).toBe("Elke deelnemer");
    commands.moveCard("requirement", "r1", "up");
    sound(pair.ana);
    expect(text(pair.ana)).toBe('doc(requirement(statement(paragraph("Elke deelnemer")), rationale(paragraph)), paragraph("eerst"))');
    type(pair.ana, " heeft");
    expect(text(pair.ana)).toContain("Elke deelnemer heeft");
    commands.removeCard("requirement", "r1");
    sound(pair.ana);
    expect(text(pair.ana)).toBe('doc(paragraph("eerst"))');
    commands.putBack("requirement", "r1");
    sound(pair.ana);
    expect(text(pair.ana)).toContain("Elke deelnemer heeft");
  });

  test("a table gets rows and columns, and words in its cells", () => {
    const { commands } = pair.ana.binding;
    commands.insertTable(2, 2);
    sound(pair.ana);
    type(pair.ana, "a");
    commands.nextCell(1);
    type(pair.ana, "b");
    commands.addRow("after");
    sound(pair.ana);
    type(pair.ana, "c");
    commands.addColumn("before");
    sound(pair.ana);
    expect(pair.ana.state.doc.firstChild?.childCount).toBe(3);
    expect(pair.ana.state.doc.firstChild?.firstChild?.childCount).toBe(3);
    commands.removeColumn();
    commands.removeRow();
    sound(pair.ana);
    expect(text(pair.ana)).toBe("doc(table(tableRow(tableHeader(paragraph(\"a\")), tableHeader(paragraph(\"b\"))), tableRow(tableCell(paragraph), tableCell(paragraph))))");
    commands.removeTable();
    sound(pair.ana);
    expect(text(pair.ana)).toBe("doc(paragraph)");
  });

  test("what is deleted over the border of a card goes in each flow, and nothing is joined", () => {
    type(pair.ana, "voor de kaart");
    pair.ana.binding.commands.insertCard("requirement", "r1");
    type(pair.ana, "in de kaart");
    choose(pair.ana, "de kaart", "in de");
    pair.ana.dispatch(pair.ana.state.tr.deleteSelection());
    sound(pair.ana);
    expect(text(pair.ana)).toBe('doc(paragraph("voor "), requirement(statement(paragraph(" kaart")), rationale(paragraph)))');
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
});

describe("together", () => {
  test("who types in one empty line at the same time types two readable phrases", () => {
    for (let i = 0; i < 8; i++) {
      pair.ana.dispatch(pair.ana.state.tr.insertText("hallo".charAt(i)));
      pair.bo.dispatch(pair.bo.state.tr.insertText("wereld".charAt(i)));
      if (i % 2 === 1) pair.sync();
    }
    pair.sync();
    expect(text(pair.ana)).toMatch(/"(hallowereld|wereldhallo)"/);
  });

  test("a heading, a split and a move leave what the other types whole", () => {
    type(pair.ana, "een twee");
    pair.ana.binding.commands.insertCard("requirement", "r1");
    type(pair.ana, "Elke deelnemer");
    pair.sync();
    behind(pair.bo, "twee");
    type(pair.bo, " drie");
    before(pair.ana, " twee");
    pair.ana.binding.commands.split();
    pair.ana.binding.commands.toggleHeading(3);
    behind(pair.ana, "deelnemer");
    type(pair.ana, " heeft");
    pair.bo.binding.commands.moveCard("requirement", "r1", "up");
    pair.sync();
    expect(text(pair.ana)).toContain('" twee drie"');
    expect(text(pair.ana)).toContain('"Elke deelnemer heeft"');
    expect(pair.bo.state.selection.$head.parent.textContent).toBe(" twee drie");
  });

  test("a card that both move stands once, and keeps its words", () => {
    type(pair.ana, "een");
    pair.ana.binding.commands.split();
    type(pair.ana, "twee");
    pair.ana.binding.commands.insertCard("requirement", "r1");
    type(pair.ana, "Elke");
    pair.sync();
    pair.ana.binding.commands.moveCard("requirement", "r1", "up");
    pair.bo.binding.commands.moveCard("requirement", "r1", 0);
    behind(pair.ana, "Elke");
    type(pair.ana, " deelnemer");
    pair.sync();
    expect(text(pair.ana).match(/requirement/g)).toHaveLength(1);
    expect(text(pair.ana)).toContain("Elke deelnemer");
  });

  test("undo takes nobody else's words along", () => {
    type(pair.ana, "een");
    pair.ana.binding.commands.insertCard("requirement", "r1");
    pair.sync();
    let statement = 0;
    pair.bo.state.doc.descendants((node, pos) => {
      if (node.type.name === "statement") statement = pos + 2;
    });
    pair.bo.dispatch(pair.bo.state.tr.setSelection(TextSelection.create(pair.bo.state.doc, statement)));
    type(pair.bo, "van Bo");
    pair.sync();
    pair.ana.binding.commands.undo();
    pair.sync();
    expect(text(pair.ana)).toContain("van Bo");
  });

  test("words that another takes away are offered back", () => {
    type(pair.ana, "een");
    pair.ana.binding.commands.insertCard("requirement", "r1");
    pair.sync();
    type(pair.ana, "belangrijk");
    const offers: string[] = [];
    const lost: string[] = [];
    pair.ana.binding.on("offer", (offer) => offers.push(offer.words));
    pair.ana.binding.on("lost", ({ id }) => lost.push(id));
    pair.bo.binding.commands.removeCard("requirement", "r1");
    pair.sync();
    expect(offers).toEqual(["belangrijk"]);
    expect(lost).toEqual(["r1"]);
    pair.ana.binding.commands.putBack("requirement", "r1");
    pair.sync();
    expect(text(pair.bo)).toContain("belangrijk");
  });
});
