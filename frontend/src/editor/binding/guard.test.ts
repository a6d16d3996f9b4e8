// The borders of cards in an editor without a screen: nothing is joined over them.
import { TextSelection } from "prosemirror-state";
import { beforeEach, describe, expect, test } from "vitest";
import * as Y from "yjs";
import { Pair, choose, find, sound, text, type } from "./pair.ts";

let pair: Pair;
beforeEach(() => {
  pair = new Pair();
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

describe("typing over lines of a card that lie more and less deep", () => {
  test("leaves the beginning of the first with the end of the last, which is the last of the part", () => {
    const { ana, bo } = pair;
    ana.binding.commands.insertCard("requirement", "r1");
    type(ana, "een");
    ana.binding.commands.toggleList("bullet");
    ana.binding.commands.split();
    type(ana, "twee");
    ana.binding.commands.toggleList("bullet");
    pair.sync();
    const last = Y.createRelativePositionFromTypeIndex(ana.doc.getText("statement:r1"), 7);
    ana.dispatch(ana.state.tr.setSelection(TextSelection.create(ana.state.doc, find(ana, "een").from + 1, find(ana, "twee").from + 2)));
    type(ana, "X");
    pair.sync();
    expect(text(bo)).toContain('statement(bulletList(listItem(paragraph("eXee")))), rationale(paragraph)');
    expect(ana.binding.cost.fallbacks).toBe(0);
    // The letters that stay are those that stood there.
    expect(Y.createAbsolutePositionFromRelativePosition(last, ana.doc)?.index).toBe(3);
  });
});
