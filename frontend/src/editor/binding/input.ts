// A browser moves the caret at once and says so a moment later, and it joins paragraphs by moving their elements.
// Both are too late, or too little, for who merges words: a key counts where the caret of the browser is, and a
// join is a command of the binding, never what is left of the elements.
import { NodeSelection, TextSelection } from "prosemirror-state";
import type { EditorProps, EditorView } from "prosemirror-view";

/** Takes over the caret of the browser, and what it typed, as far as the editor does not know of them yet. */
export function look(view: EditorView): void {
  if (view.isDestroyed || view.composing || !view.hasFocus()) return;
  const { domObserver } = view as unknown as { domObserver: { forceFlush(): void; flush(): void } };
  domObserver.forceFlush();
  domObserver.flush();
}

/** Handlers for a view: they come before its commands. */
export const input: NonNullable<EditorProps["handleDOMEvents"]> = {
  keydown: (view, event) => {
    const { selection } = view.state;
    const letter = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
    // A letter goes where the caret of the browser is, by itself; unless it replaces something.
    if (!letter || !(selection instanceof TextSelection) || !selection.empty) look(view);
    return false;
  },
  beforeinput: (view, event) => {
    if (!event.cancelable || !view.editable || view.composing) return false;
    const [, , way] = /^delete(Content|Word|SoftLine|HardLine)(Backward|Forward)$/.exec(event.inputType) ?? [];
    const { selection } = view.state;
    const whole = selection instanceof NodeSelection && selection.node.isBlock; // nothing comes in place of it
    if (way === undefined && !whole) return false;
    look(view);
    if (way !== undefined && !whole && !crosses(view, event, way === "Backward" ? -1 : 1)) return false;
    event.preventDefault();
    if (way === "Backward") press(view, "Backspace", 8);
    else if (way === "Forward") press(view, "Delete", 46);
    else if (event.inputType === "insertParagraph") press(view, "Enter", 13);
    return true;
  },
};

function press(view: EditorView, key: string, keyCode: number): void {
  const pressed = new KeyboardEvent("keydown", { key, keyCode, bubbles: true, cancelable: true });
  view.someProp("handleKeyDown", (handle) => handle(view, pressed));
}

/** Whether what a browser is about to delete is not within one paragraph. */
function crosses(view: EditorView, event: InputEvent, way: -1 | 1): boolean {
  const { $from, $to, empty } = view.state.selection;
  if (!$from.sameParent($to)) return true;
  if (empty && $from.parentOffset === (way < 0 ? 0 : $from.parent.content.size)) return true;
  const [range] = event.getTargetRanges();
  if (!range) return false;
  const [start, end] = ([[range.startContainer, range.startOffset], [range.endContainer, range.endOffset]] as const).map(([node, offset]) =>
    view.dom.contains(node) ? view.state.doc.resolve(view.posAtDOM(node, offset)) : undefined,
  );
  return !start || !end || !start.parent.isTextblock || !start.sameParent(end);
}
