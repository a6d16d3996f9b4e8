// On a small screen the names at the carets of others stay within the text: near its right edge they go
// to the left.
import { Plugin } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import type { Awareness } from "y-protocols/awareness";

const pause = 120; // milliseconds; carets move, and names follow

export function fittingLabels(awareness: Awareness): Plugin {
  return new Plugin({
    view: (view) => {
      const labels = view.dom.getElementsByClassName("sw-caret__label");
      const small = matchMedia("(width < 48em)");
      let waiting: ReturnType<typeof setTimeout> | undefined;
      const ask = (): void => {
        if (awareness.getStates().size < 2 || !small.matches) return;
        waiting ??= setTimeout(() => {
          waiting = undefined;
          fit(view, labels);
        }, pause);
      };
      awareness.on("change", ask);
      ask();
      return {
        update: (_, before) => {
          if (before.doc !== view.state.doc) ask();
        },
        destroy: () => {
          clearTimeout(waiting);
          awareness.off("change", ask);
        },
      };
    },
  });
}

/** Reads every place first and writes then, so that the page is laid out once. */
function fit(view: EditorView, labels: HTMLCollectionOf<Element>): void {
  const right = view.dom.getBoundingClientRect().right;
  const moves = [...labels].map((label) => {
    const caret = label.parentElement?.getBoundingClientRect();
    const over = (caret?.left ?? 0) + (label instanceof HTMLElement ? label.offsetWidth : 0) - right;
    return over > 0 ? `${-Math.ceil(over)}px` : "";
  });
  [...labels].forEach((label, i) => {
    if (label instanceof HTMLElement && label.style.translate !== moves[i]) label.style.translate = moves[i] ?? "";
  });
}
