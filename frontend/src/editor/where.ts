// Where things are in the text: what the address names, and what somebody was reading.
import { TextSelection } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import type { Binding } from "./binding/index.ts";
import { placeOf } from "./entries.ts";

const patience = 10_000; // milliseconds that what the address names may take to come

/** What the address of the page names. */
export class Anchor {
  /** An editor was there to go in. */
  arrived = false;
  /** Goes there, as long as one only just came. */
  #goAgain: (() => void) | undefined;

  /** Goes there again, now that something else lies over it. */
  again(): void {
    this.#goAgain?.();
  }

  /**
   * An address that names a requirement or a heading goes there, now that the text is another element. So does what the
   * page says was done; there it is told too.
   */
  go(view: EditorView, binding: Binding, tell: (what: string) => void): void {
    if (this.arrived) return;
    this.arrived = true;
    const done = document.querySelector<HTMLAnchorElement>("[data-done]");
    const anchor = decodeURIComponent((done ?? location).hash.slice(1));
    // Whoever loads the page anew stays where they were; that is the browser's.
    if (!/^(eis|kop)-/.test(anchor) || howOneCame() !== "navigate") return;
    if (done) tell(done.dataset["done"]!);
    const show = (): boolean => {
      const place = placeOf(view.state.doc, anchor);
      const there = place === undefined ? null : view.nodeDOM(place);
      if (place === undefined || !(there instanceof HTMLElement)) return false;
      there.scrollIntoView();
      if (!done || !view.editable) return true;
      view.dispatch(view.state.tr.setSelection(TextSelection.near(view.state.doc.resolve(place + 1))));
      view.focus(); // there one goes on
      return true;
    };
    const go = (): boolean => {
      if (!show()) return false;
      requestAnimationFrame(() => requestAnimationFrame(() => this.again())); // what comes in sight gets its true height
      // The browser goes there itself when the page has come, and takes the focus out of the text.
      if (document.readyState !== "complete") addEventListener("load", () => setTimeout(() => this.again()), { once: true });
      return true;
    };
    this.#goAgain = () => void (view.isDestroyed || show());
    const end = (): void => {
      this.#goAgain = undefined; // the reader went on
    };
    for (const sign of ["pointerdown", "keydown", "wheel"]) addEventListener(sign, end, { once: true, passive: true });
    setTimeout(end, patience);
    if (go()) return;
    // A copy on this device may not have it yet.
    const stop = binding.on("change", () => {
      if (this.#goAgain === undefined || go()) stop();
    });
  }
}

// Where somebody was on this page: the browser itself goes back there before the text has come.
const place = `samenwijk:place:${location.pathname}`;

/** Remembers which block of the text lies at the top of the screen, and where. */
export function keepPlace(text: Element): void {
  const tops = [...text.children].map((block) => block.getBoundingClientRect());
  const block = tops.findIndex(({ bottom }) => bottom > 0);
  try {
    sessionStorage.setItem(place, `${block} ${tops[block]?.top ?? 0}`);
  } catch {
    // a browser that keeps nothing begins at the top
  }
}

/** Goes back there, when somebody loaded the page anew or came back to it. */
export function toWhereOneWas(text: Element): void {
  if (!["reload", "back_forward"].includes(howOneCame() ?? "")) return;
  let kept: string | null = null;
  try {
    kept = sessionStorage.getItem(place);
  } catch {
    // see above
  }
  const [block = -1, top = 0] = kept?.split(" ").map(Number) ?? [];
  const go = (): void => {
    const there = text.children[block];
    if (there) scrollBy({ top: there.getBoundingClientRect().top - top, behavior: "instant" });
  };
  go();
  requestAnimationFrame(() => requestAnimationFrame(go)); // what comes in sight gets its true height
}

function howOneCame(): NavigationTimingType | undefined {
  const [arrival] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return arrival?.type;
}
