// @vitest-environment jsdom
import type { EditorView } from "prosemirror-view";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { Headless } from "./binding/headless.ts";
import { flowSchema } from "./schema.ts";
import type { Keys } from "./keys.ts";
import { removed } from "./removed.ts";

const schema = flowSchema((name) => name);
let ids = 0;
let clock = 1000;

const person = (): Headless =>
  new Headless(new Y.Doc(), { schema, cards: { requirement: ["statement", "rationale"] }, newID: () => `n${++ids}`, now: () => ++clock });

test("the list follows what anybody removes and puts back, the last removed first", () => {
  const [me, other] = [person(), person()];
  const share = (): void => {
    me.binding.receive(Y.encodeStateAsUpdate(other.doc, Y.encodeStateVector(me.doc)), "remote");
    other.binding.receive(Y.encodeStateAsUpdate(me.doc, Y.encodeStateVector(other.doc)), "remote");
  };
  const section = document.createElement("section");
  section.hidden = true;
  section.append(document.createElement("ul"));
  const keyOf: Record<string, string> = { r1: "PVE-1", r2: "PVE-2" };
  const heard: (() => void)[] = [];
  const keys = {
    known: (id: string) => (keyOf[id] === undefined ? undefined : { key: keyOf[id], facts: "" }),
    observe: (listener: () => void) => (heard.push(listener), () => undefined),
  } as unknown as Keys;
  const view = { editable: true, focus: () => undefined } as unknown as EditorView;
  const list = removed(section, { binding: me.binding, keys, say: (name) => name }).spec.view?.(view);
  const listed = (): string[] => [...section.querySelectorAll("li")].map((line) => line.textContent ?? "");

  for (const id of ["r1", "r2", "r3", "r4"]) {
    other.binding.commands.insertCard("requirement", id);
    if (id !== "r4") other.dispatch(other.state.tr.insertText(`woorden van ${id}`));
  }
  share();
  expect([listed(), section.hidden]).toEqual([[], true]);
  for (const id of ["r1", "r2", "r3", "r4"]) {
    other.binding.commands.removeCard("requirement", id);
    share();
  }
  expect(listed(), "r3 has no key yet, and r4 no words").toEqual(["PVE-2woorden van r2putBack PVE-2", "PVE-1woorden van r1putBack PVE-1"]);
  expect(section.hidden).toBe(false);
  keyOf["r3"] = "PVE-3";
  for (const listener of heard) listener();
  expect(listed()).toHaveLength(3);

  other.doc.getText("statement:r1").insert(0, "nieuwe ");
  share();
  expect(listed()[2], "words that somebody wrote meanwhile").toBe("PVE-1nieuwe woorden van r1putBack PVE-1");
  other.doc.getText("statement:r1").delete(0, "nieuwe ".length);
  share();

  section.querySelectorAll("button")[1]?.click();
  expect(listed().map((line) => line.slice(0, 5))).toEqual(["PVE-3", "PVE-1"]);
  expect(me.state.doc.textContent).toContain("woorden van r2");
  share();
  other.binding.commands.putBack("requirement", "r3");
  share();
  Object.assign(view, { editable: false });
  list?.update?.(view, me.state);
  expect(listed(), "who only reads has no button").toEqual(["PVE-1woorden van r1"]);
  other.binding.commands.putBack("requirement", "r1");
  share();
  expect([listed(), section.hidden]).toEqual([[], true]);
  list?.destroy?.();
});
