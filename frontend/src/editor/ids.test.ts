import { expect, test } from "vitest";
import { unpackIDs } from "./ids.ts";

// What the server packs in realtime/protocol/ids_test.go.
const one = "01a2293f-ac61-4571-a0b4-015da6124e75";
const two = "9f8e7d6c-5b4a-4392-8170-0123456789ab";
const plain = Buffer.from(`${one}een \xff${two}${one}${two}-en 01A2293F-ac61-4571-a0b4-015da6124e75`, "latin1");
const packed = bytes(
  "0201a2293fac614571a0b4015da6124e759f8e7d6c5b4a439281700123456789ab050100010401" +
    "ff65656e20ffffffff2d656e2030314132323933462d616336312d343537312d613062342d303135646136313234653735",
);

function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}

test("ids are put back where they stood", () => {
  expect(Buffer.from(unpackIDs(packed, plain.length))).toEqual(plain);
  expect(unpackIDs(bytes("000061"), 1)).toEqual(bytes("61"));
});

test("what is cut off, names what did not come, or is another length is no text", () => {
  for (let n = 0; n < packed.length; n++) expect(() => unpackIDs(packed.subarray(0, n), plain.length), `${n} bytes`).toThrow();
  for (const size of [0, plain.length - 1, plain.length + 1]) expect(() => unpackIDs(packed, size), `${size}`).toThrow();
  for (const wrong of ["000101ff", "000102ff", "0000ff", "000100"]) expect(() => unpackIDs(bytes(wrong), 36), wrong).toThrow();
});
