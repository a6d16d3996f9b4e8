// Reads what was made small as realtime/protocol/tight.go says.

const even = 1 << 15;
const least = 32;
const quick = 30;
const slow = 250;
const idBytes = 16;

/** How much there is of what was made small, and where it begins. */
export interface Size {
  ids: number;
  rest: number;
  first: number;
}

/** Returns a text with its ids taken out, as editor/ids.ts reads it. Throws when nothing can have that size; what
 * was cut off becomes another text. */
export function loosen(small: Uint8Array, { ids, rest, first }: Size): Uint8Array {
  const next = bits(small);
  const count = [];
  let left = ids;
  for (; left > 127; left >>>= 7) count.push(left | 128);
  count.push(left);
  const id = models(8 * idBytes);
  const start = count.length + ids * idBytes;
  const packed = new Uint8Array(start + rest);
  packed.set(count);
  for (let bit = 0; bit < ids * idBytes * 8; bit++) {
    const at = count.length + (bit >> 3);
    packed[at] = ((packed[at] ?? 0) << 1) | next(id, bit % (idBytes * 8), slow);
  }
  whole(ranked(next, rest), first, packed.subarray(start));
  return packed;
}

/** How probable a bit is, of 65536, and how often it was seen. */
interface Models {
  one: Uint16Array;
  seen: Uint8Array;
}

const models = (n: number): Models => ({ one: new Uint16Array(n).fill(even), seen: new Uint8Array(n) });

type Next = (models: Models, which: number, slowest: number) => 0 | 1;

/** The arithmetic coder: returns what reads the next bit by its model. */
function bits(small: Uint8Array): Next {
  let at = 4;
  let low = 0;
  let high = 0xffffffff;
  let value = new DataView(small.buffer, small.byteOffset).getUint32(0);
  return ({ one, seen }, which, slowest) => {
    const p = one[which] ?? 0;
    const n = seen[which] ?? 0;
    const middle = low + Math.floor(((high - low) * p) / 65536);
    const bit = value <= middle ? 1 : 0;
    if (bit) {
      high = middle;
      one[which] = p + Math.floor((65535 - p) / (n + 2));
    } else {
      low = middle + 1;
      one[which] = Math.max(p - Math.floor(p / (n + 2)), least);
    }
    if (n < slowest) seen[which] = n + 1;
    while ((low ^ high) >>> 24 === 0) {
      low = (low << 8) >>> 0;
      high = ((high << 8) | 0xff) >>> 0;
      value = ((value << 8) | (small[at++] ?? 0)) >>> 0;
    }
    return bit;
  };
}

/** Reads bytes of which is written how many others came since each came last. */
function ranked(next: Next, length: number): Uint8Array {
  const order = Uint8Array.from({ length: 256 }, (_, i) => i);
  const zero = models(64 * 16);
  const sizes = models(16 * 8);
  const lower = models(9 << 8);
  const bytes = new Uint8Array(length);
  let history = 0;
  let run = 0;
  for (let i = 0; i < length; i++) {
    let size = 0;
    let rank = 0;
    if (next(zero, history * 16 + Math.min(32 - Math.clz32(run), 15), quick)) {
      run++;
    } else {
      run = 0;
      size = rank = 1;
      while (size < 8 && !next(sizes, (history % 16) * 8 + size, quick)) size++;
      for (let n = 1; n < size; n++) rank = (rank << 1) | next(lower, (size << 8) + rank, quick);
      const byte = order[rank] ?? 0;
      order.copyWithin(1, 0, rank);
      order[0] = byte;
    }
    bytes[i] = order[0] ?? 0;
    history = ((history << 2) | Math.min(size, 3)) & 63;
  }
  return bytes;
}

/** Turns the Burrows-Wheeler transform around. */
function whole(last: Uint8Array, first: number, text: Uint8Array): void {
  const counts = new Uint32Array(256);
  const before = Uint32Array.from(last, (byte) => (counts[byte] = (counts[byte] ?? 0) + 1));
  let sum = 0;
  const starts = counts.map((count) => (sum += count) - count);
  let at = 0;
  for (let i = text.length - 1; i >= 0; i--) {
    if (at > first) at--;
    const byte = last[at] ?? 0;
    text[i] = byte;
    at = (before[at] ?? 0) + (starts[byte] ?? 0);
  }
}
