import { expect, test } from "vitest";
import { Arrival } from "./arrival.ts";
import { packed } from "./double.ts";
import type { Piece } from "./protocol.ts";

const update = Uint8Array.from({ length: 5000 }, () => Math.random() * 256);

function pieces(most: number): Piece[] {
  const all = packed(update);
  return Array.from({ length: Math.ceil(all.length / most) }, (_, i) => {
    const bytes = all.subarray(i * most, (i + 1) * most);
    return { size: update.length, total: all.length, offset: i * most, bytes };
  });
}

test("pieces become the update, and people hear how far it is when it takes long", async () => {
  const arrival = new Arrival();
  const all = pieces(1000);
  const told = new Set<number | undefined>();
  let whole: Uint8Array | undefined;
  for (const [i, piece] of all.entries()) {
    whole = await arrival.take(piece, i * 1000);
    told.add(arrival.progress(i * 1000));
  }
  expect(whole).toEqual(update);
  expect([...told]).toEqual([undefined, 50, 70, 90].filter((n) => told.has(n)));
  expect(told.size).toBeGreaterThan(2);
});

test("on a fast line nothing is said", async () => {
  const arrival = new Arrival();
  for (const piece of pieces(500)) {
    await arrival.take(piece, 10);
    expect(arrival.progress(20)).toBeUndefined();
  }
});

test("a text that begins anew replaces the one that was not complete", async () => {
  const arrival = new Arrival();
  const all = pieces(1000);
  for (const piece of all.slice(0, 3)) await arrival.take(piece, 0);
  let whole: Uint8Array | undefined;
  for (const piece of all) whole = await arrival.take(piece, 0);
  expect(whole).toEqual(update);
});

test("a piece that is missing, doubled or too long is no text", async () => {
  const all = pieces(1000);
  const [first, second, third] = all as [Piece, Piece, Piece];
  for (const wrong of [[second], [first, third], [first, second, second], [{ ...first, total: 5 }], [first, { ...second, total: second.total + 1 }]]) {
    const arrival = new Arrival();
    await expect((async () => {
      for (const piece of wrong) await arrival.take(piece, 0);
    })()).rejects.toThrow();
  }
  const arrival = new Arrival();
  const spoiled = all.map((piece) => ({ ...piece, bytes: piece.bytes.map((b) => b ^ 1) }));
  await expect((async () => {
    for (const piece of spoiled) await arrival.take(piece, 0);
  })()).rejects.toThrow();
});
