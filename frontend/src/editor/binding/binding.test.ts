// The binding in an editor without a screen: what two people do in one place.
import { TextSelection } from "prosemirror-state";
import { beforeEach, describe, expect, test } from "vitest";
import { Pair, before, behind, sound, text, type } from "./pair.ts";

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
});
