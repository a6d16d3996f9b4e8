// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { Headless } from "./binding/headless.ts";
import { flowSchema } from "./schema.ts";
import { newID } from "./id.ts";
import { Restored } from "./restored.ts";
import { Whereabouts } from "./whereabouts.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** An editor, the documents of a person and of the house, and what was asked and told. */
function page(answers: object[]) {
  const [mine, theirs, house] = [new Y.Doc(), new Y.Doc(), new Y.Doc()];
  const me = new Headless(mine, { schema: flowSchema((name) => name), cards: {}, newID });
  const awareness = new Awareness(mine);
  awareness.states.set(theirs.clientID, { user: { name: "Bewoner" } });
  for (const doc of [theirs, house]) doc.on("update", (update: Uint8Array) => me.binding.receive(update, "remote"));
  let asked = 0;
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json(answers[asked++] ?? {})));
  const told: string[] = [];
  const whereabouts = new Whereabouts(awareness);
  new Restored({ awareness, whereabouts, address: "/teruggezet.json", tell: (what) => told.push(what) }).follow(me.binding);
  const writes = (doc: Y.Doc): void => doc.getText("body").insert(0, "woord ");
  /** Only takes away, with the caret of the person there or with nobody's. */
  const removes = (there: boolean): void => {
    const cursor = there ? { head: { flow: "body" } } : null;
    awareness.states.set(theirs.clientID, { user: { name: "Bewoner" }, cursor });
    awareness.emit("change", [{ added: [], updated: [theirs.clientID], removed: [] }, "remote"]);
    theirs.getText("body").delete(0, 2);
  };
  return { removes, told, asked: () => asked, house: () => writes(house), person: () => writes(theirs), mine: () => writes(mine) };
}

test("what people write is no reason to ask", async () => {
  const { asked, person, mine, removes } = page([]);
  person();
  mine();
  removes(true);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(asked()).toBe(0);
});

test("what the house writes may be a version that came back, which is written down a moment later", async () => {
  const { told, asked, house } = page([{}, { id: "v1", what: "Bewoner zette de tekst terug." }, { id: "v1", what: "Bewoner zette de tekst terug." }]);
  house();
  house();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(told).toEqual(["Bewoner zette de tekst terug."]);
  expect(asked()).toBe(2);
  house();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(told, "it is told once").toHaveLength(1);
});

test("what is only taken away, where nobody is, may be that too; it is not asked all the time", async () => {
  const { asked, person, removes } = page([]);
  for (let i = 0; i < 10; i++) person();
  removes(false);
  for (let i = 0; i < 10; i++) {
    removes(false);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(asked()).toBe(2);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(asked(), "and it is asked after the last").toBe(4);
});

test("the words of a form are not called a version", async () => {
  const { told, asked, house } = page([]);
  house();
  await vi.advanceTimersByTimeAsync(20_000);
  expect([told, asked()]).toEqual([[], 2]);
});
