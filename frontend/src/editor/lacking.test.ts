import { expect, test } from "vitest";
import * as Y from "yjs";
import { deletesIn, deletesOf, lacking } from "./lacking.ts";

const seed = Math.floor(Math.random() * 2 ** 31);

function dice(n: number): () => number {
  return () => {
    n = (n + 0x6d2b79f5) | 0;
    let t = Math.imul(n ^ (n >>> 15), 1 | n);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

test(`two that tell each other what the other lacks have the same, over and over (seed ${seed})`, () => {
  const random = dice(seed);
  const [here, there] = [new Y.Doc(), new Y.Doc()];
  const edit = (doc: Y.Doc): void => {
    const text = doc.getText("t");
    for (let i = 0; i < 20; i++) {
      const at = Math.floor(random() * (text.length + 1));
      if (random() < 0.5) text.insert(at, "woord ".slice(0, 1 + random() * 5));
      else if (at < text.length) text.delete(at, Math.min(text.length - at, 1 + Math.floor(random() * 4)));
    }
  };
  let whole = 0;
  let told = 0;
  for (let round = 0; round < 60; round++) {
    if (random() < 0.8) edit(here);
    if (random() < 0.8) edit(there);
    const theirs = Y.encodeStateAsUpdate(there, Y.encodeStateVector(here));
    const vector = Y.encodeStateVector(there);
    Y.applyUpdate(here, theirs);
    const rest = lacking(here, vector, deletesIn(theirs));
    whole += Y.encodeStateAsUpdate(here, vector).length;
    told += rest.length;
    Y.applyUpdate(there, rest);
    expect(there.getText("t").toJSON()).toBe(here.getText("t").toJSON());
    expect(Y.encodeStateAsUpdate(there)).toEqual(Y.encodeStateAsUpdate(here));
  }
  expect(told, "who deletes much has much to tell; all of it each time is what it must not be").toBeLessThan(whole * 0.8);
});

test("who has all is told nothing", () => {
  const doc = new Y.Doc();
  doc.getText("t").insert(0, "een twee drie");
  doc.getText("t").delete(2, 3);
  expect(lacking(doc, Y.encodeStateVector(doc), deletesOf(doc))).toEqual(Uint8Array.of(0, 0));
});

test("what waits for something that has not come is told as well", () => {
  const other = new Y.Doc();
  const updates: Uint8Array[] = [];
  other.on("update", (update: Uint8Array) => updates.push(update));
  other.getText("t").insert(0, "een");
  other.getText("t").insert(3, " twee");
  const doc = new Y.Doc();
  Y.applyUpdate(doc, updates[1] ?? new Uint8Array());
  const third = new Y.Doc();
  Y.applyUpdate(third, lacking(doc, Uint8Array.of(0), Y.createDeleteSet()));
  Y.applyUpdate(third, updates[0] ?? new Uint8Array());
  expect(third.getText("t").toJSON()).toBe("een twee");
});
