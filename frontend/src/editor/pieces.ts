// Cuts a large update into several that the server takes. Each is an update of its own; one that
// needs another which comes later waits for it, at the server as in every browser.
import * as encoding from "lib0/encoding";
import * as Y from "yjs";

/** Bytes around what a piece holds: numbers of clients, structs and deletes. */
const around = 64;

interface Written {
  client: number;
  clock: number;
  length: number;
  bytes: Uint8Array;
}

type Struct = ReturnType<typeof Y.decodeUpdate>["structs"][number];

/** Returns updates of at most so many bytes that together say what update says, or undefined when
 * one thing in it, such as a picture in the text, is larger and cannot be cut. */
export function pieces(update: Uint8Array, most: number): Uint8Array[] | undefined {
  if (update.length <= most) return [update];
  const room = most - around;
  const { structs, ds } = Y.decodeUpdate(update);
  const parts: Uint8Array[] = [];
  let waiting: Written[] = [];
  let size = 0;
  const flush = (): void => {
    if (waiting.length > 0) parts.push(ofStructs(waiting));
    waiting = [];
    size = 0;
  };
  for (const struct of structs) {
    for (const small of cut(struct, room)) {
      const bytes = written(small);
      if (bytes.length > room) return undefined;
      const last = waiting.at(-1);
      // A gap begins a piece too: within one, the structs of a client follow each other.
      if (small instanceof Y.Skip || size + bytes.length > room || (last && last.client !== small.id.client)) flush();
      if (small instanceof Y.Skip) continue;
      waiting.push({ client: small.id.client, clock: small.id.clock, length: small.length, bytes });
      size += bytes.length;
    }
  }
  flush();
  return [...parts, ...ofDeletes(ds, room)];
}

function written(struct: Struct): Uint8Array {
  const encoder = new Y.UpdateEncoderV1();
  struct.write(encoder, 0);
  return encoder.toUint8Array();
}

/** Cuts a long text; anything else stays whole. */
function* cut(struct: Struct, room: number): Generator<Struct> {
  const longest = Math.floor(room / 8); // characters; each takes three bytes at most, beside it stands where it goes
  if (!(struct instanceof Y.Item) || !(struct.content instanceof Y.ContentString) || struct.content.str.length <= longest || longest < 2) {
    yield struct;
    return;
  }
  const { str } = struct.content;
  const { client, clock } = struct.id;
  for (let from = 0, to = 0; from < str.length; from = to) {
    to = Math.min(from + longest, str.length);
    if (to < str.length && isHigh(str.charCodeAt(to - 1))) to--; // a pair stays together
    const origin = from === 0 ? struct.origin : Y.createID(client, clock + from - 1);
    const content = new Y.ContentString(str.slice(from, to));
    yield new Y.Item(Y.createID(client, clock + from), null, origin, null, struct.rightOrigin, struct.parent, struct.parentSub, content);
  }
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;

function ofStructs(structs: Written[]): Uint8Array {
  const [first] = structs;
  return encoding.encode((to) => {
    if (!first) return;
    for (const n of [1, structs.length, first.client, first.clock]) encoding.writeVarUint(to, n);
    for (const struct of structs) encoding.writeUint8Array(to, struct.bytes);
    encoding.writeVarUint(to, 0); // deletes
  });
}

type Deletes = ReturnType<typeof Y.decodeUpdate>["ds"];

const perDelete = 20; // bytes, at most

function ofDeletes(ds: Deletes, room: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  const many = Math.max(1, Math.floor(room / perDelete));
  for (const [client, deletes] of ds.clients) {
    for (let from = 0; from < deletes.length; from += many) {
      const some = deletes.slice(from, from + many);
      parts.push(
        encoding.encode((to) => {
          for (const n of [0, 1, client, some.length]) encoding.writeVarUint(to, n);
          for (const { clock, len } of some) {
            encoding.writeVarUint(to, clock);
            encoding.writeVarUint(to, len);
          }
        }),
      );
    }
  }
  return parts;
}
