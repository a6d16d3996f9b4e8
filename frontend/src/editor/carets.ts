// The carets of others, in a layer above the text. They are no part of it, so that one that moves costs
// neither a change of the editor nor a new layout: only the layer is drawn anew.
import { Plugin } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import type { Awareness } from "y-protocols/awareness";
import { caretOf } from "./binding/carets.ts";
import type { Binding } from "./binding/index.ts";
import { caret } from "./presence.ts";

/** Shows where others are, in an element beside that of the text; both lie in one that is positioned. */
export function caretLayer(binding: Binding, awareness: Awareness): Plugin {
  return new Plugin({ view: (view) => new Layer(view, binding, awareness) });
}

/** A caret that is shown, or would be if its place were. */
interface Shown {
  element: HTMLElement;
  label: HTMLElement | null;
  /** What it looks like depends on this. */
  user: string;
  /** Where it was drawn last. */
  style: string;
}

class Layer {
  readonly #view: EditorView;
  readonly #binding: Binding;
  readonly #awareness: Awareness;
  readonly #element = document.createElement("div");
  readonly #shown = new Map<number, Shown>();
  readonly #resized = new ResizeObserver(() => this.#ask());
  readonly #ended = new AbortController();
  #moved: Set<number> | undefined = new Set(); // undefined: all of them
  #asked = 0;

  constructor(view: EditorView, binding: Binding, awareness: Awareness) {
    this.#view = view;
    this.#binding = binding;
    this.#awareness = awareness;
    this.#element.className = "sw-carets";
    this.#element.setAttribute("aria-hidden", "true");
    view.dom.after(this.#element);
    awareness.on("change", this.#hear);
    // Lines move when the text gets another width, and when a card comes in sight and gets its true height.
    this.#resized.observe(view.dom);
    const { signal } = this.#ended;
    view.dom.addEventListener("contentvisibilityautostatechange", () => this.#ask(), { capture: true, signal });
    view.dom.addEventListener("scroll", () => this.#ask(), { capture: true, signal });
    this.#ask();
  }

  update(view: EditorView, before: EditorView["state"]): void {
    if (view.state.doc !== before.doc) this.#ask();
  }

  destroy(): void {
    this.#ended.abort();
    this.#resized.disconnect();
    cancelAnimationFrame(this.#asked);
    this.#awareness.off("change", this.#hear);
    this.#element.remove();
  }

  readonly #hear = ({ added, updated, removed }: { added: number[]; updated: number[]; removed: number[] }): void => {
    const others = [...added, ...updated, ...removed].filter((client) => client !== this.#binding.doc.clientID);
    if (others.length > 0) this.#ask(others);
  };

  /** Draws the carets of these people again, or everybody's, once in the next frame. */
  #ask(clients?: number[]): void {
    if (!clients) this.#moved = undefined;
    else for (const client of clients) this.#moved?.add(client);
    this.#asked ||= requestAnimationFrame(() => {
      this.#asked = 0;
      const moved = this.#moved ?? new Set([...this.#shown.keys(), ...this.#awareness.states.keys()]);
      this.#moved = new Set();
      if (!this.#view.isDestroyed) this.#draw(moved);
    });
  }

  /** Reads every place first and writes then, so that the page is laid out once. */
  #draw(clients: ReadonlySet<number>): void {
    const carets = [...clients].map((client) => ({ client, shown: this.#elementOf(client) }));
    const box = this.#element.getBoundingClientRect();
    const places = carets.map(({ client, shown }) => {
      const place = shown && this.#placeOf(client);
      // Near the right edge a name goes to the left of its caret.
      const over = place ? Math.ceil(place.left + (shown.label?.offsetWidth ?? 0) - box.right) : 0;
      return { shown, place, over };
    });
    for (const { shown, place, over } of places) {
      if (!shown) continue;
      const style = place
        ? `translate: ${place.left - box.left}px ${place.top - box.top}px; height: ${place.bottom - place.top}px`
        : "visibility: hidden";
      const shift = over > 0 ? `${-over}px` : "";
      if (shown.style !== style) shown.element.style.cssText = style;
      if (shown.label && shown.label.style.translate !== shift) shown.label.style.translate = shift;
      shown.style = style;
    }
  }

  /** Where a caret is in the window. What lies in a card out of sight has no place: to ask for it would
   * have the card laid out. */
  #placeOf(client: number): { left: number; top: number; bottom: number } | undefined {
    const { state } = this.#view;
    if (client === this.#binding.doc.clientID) return undefined;
    const pos = caretOf(this.#binding, this.#awareness, state.doc, client);
    if (pos === undefined) return undefined;
    const { node } = this.#view.domAtPos(pos);
    const element = node instanceof Element ? node : node.parentElement;
    if (!element?.checkVisibility({ contentVisibilityAuto: true })) return undefined;
    return this.#view.coordsAtPos(pos);
  }

  /** The element of somebody's caret; of somebody who left there is none any more. */
  #elementOf(client: number): Shown | undefined {
    const known = this.#shown.get(client);
    const value: unknown = client === this.#binding.doc.clientID ? undefined : this.#awareness.states.get(client)?.["user"];
    const user = JSON.stringify(value);
    if (known?.user === user && value !== undefined) return known;
    known?.element.remove();
    this.#shown.delete(client);
    if (value === undefined) return undefined;
    const element = caret(value);
    const made: Shown = { element, label: element.querySelector(".sw-caret__label"), user, style: "" };
    this.#element.append(element);
    this.#shown.set(client, made);
    return made;
  }
}
