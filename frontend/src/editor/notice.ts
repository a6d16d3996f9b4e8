// What went away and can come back: a card that was removed, or words that somebody else took away. It
// interrupts nobody, and stays until it is answered or something newer takes its place. One notice is open;
// the others are a line each, so that together they cover little of a small screen.
import { toClipboard } from "./clipboard.ts";
import type { Say } from "./config.ts";
import type { Voice } from "./voice.ts";

const most = 3; // notices at a time
const folded = "sw-return--folded";

export interface Notice {
  /** What happened, in one sentence. */
  what: string;
  /** The words that it is about. */
  words?: string;
  /** What it is about, in a word or two, for the names of its buttons: there may be more notices. */
  about?: string;
  /** A box that takes what is typed now that there is no place for it. */
  box?: HTMLTextAreaElement;
  /** Called before the notice goes, whichever way it is answered. */
  leave?: () => void;
  /** Brings it back; without it there is nothing to bring back. */
  back?: () => void;
  /** It was said aloud already. */
  told?: boolean;
}

export class Notices {
  readonly #place: HTMLElement;
  readonly #say: Say;
  readonly #voice: Voice;
  /** Where one goes on when a notice is answered. */
  readonly #goOn: () => void;

  constructor(place: HTMLElement, say: Say, voice: Voice, goOn: () => void) {
    this.#place = place;
    this.#say = say;
    this.#voice = voice;
    this.#goOn = goOn;
  }

  /** Shows a notice in place of the one before; with a key only in place of one with the same key. */
  show({ what, words, box, about, leave, back, told }: Notice, key = ""): void {
    const notice = document.createElement("div");
    notice.className = "sw-return";
    notice.dataset["about"] = key;
    notice.setAttribute("role", "group");
    notice.setAttribute("aria-label", what);
    notice.append(this.#unfolder(what, notice));
    const sentence = document.createElement("p");
    sentence.className = "sw-return__what";
    sentence.textContent = what;
    notice.append(sentence);
    if (words !== undefined) {
      const quote = document.createElement("blockquote");
      quote.className = "sw-return__words";
      quote.textContent = words;
      quote.lang = "nl"; // what people write, on a page of any language
      notice.append(quote);
    }
    if (box) notice.append(this.#boxed(box));
    const actions = document.createElement("div");
    actions.className = "sw-return__actions";
    const answer = (run?: () => void) => (): void => {
      leave?.();
      notice.remove();
      this.#open();
      this.#goOn();
      run?.();
    };
    const named = (name: string): string => (about === undefined ? this.#say(name) : this.#say(`${name}Named`, { what: about }));
    if (back) actions.append(this.#button(named("putBack"), "primary", answer(back)));
    if (box) actions.append(this.#copier(box));
    const close = this.#button(this.#say("close"), "secondary", answer());
    close.setAttribute("aria-label", named("closeNotice"));
    actions.append(close);
    notice.append(actions);
    for (const before of [...this.#place.children]) {
      if (before instanceof HTMLElement && before.dataset["about"] === key) before.remove();
    }
    const typing = this.#all.find((one) => one.contains(document.activeElement) && document.activeElement instanceof HTMLTextAreaElement);
    this.#place.append(notice);
    this.#open(typing ?? notice);
    // The oldest goes, but never one in which somebody's words are.
    const spare = this.#all.filter((one) => one !== notice && one.querySelector("textarea") === null);
    while (this.#place.childElementCount > most && spare.length > 0) spare.shift()?.remove();
    if (!told) this.#voice.tell(words === undefined ? what : `${what} ${words}`);
  }

  /** Says in a notice what is true of it now. */
  say(key: string, what: string): void {
    for (const notice of this.#all) {
      if (notice.dataset["about"] !== key) continue;
      notice.setAttribute("aria-label", what);
      for (const line of notice.querySelectorAll(".sw-return__what, .sw-return__line")) line.textContent = what;
      this.#voice.tell(what);
    }
  }

  /** Takes away a notice that is no longer true; reports whether there was one. */
  clear(key: string): boolean {
    let found = false;
    for (const before of [...this.#place.children]) {
      if (!(before instanceof HTMLElement) || before.dataset["about"] !== key) continue;
      before.remove();
      found = true;
    }
    if (found) this.#open();
    return found;
  }

  get #all(): HTMLElement[] {
    return [...this.#place.children].filter((one) => one instanceof HTMLElement);
  }

  /** Opens a notice and folds the others; without one the newest, when none is open. */
  #open(wanted?: HTMLElement): void {
    const all = this.#all;
    const open = wanted ?? all.find((one) => !one.classList.contains(folded)) ?? all.at(-1);
    for (const notice of all) {
      notice.classList.toggle(folded, notice !== open);
      for (const [i, inside] of [...notice.children].entries()) if (inside instanceof HTMLElement) inside.hidden = (i === 0) === (notice === open);
    }
  }

  /** The line that a notice is while another is open. */
  #unfolder(what: string, notice: HTMLElement): HTMLButtonElement {
    const line = document.createElement("button");
    line.type = "button";
    line.className = "sw-return__line";
    line.textContent = what;
    line.setAttribute("aria-expanded", "false");
    line.addEventListener("click", () => {
      this.#open(notice);
      notice.querySelector<HTMLElement>("textarea, .sw-return__actions button")?.focus();
    });
    return line;
  }

  #boxed(element: HTMLTextAreaElement): HTMLElement {
    const label = document.createElement("label");
    label.className = "sw-return__words";
    element.className = "utrecht-textarea utrecht-textarea--html-textarea sw-return__box";
    label.append(this.#say("yourWords"), element);
    return label;
  }

  #copier(box: HTMLTextAreaElement): HTMLButtonElement {
    const button = this.#button(this.#say("copy"), "secondary", () => {
      void toClipboard(box.value, () => box.select()).then((copied) => {
        if (copied) button.textContent = this.#say("copied");
      });
    });
    return button;
  }

  #button(label: string, kind: "primary" | "secondary", run: () => void): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = kind === "primary" ? "utrecht-button utrecht-button--primary-action" : "utrecht-button utrecht-button--secondary-action";
    button.textContent = label;
    button.addEventListener("click", run);
    return button;
  }
}
