// What a session measures of documents and updates.
import * as Y from "yjs";
import type { Scan } from "./scan.ts";

export interface Value {
  value: unknown;
  /** Which item says so, and whether it is deleted. */
  stamp: string;
}

/** The values of paragraphs. */
export function valuesOf(doc: Y.Doc): Map<string, Value> {
  const out = new Map<string, Value>();
  const marks = doc.getMap("marks");
  for (const [key, item] of marks._map) {
    out.set(key, { value: marks.get(key), stamp: `${item.id.client}:${item.id.clock}${item.deleted ? " deleted" : ""}` });
  }
  return out;
}

/** How many bytes an act may send: what is typed, and a little for each paragraph and card that there is. */
export function limit(act: string, before: Scan): number {
  let paragraphs = before.cards.size;
  for (const list of before.marks.values()) paragraphs += list.length;
  if (["type", "burst", "finish", "compose", "composed"].includes(act)) return 700 + 60 * paragraphs;
  return 1200 + 250 * paragraphs + 20 * before.words.size;
}

/** Whose changes an update holds. */
export function clientOf(update: Uint8Array): number {
  const [first] = Y.parseUpdateMeta(update).to.keys();
  return first ?? 0;
}

export function apart(a: string, b: string): string {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  return `${a.slice(Math.max(0, i - 60), i + 60)} and ${b.slice(Math.max(0, i - 60), i + 60)}`;
}
