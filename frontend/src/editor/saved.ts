// What may be said about what somebody typed. "saved" is a promise: the server has written down
// everything, also what was typed while there was no connection.

export type Saved = "saved" | "saving" | "unsaved" | "offline";

const patience = 10_000; // how long "saving" is true
const blink = 4_000; // a connection that comes back sooner was not worth a word

/** Counts changes, and what became of them. Moments are in milliseconds of one clock. */
export class Ledger {
  #made = 0; // changes made here
  #server = 0; // how many of them the server keeps
  #device = 0; // how many of them this device keeps
  #asked = new Map<number, number>(); // mark → changes made when it was sent
  #marks = 0;
  #dirtySince = 0;
  #downSince: number | undefined;
  #refused = false;
  #stopped = false;

  constructor(now: number) {
    this.#downSince = now;
  }

  /** There is a change here that the server may not have. */
  changed(now: number): void {
    if (!this.dirty) this.#dirtySince = now;
    this.#made++;
  }

  get dirty(): boolean {
    return this.#made > this.#server;
  }

  /** The number of changes so far, for keptHere. */
  get made(): number {
    return this.#made;
  }

  /** Returns the number of the mark that now follows everything sent. */
  mark(): number {
    this.#asked.set(++this.#marks, this.#made);
    return this.#marks;
  }

  /** The server keeps everything before this mark. Returns whether that is news. */
  kept(mark: number, now: number): boolean {
    const made = this.#asked.get(mark);
    if (made === undefined) return false;
    for (const earlier of this.#asked.keys()) {
      if (earlier <= mark) this.#asked.delete(earlier);
    }
    this.#server = Math.max(this.#server, made);
    this.#refused = false;
    this.#dirtySince = now;
    return true;
  }

  /** The server will not keep what came before this mark. */
  refused(mark: number): void {
    this.#asked.delete(mark);
    this.#refused = true;
  }

  /** This device keeps the first made changes. */
  keptHere(made: number): void {
    this.#device = Math.max(this.#device, made);
  }

  up(): void {
    this.#downSince = undefined;
  }

  /** No answer comes any more to what was asked on that connection. */
  down(now: number): void {
    this.#downSince ??= now;
    this.#asked.clear();
  }

  /** No connection will come back. */
  stop(now: number): void {
    this.down(now);
    this.#stopped = true;
  }

  /** What to say now; device tells whether a copy is kept here at all. */
  state(now: number, device: boolean): Saved {
    const away = this.#downSince === undefined ? 0 : now - this.#downSince;
    if (!this.dirty) {
      return device && away >= blink && !this.#stopped ? "offline" : "saved";
    }
    if (this.#refused || this.#stopped) return "unsaved";
    if (this.#downSince !== undefined) {
      if (device && this.#device >= this.#made) return "offline";
      return away < blink ? "saving" : "unsaved";
    }
    return now - this.#dirtySince < patience ? "saving" : "unsaved";
  }
}
