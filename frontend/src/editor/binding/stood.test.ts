// The server and the browser put a card back alike: the same files are worked on by both.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TextSelection } from "prosemirror-state";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { flowSchema } from "../schema.ts";
import { Headless } from "./headless.ts";

const folder = "../realtime/flow/testdata/back";
const schema = flowSchema((name) => name);
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));

test("there are files to work on", () => expect(files.length).toBeGreaterThan(20));

test.each(files)("%s", (file) => {
  const { update, back, blocks } = JSON.parse(readFileSync(join(folder, file), "utf8")) as { update: string; back: string[]; blocks: string[] };
  const doc = new Y.Doc();
  Y.applyUpdate(doc, Buffer.from(update, "base64"));
  let ids = 0;
  const editor = new Headless(doc, { schema, cards: { requirement: ["statement", "rationale"] }, newID: () => `id-${++ids}` });
  editor.dispatch(editor.state.tr.setSelection(TextSelection.atEnd(editor.state.doc)));
  for (const id of back) expect(editor.binding.commands.putBack("requirement", id)).toBe(true);
  editor.state.doc.check();
  editor.binding.check();
  expect(editor.binding.read().eq(editor.state.doc)).toBe(true);
  const found: string[] = [];
  editor.state.doc.forEach((node) => found.push(node.type.name === "requirement" ? String(node.attrs["id"]) : node.textContent));
  expect(found).toEqual(blocks);
});
