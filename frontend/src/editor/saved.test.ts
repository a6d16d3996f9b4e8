import { expect, test } from "vitest";
import { Ledger } from "./saved.ts";

function connected(): Ledger {
  const ledger = new Ledger(0);
  ledger.up();
  return ledger;
}

test("a change is being saved until its mark comes back", () => {
  const ledger = connected();
  expect(ledger.state(0, true)).toBe("saved");
  ledger.changed(0);
  const mark = ledger.mark();
  expect(ledger.state(1, true)).toBe("saving");
  ledger.kept(mark, 2);
  expect(ledger.state(2, true)).toBe("saved");
});

test("a mark says nothing of what was typed after it", () => {
  const ledger = connected();
  ledger.changed(0);
  const first = ledger.mark();
  ledger.changed(1);
  ledger.kept(first, 2);
  expect(ledger.state(2, true)).toBe("saving");
});

test("a mark of a connection that ended says nothing any more", () => {
  const ledger = connected();
  ledger.changed(0);
  const mark = ledger.mark();
  ledger.down(1);
  ledger.up();
  expect(ledger.kept(mark, 2)).toBe(false);
  expect(ledger.state(2, true)).toBe("saving");
});

test("saving takes no longer than ten seconds", () => {
  const ledger = connected();
  ledger.changed(0);
  ledger.mark();
  expect(ledger.state(9_999, true)).toBe("saving");
  expect(ledger.state(10_000, true)).toBe("unsaved");
});

test("without a connection a change is kept here only when this device said so", () => {
  const ledger = connected();
  ledger.down(0);
  ledger.changed(1);
  expect(ledger.state(1, true)).toBe("saving");
  expect(ledger.state(4_001, true)).toBe("unsaved");
  ledger.keptHere(ledger.made);
  expect(ledger.state(4_001, true)).toBe("offline");
  ledger.changed(4_002);
  expect(ledger.state(4_002, true)).toBe("unsaved");
});

test("a connection that blinks is not worth a word when there is nothing to save", () => {
  const ledger = connected();
  ledger.down(0);
  expect(ledger.state(3_999, true)).toBe("saved");
  expect(ledger.state(4_000, true)).toBe("offline");
  expect(ledger.state(4_000, false)).toBe("saved");
});

test("what was refused is not saved, until the server keeps it after all", () => {
  const ledger = connected();
  ledger.changed(0);
  ledger.refused(ledger.mark());
  ledger.keptHere(ledger.made);
  expect(ledger.state(1, true)).toBe("unsaved");
  ledger.kept(ledger.mark(), 2);
  expect(ledger.state(2, true)).toBe("saved");
});

test("after the end nothing new is saved, and what was saved stays so", () => {
  const ledger = connected();
  ledger.stop(0);
  expect(ledger.state(10_000, true)).toBe("saved");
  ledger.changed(1);
  ledger.keptHere(ledger.made);
  expect(ledger.state(2, true)).toBe("unsaved");
});
