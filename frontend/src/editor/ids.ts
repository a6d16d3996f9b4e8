// A large text travels without its ids: they come once, in front, and a byte stands in for each. How that is
// written is said in realtime/protocol/ids.go, which does it.
import * as decoding from "lib0/decoding";

const standsIn = 0xff;
const idBytes = 16;
const dashes = [8, 13, 18, 23];
const digits = new TextEncoder().encode("0123456789abcdef");

/** Puts the ids back, for a text of so many bytes. Throws when it does not become that. */
export function unpackIDs(packed: Uint8Array, size: number): Uint8Array {
  const from = decoding.createDecoder(packed);
  const ids = Array.from({ length: decoding.readVarUint(from) }, () => written(decoding.readUint8Array(from, idBytes)));
  const tokens = decoding.createDecoder(decoding.readVarUint8Array(from));
  const text = new Uint8Array(size);
  let at = 0;
  let next = 0;
  for (const byte of packed.subarray(from.pos)) {
    const token = byte === standsIn ? decoding.readVarUint(tokens) : 0;
    if (token === 0) {
      text[at++] = byte;
      continue;
    }
    const id = next + (token % 2 === 0 ? -token / 2 : (token - 1) / 2);
    const letters = ids[id];
    if (!letters) throw new Error("the text names an id that did not come");
    text.set(letters, at);
    at += letters.length;
    next = id + 1;
  }
  if (at !== size || decoding.hasContent(tokens)) throw new Error("the text has another length than was said");
  return text;
}

/** An id as it is written out. */
function written(id: Uint8Array): Uint8Array {
  if (id.length !== idBytes) throw new Error("an id is cut off");
  const letters = new Uint8Array(2 * idBytes + dashes.length);
  let at = 0;
  for (const byte of id) {
    if (dashes.includes(at)) letters[at++] = 0x2d;
    letters[at++] = digits[byte >> 4] ?? 0;
    letters[at++] = digits[byte & 15] ?? 0;
  }
  return letters;
}
