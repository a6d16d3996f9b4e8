// The messages of a live document as they travel: y-websocket's framing, and message 120 by which
// the server says what it kept. Decoding throws on bytes that are no message; it never guesses.
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";

export { subprotocols } from "../early.ts";

export type Mode = "read" | "write";

/** What the server says first on each connection. */
export interface Hello {
  /** A document with another epoch is another document: it is never merged with this one. */
  epoch: number;
  /** Version of the kinds of blocks that the document may hold. */
  schema: number;
  /** An update that is larger is refused. */
  maxUpdateBytes: number;
  mode: Mode;
}

/** A part of a text; the bytes of all parts are an update in the second form, without its ids (ids.ts), compressed
 * with zlib. */
export interface Piece {
  /** Bytes of the update, with its ids. */
  size: number;
  /** Bytes of all pieces. */
  total: number;
  /** Where these bytes stand among them; 0 begins a text. */
  offset: number;
  bytes: Uint8Array;
}

export type Incoming =
  | { kind: "vector"; vector: Uint8Array }
  | { kind: "state"; update: Uint8Array }
  | { kind: "update"; update: Uint8Array }
  | { kind: "awareness"; update: Uint8Array }
  | { kind: "who" }
  | ({ kind: "hello" } & Hello)
  | ({ kind: "piece" } & Piece)
  | { kind: "kept"; mark: number }
  | { kind: "refused"; mark: number; code: number };

const sync = 0;
const awareness = 1;
const queryAwareness = 3;
const live = 120;

/** Reads every message of one frame. */
export function decode(frame: Uint8Array): Incoming[] {
  const from = decoding.createDecoder(frame);
  const messages: Incoming[] = [];
  do {
    messages.push(decodeOne(from));
  } while (decoding.hasContent(from));
  return messages;
}

function decodeOne(from: decoding.Decoder): Incoming {
  const type = decoding.readVarUint(from);
  switch (type) {
    case sync:
      return decodeSync(from);
    case awareness:
      return { kind: "awareness", update: decoding.readVarUint8Array(from) };
    case queryAwareness:
      return { kind: "who" };
    case live:
      return decodeLive(from);
    default:
      throw new Error(`no message has number ${type}`);
  }
}

function decodeSync(from: decoding.Decoder): Incoming {
  const step = decoding.readVarUint(from);
  const bytes = decoding.readVarUint8Array(from);
  switch (step) {
    case 0:
      return { kind: "vector", vector: bytes };
    case 1:
      return { kind: "state", update: bytes };
    case 2:
      return { kind: "update", update: bytes };
    default:
      throw new Error(`no step of a sync has number ${step}`);
  }
}

function decodeLive(from: decoding.Decoder): Incoming {
  const what = decoding.readVarUint(from);
  switch (what) {
    case 1: {
      const mark = decoding.readVarUint(from);
      decoding.readVarUint(from); // the place in the log, which a browser has no use for
      return { kind: "kept", mark };
    }
    case 2:
      return { kind: "refused", mark: decoding.readVarUint(from), code: decoding.readVarUint(from) };
    case 3:
      return {
        kind: "hello",
        epoch: decoding.readVarUint(from),
        schema: decoding.readVarUint(from),
        maxUpdateBytes: decoding.readVarUint(from),
        mode: decoding.readVarUint(from) === 1 ? "write" : "read",
      };
    case 4:
      return {
        kind: "piece",
        size: decoding.readVarUint(from),
        total: decoding.readVarUint(from),
        offset: decoding.readVarUint(from),
        bytes: decoding.readVarUint8Array(from),
      };
    default:
      throw new Error(`no live message has number ${what}`);
  }
}

function message(...parts: (number | Uint8Array)[]): Uint8Array {
  return encoding.encode((to) => {
    for (const part of parts) {
      if (typeof part === "number") {
        encoding.writeVarUint(to, part);
      } else {
        encoding.writeVarUint8Array(to, part);
      }
    }
  });
}

/** Asks for what we lack: this is what we have. */
export const encodeVector = (vector: Uint8Array): Uint8Array => message(sync, 0, vector);
/** Answers a vector with what the other side lacks. */
export const encodeState = (update: Uint8Array): Uint8Array => message(sync, 1, update);
export const encodeUpdate = (update: Uint8Array): Uint8Array => message(sync, 2, update);
export const encodeAwareness = (update: Uint8Array): Uint8Array => message(awareness, update);
/** Asks who is here; every server answers, so it also shows that the line is alive. */
export const encodeWho = (): Uint8Array => message(queryAwareness);
/** Asks to be told when everything sent before it is kept. */
export const encodeMark = (mark: number): Uint8Array => message(live, 0, mark);
