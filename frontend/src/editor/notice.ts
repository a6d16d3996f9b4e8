// What went away and can come back: a card that was removed, or words that somebody else took away. It
// interrupts nobody, and stays until it is answered or something newer takes its place.
import type { Say } from "./config.ts";

export interface Notice {
  /** What happened, in one sentence. */
  what: string;
  /** The words that it is about. */
  words?: string;
  /** Brings it back; without it there is nothing to bring back. */
  back?: () => void;
}

export class Notices {
  readonly #place: HTMLElement;
  readonly #say: Say;
  /** Where one goes on when a notice is answered. */
  readonly #goOn: () => void;

  constructor(place: HTMLElement, say: Say, goOn: () => void) {
    this.#place = place;
    this.#say = say;
    this.#goOn = goOn;
  }

  /** Shows a notice in place of the one before; with a key only in place of one with the same key. */
  show({ what, words, back }: Notice, key = ""): void {
    const notice = document.createElement("div");
    notice.className = "sw-return";
    notice.dataset["about"] = key;
    const sentence = document.createElement("p");
    sentence.className = "sw-return__what";
    sentence.textContent = what;
    notice.append(sentence);
    if (words !== undefined) {
      const quote = document.createElement("blockquote");
      quote.className = "sw-return__words";
      quote.textContent = words;
      notice.append(quote);
    }
    const actions = document.createElement("div");
    actions.className = "sw-return__actions";
    if (back) actions.append(this.#button("putBack", "primary", notice, back));
    actions.append(this.#button("close", "secondary", notice));
    notice.append(actions);
    for (const before of [...this.#place.children]) {
      if (before instanceof HTMLElement && before.dataset["about"] === key) before.remove();
    }
    this.#place.append(notice);
    while (this.#place.childElementCount > 3) this.#place.firstElementChild?.remove();
  }

  /** Takes away a notice that is no longer true. */
  clear(key: string): void {
    for (const before of [...this.#place.children]) {
      if (before instanceof HTMLElement && before.dataset["about"] === key) before.remove();
    }
  }

  #button(name: string, kind: "primary" | "secondary", notice: HTMLElement, run?: () => void): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = kind === "primary" ? "utrecht-button utrecht-button--primary-action" : "utrecht-button utrecht-button--secondary-action";
    button.textContent = this.#say(name);
    button.addEventListener("click", () => {
      notice.remove();
      this.#goOn();
      run?.();
    });
    return button;
  }
}
