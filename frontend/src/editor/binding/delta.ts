// What a transaction did to a text. Yjs tells it as well, and takes formats away while it does that somebody
// else may count on: here nothing is changed.
import * as Y from "yjs";
import { type Delta, sameValue } from "./flow.ts";

/** Tells what a transaction did to a text, before what it deleted is let go of. */
export function deltaOf(text: Y.Text, transaction: Y.Transaction): Delta[] {
  const delta: Delta[] = [];
  const old: Record<string, unknown> = {};
  const now: Record<string, unknown> = {};
  for (let item = text._start; item; item = item.right) {
    const added = item.id.clock >= (transaction.beforeState.get(item.id.client) ?? 0);
    const was = !added && (!item.deleted || Y.isDeleted(transaction.deleteSet, item.id));
    const is = !item.deleted;
    if (!was && !is) continue;
    const { content } = item;
    if (content instanceof Y.ContentFormat) {
      const { key, value } = content as { key: string; value: unknown };
      if (was) set(old, key, value);
      if (is) set(now, key, value);
    } else if (was && is) {
      retain(delta, item.length, changeOf(old, now));
    } else if (was) {
      delta.push({ delete: item.length });
    } else {
      const attributes = { ...now };
      if (content instanceof Y.ContentString) delta.push({ insert: content.str, attributes });
      else for (const one of content.getContent()) delta.push({ insert: one, attributes });
    }
  }
  const last = delta.at(-1);
  if (last?.retain !== undefined && !last.attributes) delta.pop();
  return delta;
}

function set(attributes: Record<string, unknown>, key: string, value: unknown): void {
  if (value === null) delete attributes[key];
  else attributes[key] = value;
}

/** The attributes that make one of the other, null for those that go; nothing when they are the same. */
function changeOf(old: Record<string, unknown>, now: Record<string, unknown>): Record<string, unknown> | undefined {
  let change: Record<string, unknown> | undefined;
  for (const key in old) if (!(key in now)) (change ??= {})[key] = null;
  for (const key in now) if (!sameValue(old[key], now[key])) (change ??= {})[key] = now[key];
  return change;
}

function retain(delta: Delta[], length: number, attributes: Record<string, unknown> | undefined): void {
  const last = delta.at(-1);
  if (last?.retain !== undefined && !last.attributes && !attributes) last.retain += length;
  else delta.push(attributes ? { retain: length, attributes } : { retain: length });
}
