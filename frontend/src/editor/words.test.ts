// @vitest-environment jsdom
import { expect, test, vi } from "vitest";
import * as Y from "yjs";
import { plainWords, wordsNotice } from "./words.ts";

/** A document as it comes from a device: nobody asked for its roots yet. */
function again(doc: Y.Doc): Y.Doc {
  const copy = new Y.Doc();
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
  return copy;
}

test("the words of flows are read in order, with the cards where they stand", () => {
  const doc = new Y.Doc();
  const body = doc.getText("body");
  const say = (text: Y.Text, words: string): void => {
    text.insert(text.length, words);
    text.insertEmbed(text.length, { p: `p${text.length}` });
  };
  say(body, "Eerste alinea");
  body.insertEmbed(body.length, { requirement: "e1", place: 5 });
  body.insertEmbed(body.length, { table: "t1", place: 6 });
  body.insert(body.length, "Laatste ");
  body.insert(body.length, "vet", { bold: true });
  body.insertEmbed(body.length, { unknown: 1 });
  body.insert(body.length, " woord");
  say(doc.getText("rationale:e1"), "Omdat het moet");
  say(doc.getText("statement:e1"), "Het huis is open");
  say(doc.getText("cell:t1:r1:c1"), "Cel");
  say(doc.getText("statement:weg"), "Van een kaart die weg is");
  doc.getMap("marks").set("p1:kind", "heading");
  doc.getText("iets-anders").insert(0, "niet van ons");
  expect(plainWords(again(doc)).split("\n")).toEqual([
    "Eerste alinea",
    "Het huis is open",
    "Omdat het moet",
    "Cel",
    "Laatste vet woord",
    "Van een kaart die weg is",
  ]);
});

test("the words of the first version of the model are read from its tree", () => {
  const doc = new Y.Doc();
  const text = doc.getXmlFragment("default");
  for (const words of ["Een", "", "Twee"]) {
    const paragraph = new Y.XmlElement("paragraph");
    paragraph.insert(0, [new Y.XmlText(words)]);
    text.insert(text.length, [paragraph]);
  }
  expect(plainWords(again(doc))).toBe("Een\nTwee");
});

test("a document without words says nothing", () => {
  expect(plainWords(new Y.Doc())).toBe("");
});

test("of the words of flows those alone are read that are wanted, from a letter of a client on", () => {
  const doc = new Y.Doc();
  doc.clientID = 1;
  const body = doc.getText("body");
  body.insert(0, "van een ander");
  body.insertEmbed(13, { p: "p1" });
  const mine = again(doc);
  mine.clientID = 2;
  mine.getText("body").insert(13, " al opgeslagen, nog niet");
  mine.getText("cell:t1:r1:c1").insert(0, "cel");
  mine.getText("body").delete(0, 4);
  expect(plainWords(again(mine), new Map([[2, 16]]))).toBe("nog niet\ncel");
  expect(plainWords(again(mine), new Map())).toBe("");
});

const says = {
  title: "Titel", why: "Waarom", copy: "Kopieer", copied: "Gekopieerd", forget: "Weg", sure: "Zeker?", yes: "Ja", no: "Nee", forgotten: "Is weg",
};

test("the notice copies the words, says so, and asks before they are let go", async () => {
  const written: string[] = [];
  vi.stubGlobal("navigator", { clipboard: { writeText: (text: string) => Promise.resolve(void written.push(text)) } });
  const forget = vi.fn();
  const notice = wordsNotice("mijn <b>woorden</b>", says, forget);
  document.body.append(notice);
  expect(notice.querySelector("pre")?.textContent).toBe("mijn <b>woorden</b>");
  const press = (name: string): void => [...notice.querySelectorAll("button")].find(({ textContent }) => textContent === name)?.click();
  press("Kopieer");
  await vi.waitFor(() => expect(notice.querySelector('[role="status"]')?.textContent).toBe("Gekopieerd"));
  expect(written).toEqual(["mijn <b>woorden</b>"]);
  expect(forget).not.toHaveBeenCalled();
  for (const answer of ["Weg", "Nee", "Ja", "Weg"]) press(answer); // "Ja" is no answer by itself
  expect(forget).not.toHaveBeenCalled();
  expect(notice.textContent).toContain("Zeker?JaNee");
  expect(document.activeElement?.textContent).toBe("Nee");
  press("Ja");
  expect([forget.mock.calls.length, notice.textContent]).toEqual([1, "Is weg"]);
  notice.remove();
  vi.unstubAllGlobals();
});

test("where the clipboard is closed the words are selected", async () => {
  vi.stubGlobal("navigator", {});
  const notice = wordsNotice("selecteer mij", says, () => undefined);
  document.body.append(notice);
  notice.querySelector("button")?.click();
  await vi.waitFor(() => expect(document.getSelection()?.toString()).toBe("selecteer mij"));
  expect(notice.querySelector('[role="status"]')?.textContent).toBe("");
  notice.remove();
  vi.unstubAllGlobals();
});
