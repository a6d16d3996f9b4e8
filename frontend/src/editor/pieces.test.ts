import { expect, test } from "vitest";
import * as Y from "yjs";
import { pieces } from "./pieces.ts";

/** A document in which several people wrote, deleted and formatted. */
function written(seed: number): Y.Doc {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state % below;
  };
  const docs = [1, 2, 3].map((client) => Object.assign(new Y.Doc(), { clientID: client + seed * 10 }));
  for (let step = 0; step < 300; step++) {
    const doc = docs[random(3)] as Y.Doc;
    const text = doc.getText("t");
    const at = random(text.length + 1);
    switch (random(5)) {
      case 0:
        if (text.length > at) text.delete(at, Math.min(3, text.length - at));
        break;
      case 1:
        if (text.length > at) text.format(at, 1, { bold: true });
        break;
      case 2:
        doc.getMap("m").set(`k${random(5)}`, { n: random(100) });
        break;
      default:
        text.insert(at, "woord 😀 ".repeat(1 + random(20)));
    }
    if (random(10) === 0) {
      const other = docs[random(3)] as Y.Doc;
      Y.applyUpdate(other, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(other)));
    }
  }
  const [first, ...rest] = docs as [Y.Doc, ...Y.Doc[]];
  for (const doc of rest) Y.applyUpdate(first, Y.encodeStateAsUpdate(doc));
  return first;
}

test("pieces say together what the update says, in any order", () => {
  for (let seed = 1; seed <= 5; seed++) {
    const doc = written(seed);
    const update = Y.encodeStateAsUpdate(doc);
    for (const most of [300, 1000, 5000]) {
      const parts = pieces(update, most) as Uint8Array[];
      expect(parts.length).toBeGreaterThan(1);
      expect(Math.max(...parts.map((p) => p.length))).toBeLessThanOrEqual(most);
      for (const order of [parts, [...parts].reverse()]) {
        const copy = new Y.Doc();
        for (const part of order) Y.applyUpdate(copy, part);
        expect(copy.getText("t").toDelta()).toEqual(doc.getText("t").toDelta());
        expect(copy.getMap("m").toJSON()).toEqual(doc.getMap("m").toJSON());
        expect(Y.encodeStateVector(copy).length).toBe(Y.encodeStateVector(doc).length);
        expect(copy.store.pendingStructs).toBeNull();
      }
    }
  }
});

test("a long text is cut, not between the halves of a character", () => {
  const doc = new Y.Doc();
  doc.getText("t").insert(0, "a");
  doc.getText("t").insert(1, "😀".repeat(1000));
  const parts = pieces(Y.encodeStateAsUpdate(doc), 500) as Uint8Array[];
  const copy = new Y.Doc();
  for (const part of parts) Y.applyUpdate(copy, part);
  expect(copy.getText("t").toJSON()).toBe(doc.getText("t").toJSON());
});

test("an update with a gap keeps it", () => {
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array) => updates.push(update));
  for (let i = 0; i < 50; i++) doc.getText("t").insert(i, `${i % 10}`.repeat(1));
  const lost = updates.splice(20, 1)[0] as Uint8Array;
  const parts = pieces(Y.mergeUpdates(updates), 100) as Uint8Array[];
  const copy = new Y.Doc();
  for (const part of parts) Y.applyUpdate(copy, part);
  Y.applyUpdate(copy, lost);
  expect(copy.getText("t").toJSON()).toBe(doc.getText("t").toJSON());
});

test("what is small stays as it is, and what cannot be cut is told", () => {
  const doc = new Y.Doc();
  doc.getMap("m").set("k", "x".repeat(1000));
  const update = Y.encodeStateAsUpdate(doc);
  expect(pieces(update, 2000)).toEqual([update]);
  expect(pieces(update, 500)).toBeUndefined();
});
