// A large text on its way here: it comes compressed and in pieces, so that a narrow line shows life and
// people see how far it is.
import { unpackIDs } from "./ids.ts";
import type { Piece } from "./protocol.ts";

const patience = 1500; // milliseconds that nobody has to be told about
const step = 10; // per cent between two words about it: each is read aloud

export class Arrival {
  #bytes = new Uint8Array(0);
  #had = 0;
  #size = 0;
  #began = 0;

  /** Takes a piece, and returns the update when it was the last one. Throws when pieces are missing. */
  async take(piece: Piece, now: number): Promise<Uint8Array | undefined> {
    if (piece.offset === 0) {
      this.#bytes = new Uint8Array(piece.total);
      this.#had = 0;
      this.#size = piece.size;
      this.#began = now;
    }
    if (piece.offset !== this.#had || piece.total !== this.#bytes.length || this.#had + piece.bytes.length > piece.total) {
      throw new Error("a piece of the text is missing");
    }
    this.#bytes.set(piece.bytes, piece.offset);
    this.#had += piece.bytes.length;
    if (this.#had < piece.total) return undefined;
    const update = unpackIDs(await inflate(this.#bytes), this.#size);
    this.drop();
    return update;
  }

  /** How much is here, in per cent; undefined while nothing comes, or it is not worth a word. */
  progress(now: number): number | undefined {
    if (this.#had === 0 || now - this.#began < patience) return undefined;
    return Math.floor(((this.#had / this.#bytes.length) * 100) / step) * step;
  }

  /** Forgets what came: the rest will not. */
  drop(): void {
    this.#bytes = new Uint8Array(0);
    this.#had = 0;
  }
}

async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
