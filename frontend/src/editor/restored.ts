// Says it when an older version of the text is put back under the hands of who writes. That comes as a change
// of the house, as the words of a form do; which of them it was, is asked.
import type { Awareness } from "y-protocols/awareness";
import type { Binding, Change } from "./binding/index.ts";
import type { Whereabouts } from "./whereabouts.ts";

// The version is written down after the text changed, so one asks twice.
const pauses = [1_000, 4_000];
const rest = 10_000; // milliseconds between two times that one begins to ask

export interface RestoredOptions {
  awareness: Awareness;
  whereabouts: Whereabouts;
  /** Where it is said; empty when one may not know. */
  address: string;
  /** Shows one sentence. */
  tell: (what: string) => void;
}

export class Restored {
  readonly #options: RestoredOptions;
  #told = "";
  #begun = -rest;
  #asking: ReturnType<typeof setTimeout> | undefined;

  constructor(options: RestoredOptions) {
    this.#options = options;
  }

  /** Listens to this editor too. */
  follow(binding: Binding): void {
    if (this.#options.address === "") return;
    binding.on("change", (change) => {
      if (!change.transaction.local && this.#mayBeHouse(change)) this.#begin();
    });
  }

  /** May the house have done it? Then it has a number that nobody has who is here; or it only took away, and
   * nobody is where that was. */
  #mayBeHouse({ transaction, flows }: Change): boolean {
    const people = this.#options.awareness.getStates();
    const wrote = [...transaction.afterState].filter(([client, clock]) => (transaction.beforeState.get(client) ?? 0) < clock);
    if (wrote.length > 0) return wrote.some(([client]) => !people.has(client));
    return this.#options.whereabouts.whoIn((flow) => flows.has(flow)) === "";
  }

  #begin(): void {
    if (this.#asking !== undefined) return;
    const now = Date.now();
    const first = Math.max(now + (pauses[0] ?? 0), this.#begun + rest);
    this.#begun = first;
    this.#ask(0, first - now);
  }

  #ask(times: number, pause: number): void {
    this.#asking = setTimeout(() => {
      void this.#answer().then((found) => {
        this.#asking = undefined;
        const next = pauses[times + 1];
        if (!found && next !== undefined) this.#ask(times + 1, next);
      });
    }, pause);
  }

  /** Asks, and reports whether there was something to tell. */
  async #answer(): Promise<boolean> {
    try {
      const answer = await fetch(this.#options.address, { headers: { Accept: "application/json" } });
      if (!answer.ok) return false;
      const { id, what } = (await answer.json()) as Record<string, unknown>;
      if (typeof id !== "string" || typeof what !== "string" || id === this.#told) return false;
      this.#told = id;
      this.#options.tell(what);
      return true;
    } catch {
      return false; // without a line there is more to say than this
    }
  }
}
