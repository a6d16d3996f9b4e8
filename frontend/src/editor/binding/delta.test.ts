// The change of a text, as it is told to the editor.
import { expect, test } from "vitest";
import * as Y from "yjs";
import { deltaOf } from "./delta.ts";
import type { Delta } from "./flow.ts";

/** Applies a delta to another, as Quill has it. */
function apply(before: Delta[], delta: Delta[]): Delta[] {
  const doc = new Y.Doc();
  doc.getText("t").applyDelta(before as never);
  doc.getText("t").applyDelta(delta.map((op) => (op.attributes && Object.keys(op.attributes).length === 0 && op.retain ? { retain: op.retain } : op)) as never);
  return joined(doc.getText("t").toDelta() as Delta[]);
}

/** The same text with as few pieces as can be. */
function joined(delta: Delta[]): Delta[] {
  const out: Delta[] = [];
  for (const op of delta) {
    const last = out.at(-1);
    const said = ({ attributes = {} }: Delta): string => JSON.stringify(Object.entries(attributes).sort());
    const alike = last !== undefined && said(last) === said(op);
    if (typeof last?.insert === "string" && typeof op.insert === "string" && alike) last.insert += op.insert;
    else out.push({ ...op });
  }
  return out;
}

test("what it tells makes the new text of the old one", () => {
  const doc = new Y.Doc();
  const other = new Y.Doc();
  const text = doc.getText("t");
  let before = text.toDelta() as Delta[];
  let changes = 0;
  doc.on("afterTransaction", (transaction: Y.Transaction) => {
    const delta = deltaOf(text, transaction);
    expect(apply(before, delta)).toEqual(joined(text.toDelta() as Delta[]));
    before = text.toDelta() as Delta[];
    changes++;
  });
  let dice = 7;
  const throwDice = (most: number): number => (dice = (dice * 48271) % 2147483647) % most;
  for (let i = 0; i < 400; i++) {
    const one = throwDice(2) === 0 ? doc : other;
    const its = one.getText("t");
    const at = throwDice(its.length + 1);
    const length = Math.min(throwDice(5), its.length - at);
    const what = throwDice(4);
    if (what === 0) its.insert(at, "abc".slice(throwDice(3)), throwDice(2) === 0 ? { bold: true } : {});
    else if (what === 1) its.insertEmbed(at, { p: `p${i}` });
    else if (what === 2) its.delete(at, length);
    else its.format(at, length, { [throwDice(2) === 0 ? "bold" : "link"]: throwDice(2) === 0 ? null : throwDice(2) === 0 ? true : "a" });
    if (throwDice(3) > 0) continue;
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(other));
    Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
  }
  expect(changes).toBeGreaterThan(100);
});
