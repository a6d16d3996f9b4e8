// Cards in an editor without a screen: what one and two people do with them.
import { TextSelection } from "prosemirror-state";
import { beforeEach, describe, expect, test } from "vitest";
import * as Y from "yjs";
import type { Headless } from "./headless.ts";
import { Pair, before, behind, choose, editor, find, sound, text, type } from "./pair.ts";

let pair: Pair;
beforeEach(() => {
  pair = new Pair();
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

test("a card that went and came back while somebody composed in it never went", () => {
  type(pair.ana, "een");
  pair.ana.binding.commands.insertCard("requirement", "r1");
  pair.sync();
  const lost: string[] = [];
  pair.ana.binding.on("lost", ({ line }) => lost.push(line));
  const sent: Uint8Array[] = [];
  pair.bo.doc.on("update", (update: Uint8Array) => sent.push(update));
  pair.ana.composing = true;
  type(pair.ana, "samen");
  pair.bo.binding.commands.removeCard("requirement", "r1");
  pair.bo.binding.commands.undo();
  expect(sent.length).toBeGreaterThan(1);
  for (const update of sent) pair.ana.binding.receive(update, "network");
  pair.ana.composing = false;
  pair.ana.binding.release();
  pair.sync();
  expect(lost).toEqual([]);
  type(pair.ana, "werking");
  expect(text(pair.ana)).toContain('"samenwerking"');
});

test("words that another takes away are offered back", () => {
  type(pair.ana, "een");
  pair.ana.binding.commands.insertCard("requirement", "r1");
  pair.sync();
  type(pair.ana, "belangrijk");
  const offers: string[] = [];
  const lost: string[] = [];
  pair.ana.binding.on("offer", (offer) => offers.push(offer.words));
  pair.ana.binding.on("lost", ({ gone, line }) => lost.push(`${gone?.id}: ${line}`));
  pair.bo.binding.commands.removeCard("requirement", "r1");
  pair.sync();
  expect(offers).toEqual(["belangrijk"]);
  expect(lost).toEqual(["r1: belangrijk"]);
  pair.ana.binding.commands.putBack("requirement", "r1");
  pair.sync();
  expect(text(pair.bo)).toContain("belangrijk");
});

test("a space that its writer took out is not offered back with the words", () => {
  pair.ana.binding.commands.insertCard("requirement", "r1");
  type(pair.ana, "kl aar");
  const { tr, selection } = pair.ana.state;
  pair.ana.dispatch(tr.delete(selection.head - 4, selection.head - 3));
  expect(pair.ana.doc.getText("statement:r1").toString()).toBe("klaar");
  pair.sync();
  const offers: string[] = [];
  pair.ana.binding.on("offer", (offer) => offers.push(offer.words));
  pair.bo.binding.commands.removeCard("requirement", "r1");
  pair.sync();
  expect(offers).toEqual(["klaar"]);
});

describe("a card that was removed", () => {
  const outline = (one: Headless): string => {
    const blocks: string[] = [];
    one.state.doc.forEach((node) => blocks.push(node.type.name === "requirement" ? String(node.attrs["id"]) : node.textContent || "_"));
    return blocks.join(" ");
  };
  const remove = (one: Headless, ...cards: string[]): void => cards.forEach((id) => expect(one.binding.commands.removeCard("requirement", id)).toBe(true));
  const back = (one: Headless, ...cards: string[]): void => cards.forEach((id) => expect(one.binding.commands.putBack("requirement", id)).toBe(true));
  const move = (one: Headless, id: string, to: "up" | "down"): void => void one.binding.commands.moveCard("requirement", id, to);

  /** Each of these is a card when it is one letter, and a paragraph otherwise. */
  function write(...blocks: string[]): void {
    pair.ana.doc.transact(() => {
      const body = pair.ana.doc.getText("body");
      body.delete(0, body.length);
      blocks.forEach((block, i) => {
        if (block.length === 1) body.insertEmbed(body.length, { requirement: block, place: 1 });
        else {
          body.insert(body.length, block);
          body.insertEmbed(body.length, { p: `p${i}` });
        }
        if (block.length === 1) pair.ana.doc.getText(`statement:${block}`).insert(0, block);
      });
    });
    pair.sync();
  }

  test.each([
    ["in the middle", ["A", "B", "C"], ["B"], ["B"]],
    ["at the start", ["A", "B", "een"], ["A"], ["A"]],
    ["at the end", ["een", "A", "B"], ["B"], ["B"]],
    ["all there is", ["A"], ["A"], ["A"]],
    ["between paragraphs", ["een", "A", "twee", "B", "drie"], ["B", "A"], ["B", "A"]],
    ["with its neighbours, the last first", ["A", "B", "C", "een"], ["A", "B", "C"], ["C", "A", "B"]],
    ["with its neighbours, the first last", ["A", "B", "C", "een"], ["C", "B", "A"], ["B", "C", "A"]],
    ["twice", ["A", "B", "C", "D"], ["C", "B"], ["B", "C"]],
  ])("comes back where it stood: %s", (_, blocks, gone, again) => {
    write(...blocks);
    for (let i = 0; i < 2; i++) {
      remove(pair.ana, ...gone);
      pair.sync();
      expect(outline(pair.bo)).toBe(blocks.filter((block) => !gone.includes(block)).join(" ") || "_");
      back(pair.bo, ...again);
      pair.sync();
      expect(outline(pair.ana)).toBe(blocks.join(" "));
    }
  });

  test("comes back behind what stood before it, wherever that has gone", () => {
    write("A", "B", "C");
    remove(pair.ana, "B");
    pair.sync();
    move(pair.bo, "A", "down");
    pair.sync();
    expect(outline(pair.bo)).toBe("C A");
    back(pair.bo, "B");
    pair.sync();
    expect(outline(pair.ana)).toBe("B C A");
  });

  test("comes back between two blocks when others wrote at its place", () => {
    write("een", "B", "twee");
    remove(pair.ana, "B");
    pair.sync();
    before(pair.bo, "twee");
    type(pair.bo, "nu ");
    pair.sync();
    back(pair.bo, "B");
    pair.sync();
    expect(outline(pair.ana)).toBe("een B nu twee");
    remove(pair.ana, "B");
    pair.sync();
    before(pair.bo, "nu");
    expect(pair.bo.binding.commands.joinBackward()).toBe(true);
    pair.sync();
    expect(outline(pair.bo)).toBe("eennu twee");
    back(pair.bo, "B");
    pair.sync();
    expect(outline(pair.ana)).toBe("B eennu twee");
  });

  test("comes back where it stood when it went with a range of text", () => {
    write("een", "A", "twee", "B", "C", "drie");
    choose(pair.ana, "twee", "drie");
    pair.ana.binding.commands.deleteSelection();
    pair.sync();
    expect(outline(pair.bo)).not.toContain("B");
    back(pair.bo, "C", "B");
    pair.sync();
    expect(outline(pair.ana).replace("_", "").split(/ +/).filter((block) => block.length === 1)).toEqual(["A", "B", "C"]);
  });

  test.each([
    ["nothing", undefined], ["a number", 5], ["no JSON", "{"], ["another text", undefined, "statement:A"], ["null", "null"],
    ["what is not known", '{"item":{"client":77,"clock":3},"tname":"body","assoc":-1}'],
    ["halves", '{"item":{"client":1,"clock":0.5}}'], ["below nothing", '{"item":{"client":1,"clock":-1}}'],
    ["no item", '{"tname":"body","assoc":0}'], ["a value of a map", undefined, "removed"],
  ])("comes to the caret where its place says %s", (_, value, elsewhere?: string) => {
    write("A", "B", "een", "C");
    remove(pair.ana, "B");
    const item = elsewhere === "removed" ? pair.ana.doc.getMap("removed")._map.get("requirement:B") : elsewhere ? pair.ana.doc.getText(elsewhere)._start : undefined;
    const at = item ? JSON.stringify({ item: item.id, assoc: -1 }) : value;
    if (at === undefined) pair.ana.doc.getMap("removed").delete("requirement:B:at");
    else pair.ana.doc.getMap("removed").set("requirement:B:at", at);
    pair.sync();
    behind(pair.bo, "een");
    back(pair.bo, "B");
    pair.sync();
    expect(outline(pair.ana)).toBe("A een B C");
  });

  test("gives the caret back to whoever typed there, and to others at its end", () => {
    write("een", "A");
    const typed = find(pair.ana, "A").to;
    pair.ana.dispatch(pair.ana.state.tr.setSelection(TextSelection.create(pair.ana.state.doc, typed)));
    type(pair.ana, "na");
    pair.sync();
    behind(pair.bo, "Ana");
    type(pair.bo, " en Bo");
    before(pair.bo, "na en");
    type(pair.bo, "n");
    pair.sync();
    remove(pair.ana, "A");
    pair.sync();
    back(pair.bo, "A");
    expect(pair.bo.state.selection.head).toBe(find(pair.bo, "An").to);
    remove(pair.bo, "A");
    pair.sync();
    const other = new Y.Doc();
    Y.applyUpdate(other, Y.encodeStateAsUpdate(pair.bo.doc));
    const cas = editor(other);
    back(cas, "A");
    expect(cas.state.selection.head).toBe(find(cas, "Anna en Bo").to);
  });
});
