// Two editors without a screen on one document, for the tests of what people do in one place.
import { TextSelection } from "prosemirror-state";
import { expect } from "vitest";
import * as Y from "yjs";
import { flowSchema } from "../schema.ts";
import { Headless } from "./headless.ts";

export const schema = flowSchema((name) => name);
const cards = { requirement: ["statement", "rationale"] } as const;

let ids = 0;
let clock = 1000;

/** An editor that chooses nothing by chance; with captureTimeout 0 it undoes each letter by itself. */
export function editor(doc: Y.Doc, captureTimeout?: number): Headless {
  const options = { schema, cards, newID: () => `id-${++ids}`, now: () => ++clock, random: () => 0.5 };
  return new Headless(doc, captureTimeout === undefined ? options : { ...options, captureTimeout });
}

/** Two editors of one document; what they write waits until `sync`. */
export class Pair {
  readonly ana: Headless;
  readonly bo: Headless;

  constructor() {
    const docs = [new Y.Doc(), new Y.Doc()] as const;
    docs[0].clientID = 1;
    docs[1].clientID = 2;
    const seed = new Y.Doc();
    seed.clientID = 9;
    seed.getText("body").insertEmbed(0, { p: "first" });
    for (const doc of docs) Y.applyUpdate(doc, Y.encodeStateAsUpdate(seed));
    this.ana = editor(docs[0], 0);
    this.bo = editor(docs[1], 0);
  }

  sync(): void {
    for (const [from, to] of [[this.ana, this.bo], [this.bo, this.ana]] as const) {
      to.binding.receive(Y.encodeStateAsUpdate(from.doc, Y.encodeStateVector(to.doc)), "network");
    }
    for (const one of [this.ana, this.bo]) sound(one);
    expect(this.ana.state.doc.toString()).toBe(this.bo.state.doc.toString());
  }
}

/** The editor shows what the document is, and the index is what a fresh one would be. */
export function sound(one: Headless): void {
  one.state.doc.check();
  expect(one.state.doc.toString()).toBe(one.binding.read().toString());
  expect(one.state.doc.eq(one.binding.read())).toBe(true);
  one.binding.check();
}

export function type(one: Headless, text: string): void {
  for (const letter of text) {
    one.dispatch(one.state.tr.insertText(letter));
    sound(one);
  }
}

/** Puts the caret behind some words, or chooses them. */
export function find(one: Headless, words: string): { from: number; to: number } {
  let found: { from: number; to: number } | undefined;
  one.state.doc.descendants((node, pos) => {
    if (!node.isTextblock) return true;
    const at = node.textBetween(0, node.content.size, undefined, "\n").indexOf(words);
    if (at >= 0) found ??= { from: pos + 1 + at, to: pos + 1 + at + words.length };
    return false;
  });
  if (!found) throw new Error(`${words} is not in ${one.state.doc.toString()}`);
  return found;
}

export const behind = (one: Headless, words: string): void => {
  one.dispatch(one.state.tr.setSelection(TextSelection.create(one.state.doc, find(one, words).to)));
};
export const before = (one: Headless, words: string): void => {
  one.dispatch(one.state.tr.setSelection(TextSelection.create(one.state.doc, find(one, words).from)));
};
export const choose = (one: Headless, first: string, last = first): void => {
  one.dispatch(one.state.tr.setSelection(TextSelection.create(one.state.doc, find(one, first).from, find(one, last).to)));
};

export const text = (one: Headless): string => one.state.doc.toString();
