// What comes in from others, and when. While somebody composes (an accent, a word in another script)
// the browser holds a piece of the text, and a change beside it would break the composition.
import * as Y from "yjs";
import { rules } from "./rules.ts";

const patience = 10_000; // milliseconds that others wait for a composition
const most = 256 << 10; // bytes that wait

interface Arrival {
  update: Uint8Array;
  origin: unknown;
}

/** Those in a row that have one origin become one. */
function merged(list: readonly Arrival[]): Arrival[] {
  const out: (Arrival & { parts: Uint8Array[] })[] = [];
  for (const { update, origin } of list) {
    const last = out.at(-1);
    if (last && last.origin === origin) last.parts.push(update);
    else out.push({ update, origin, parts: [update] });
  }
  return out.map(({ update, origin, parts }) => ({ update: parts.length > 1 ? Y.mergeUpdates(parts) : update, origin }));
}

export class Door {
  readonly #apply: (update: Uint8Array, origin: unknown) => void;
  readonly #composing: () => boolean;
  readonly #now: () => number;
  /** Called when something has to wait: whoever is told calls release now and then, until nothing does. */
  waits: () => void = () => undefined;
  #waiting: Arrival[] = [];
  #bytes = 0;
  #since = 0;

  /** composing says whether a composition is under way at this moment. */
  constructor(apply: (update: Uint8Array, origin: unknown) => void, composing: () => boolean, now: () => number = Date.now) {
    this.#apply = apply;
    this.#composing = composing;
    this.#now = now;
  }

  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Brings an update in now, or when the composition ends. Order is kept. */
  receive(update: Uint8Array, origin: unknown): void {
    if (!this.waiting) this.#since = this.#now();
    this.#waiting.push({ update, origin });
    this.#bytes += update.length;
    this.release();
  }

  /** Brings in what waits, if it need not wait any more. To be called when a composition ended, and now
   * and then. */
  release(): void {
    const hold = rules.waitForComposition && this.#composing() && this.#bytes <= most && this.#now() - this.#since < patience;
    if (hold && this.waiting) this.waits();
    if (hold || !this.waiting) return;
    const updates = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    // All of it at once: who took something away and brought it back meanwhile took nothing away.
    for (const { update, origin } of merged(updates)) this.#apply(update, origin);
  }
}

/** A document that follows another and never leads: whatever an editor, or Yjs itself when it tidies up
 * formats, does to it stays here. For who may only read. The second value ends it. */
export function mirror(doc: Y.Doc): [Y.Doc, () => void] {
  const copy = new Y.Doc();
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc), doc);
  const follow = (update: Uint8Array): void => Y.applyUpdate(copy, update, doc);
  doc.on("update", follow);
  return [
    copy,
    () => {
      doc.off("update", follow);
      copy.destroy();
    },
  ];
}
