// Makes a session repeatable: time and chance come from the session's seed. It is imported before
// anything else, for libraries keep a reference to the clock when they load.

let now = Date.UTC(2030, 0, 1);
let state = 1;

function next(): number {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return (t ^ (t >>> 14)) >>> 0;
}

/** The clock and the dice that the session replaces; the real ones, for who measures. */
export const realNow: () => number = Date.now.bind(Date);
const realRandom = Math.random.bind(Math);
const realValues = crypto.getRandomValues.bind(crypto);
let held = false;

Date.now = () => (held ? now : realNow());
Math.random = () => (held ? next() / 4294967296 : realRandom());
Object.defineProperty(crypto, "getRandomValues", {
  configurable: true,
  value: <T extends ArrayBufferView>(into: T): T => {
    if (!held) return realValues(into as never) as T;
    const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
    for (let i = 0; i < bytes.length; i++) bytes[i] = next() & 255;
    return into;
  },
});

/** Holds the clock and the dice until they are released; from here on they follow from seed. */
export function hold(seed: number): void {
  held = true;
  now = Date.UTC(2030, 0, 1);
  state = seed | 0;
}

export function release(): void {
  held = false;
}

/** Lets ms milliseconds pass. */
export function pass(ms: number): void {
  now += ms;
}

/** Throws the dice anew from seed, so that what one step draws does not depend on the steps before it. */
export function reseed(seed: number): void {
  state = seed | 0;
}

/** Dice of one's own. The same seed gives the same throws. */
export class Random {
  private state: number;
  constructor(seed: number) {
    this.state = seed | 0;
  }
  private next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }
  /** A whole number from 0 up to n, n left out. */
  int(n: number): number {
    return n <= 0 ? 0 : this.next() % n;
  }
  chance(p: number): boolean {
    return this.next() < p * 4294967296;
  }
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error("nothing to pick from");
    return list[this.int(list.length)] as T;
  }
  /** One of the keys, each as often as its weight says. */
  weighted<K extends string>(weights: Partial<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][];
    let left = this.int(entries.reduce((sum, [, w]) => sum + w, 0));
    for (const [key, w] of entries) {
      if (left < w) return key;
      left -= w;
    }
    throw new Error("no weights");
  }
  seed(): number {
    return this.next() | 0;
  }
}
