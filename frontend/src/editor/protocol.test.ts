import { expect, test } from "vitest";
import * as protocol from "./protocol.ts";

test("what is written is read back", () => {
  const data = Uint8Array.of(1, 2, 3);
  expect(protocol.decode(protocol.encodeVector(data))).toEqual([{ kind: "vector", vector: data }]);
  expect(protocol.decode(protocol.encodeState(data))).toEqual([{ kind: "state", update: data }]);
  expect(protocol.decode(protocol.encodeUpdate(data))).toEqual([{ kind: "update", update: data }]);
  expect(protocol.decode(protocol.encodeAwareness(data))).toEqual([{ kind: "awareness", update: data }]);
  expect(protocol.decode(protocol.encodeWho())).toEqual([{ kind: "who" }]);
});

test("the server's words about what it kept are understood", () => {
  expect(protocol.decode(Uint8Array.of(120, 3, 5, 1, 128, 8, 1))).toEqual([
    { kind: "hello", epoch: 5, schema: 1, maxUpdateBytes: 1024, mode: "write" },
  ]);
  expect(protocol.decode(Uint8Array.of(120, 1, 9, 200, 1))).toEqual([{ kind: "kept", mark: 9 }]);
  expect(protocol.decode(Uint8Array.of(120, 2, 9, 3))).toEqual([{ kind: "refused", mark: 9, code: 3 }]);
  expect(protocol.decode(Uint8Array.of(120, 4, 200, 1, 90, 30, 2, 7, 8))).toEqual([
    { kind: "piece", size: 200, total: 90, offset: 30, bytes: Uint8Array.of(7, 8) },
  ]);
  expect(protocol.encodeMark(9)).toEqual(Uint8Array.of(120, 0, 9));
});

test("messages that share a frame are all read", () => {
  expect(protocol.decode(Uint8Array.of(3, 120, 1, 2, 7)).map((m) => m.kind)).toEqual(["who", "kept"]);
});

test.each([[[]], [[9]], [[0, 3, 0]], [[0, 2, 5, 1]], [[120, 9]], [[120, 3, 1]]])("%j is no message", (bytes) => {
  expect(() => protocol.decode(Uint8Array.from(bytes))).toThrow();
});
