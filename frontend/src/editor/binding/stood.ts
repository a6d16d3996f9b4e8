// Where a card stood that was removed. Its reference says so itself: a deleted letter stays in the order of
// its text, so the card comes back between its neighbours, in whatever order cards come back.
import * as Y from "yjs";
import { type Block, charactersIn, type Flow } from "./flow.ts";
import type { Flows } from "./flows.ts";
import { body, isRecord } from "./model.ts";
import { offsetAt } from "./place.ts";

/** The place of a card in the running text, as `removed` keeps it; undefined when the card is not there. */
export function standingAt(flows: Flows, kind: string, id: string): string | undefined {
  const card = flows.card(kind, id);
  const item = card && flows.idOf(card);
  return item && JSON.stringify({ tname: body, item: { client: item.client, clock: item.clock }, assoc: -1 });
}

/** Where a reference goes: at an index of the body, and directly behind a unit when that is known. */
export interface Stood {
  index: number;
  behind?: Y.ID;
}

/** Where a card that was removed goes when it comes back: always between two blocks. Undefined when nobody
 * said where, or said something else. */
export function stoodAt(flows: Flows, value: unknown): Stood | undefined {
  const behind = readPlace(value);
  const found = behind && standsAt(flows, flows.body, behind);
  if (!found) return undefined;
  const { block, from } = flows.body.find(found.index);
  return block.reference || from === 0 || from === block.length ? found : { index: besides(flows.body, block, from) };
}

/** The nearer end of a block. */
export function besides(flow: Flow, block: Block, from: number): number {
  const before = block.reference ? from : offsetAt(block, from);
  const all = block.reference ? block.length : charactersIn(block);
  const start = flow.startOf(block);
  return from === 0 || (from < block.length && before < all - before) ? start : start + block.length;
}

function readPlace(value: unknown): Y.ID | undefined {
  if (typeof value !== "string") return undefined;
  let position: unknown;
  try {
    position = JSON.parse(value);
  } catch {
    return undefined;
  }
  const item = isRecord(position) ? position["item"] : undefined;
  if (!isRecord(item)) return undefined;
  const { client, clock } = item;
  const whole = (number: unknown): number is number => Number.isSafeInteger(number) && (number as number) >= 0;
  return whole(client) && whole(clock) ? Y.createID(client, clock) : undefined;
}

/** Where something stood in a flow, by the last unit of it. */
export function standsAt({ doc }: Flows, { text }: Flow, behind: Y.ID): Stood | undefined {
  const found = Y.createAbsolutePositionFromRelativePosition(new Y.RelativePosition(null, null, behind, -1), doc, false);
  if (found?.type !== text) return undefined;
  const item = Y.getItem(doc.store, behind);
  return item instanceof Y.Item && item.parentSub === null ? { index: found.index, behind } : undefined;
}
