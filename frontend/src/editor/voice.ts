// What a screen reader says of its own accord: one sentence at a time, and each only once. The element is a
// polite region in which every sentence is an element of its own, so that a new one does not have the ones
// before it read again, and the same sentence is read a second time when it is true a second time.
import type { Status } from "./provider.ts";

const kept = 10_000; // milliseconds that a sentence can still be found on the page

export class Voice {
  readonly #region: HTMLElement;

  constructor(region: HTMLElement) {
    this.#region = region;
  }

  tell(words: string): void {
    if (words === "") return;
    const line = document.createElement("p");
    line.textContent = words;
    this.#region.append(line);
    setTimeout(() => line.remove(), kept);
  }
}

type Saved = Status["saved"];

const patience = 3_000; // milliseconds of trouble before it is worth a sentence
const steady = 10_000; // and before another sentence about the same trouble

/** Decides which changes of what is saved are said aloud. That all is well is not, unless it was said that it
 * was not: whoever types slowly would hear it after every letter. */
export class SavedVoice {
  readonly #say: (state: Saved | "again") => void;
  #state: Saved = "saved";
  /** What was said of the trouble that there is now. */
  readonly #said = new Set<Saved>();
  /** This device kept what was typed since the trouble began. */
  #device = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(say: (state: Saved | "again") => void) {
    this.#say = say;
  }

  hear(state: Saved): void {
    if (state === this.#state) return;
    this.#state = state;
    if (state === "saved") return this.#end();
    if (state === "saving") return; // on its way to one of the others
    this.#device ||= state === "offline";
    this.#wait();
  }

  /** The first sentence comes when there has been trouble for a while, of whichever kind: without a line each
   * key makes "offline" into "unsaved" until this device kept it. Another only comes when it stays so. */
  #wait(): void {
    const first = this.#said.size === 0;
    if (first && this.#timer !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#speak(first), first ? patience : steady);
  }

  #speak(first: boolean): void {
    this.#timer = undefined;
    const now = this.#state;
    if (now === "saved" || now === "saving") return;
    const state = first && this.#device ? "offline" : now;
    if (!this.#said.has(state)) {
      this.#said.add(state);
      this.#say(state);
    }
    if (state !== now) this.#wait();
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#device = false;
    if (this.#said.size > 0) this.#say("again");
    this.#said.clear();
  }
}
