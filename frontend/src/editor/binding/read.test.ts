// The server and the browser read a document alike: the same files are read by both.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Node } from "prosemirror-model";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { flowSchema } from "../schema.ts";
import { Flows } from "./flows.ts";

const folder = "../realtime/flow/testdata/read";
const schema = flowSchema((name) => name);

interface Tree {
  type: string;
  attrs?: Record<string, unknown>;
  text?: string;
  marks?: { type: string; attrs?: Record<string, unknown> }[];
  content?: Tree[];
}

/** A node as the files have it: attributes that say something, marks that show something. */
function tree(node: Node): Tree {
  const attrs = Object.entries(node.attrs).filter(([name, value]) => value !== null && !["colspan", "rowspan"].includes(name));
  const content: Tree[] = [];
  node.forEach((child) => {
    const one = tree(child);
    const last = content.at(-1);
    // Attributes that nobody knows show nothing, and divide nothing.
    if (last?.text !== undefined && one.text !== undefined && JSON.stringify(last.marks) === JSON.stringify(one.marks)) last.text += one.text;
    else content.push(one);
  });
  const marks = node.marks.filter((mark) => mark.type.name !== "other").map((mark) => ({
    type: mark.type.name, ...(Object.keys(mark.attrs).length > 0 ? { attrs: { ...mark.attrs } } : {}),
  })).sort((a, b) => (a.type < b.type ? -1 : 1));
  return {
    type: node.type.name,
    ...(attrs.length > 0 ? { attrs: Object.fromEntries(attrs) } : {}),
    ...(node.isText ? { text: node.text ?? "" } : {}),
    ...(marks.length > 0 ? { marks } : {}),
    ...(content.length > 0 ? { content } : {}),
  };
}

const files = readdirSync(folder).filter((name) => name.endsWith(".json"));

test("there are files to read", () => expect(files.length).toBeGreaterThan(40));

test.each(files)("%s", (file) => {
  const { update, nodes } = JSON.parse(readFileSync(join(folder, file), "utf8")) as { update: string; nodes: Tree[] };
  const doc = new Y.Doc();
  Y.applyUpdate(doc, Buffer.from(update, "base64"));
  const read = new Flows(doc, { requirement: ["statement", "rationale"] }, schema).document();
  read.check();
  expect(tree(read).content).toEqual(nodes);
});
