// What keys do in the text. Tab goes through cells and puts items deeper; anywhere else it leaves the
// text, as it does on every page.
import { baseKeymap, chainCommands, createParagraphNear, selectNodeBackward, selectNodeForward, toggleMark } from "prosemirror-commands";
import { keydownHandler } from "prosemirror-keymap";
import { type Command, type EditorState, NodeSelection, Plugin, Selection, TextSelection, type Transaction } from "prosemirror-state";
import { around } from "./at.ts";
import type { Binding } from "./binding/index.ts";
import { newID } from "./id.ts";

export interface KeymapOptions {
  binding: Binding;
  /** A requirement was inserted here. */
  added: (id: string) => void;
  /** A card went up or down. */
  moved: (card: { kind: string; id: string }) => void;
  askLink: () => void;
  leave: () => void;
}

/** Inserts an empty requirement, with the caret in its statement. */
export function insertRequirement({ binding, added }: Pick<KeymapOptions, "binding" | "added">): boolean {
  const id = newID();
  if (!binding.commands.insertCard("requirement", id)) return false;
  added(id);
  return true;
}

/** Moves the card with the caret, and says so. */
export function moveCard({ binding, moved }: Pick<KeymapOptions, "binding" | "moved">, to: "up" | "down", state = binding.state): boolean {
  const { card } = around(state);
  if (!card || card.id === "" || !binding.commands.moveCard(card.kind, card.id, to)) return false;
  moved(card);
  return true;
}

/** Takes a card away, as a step of its own, so that it can come back alone. */
export function removeCard({ commands, undoing }: Binding, { kind, id }: { kind: string; id: string }): boolean {
  undoing.manager.stopCapturing();
  const removed = commands.removeCard(kind, id);
  undoing.manager.stopCapturing();
  return removed;
}

/** Takes away the card that is chosen as a whole. */
function removeChosen(binding: Binding): boolean {
  const { state } = binding;
  const { card } = around(state);
  return state.selection instanceof NodeSelection && card !== undefined && card.id !== "" && removeCard(binding, card);
}

export function keys(options: KeymapOptions): Plugin {
  const { binding } = options;
  const { commands, schema } = binding;
  const done = (run: () => boolean): Command => (_, dispatch) => (dispatch ? run() : true);
  // What is done to a line or a card is a step of undo of its own, apart from what was typed before.
  const step = (run: () => boolean): Command => done(() => (binding.undoing.manager.stopCapturing(), run()));
  const bindings: Record<string, Command> = {
    ...baseKeymap,
    Enter: chainCommands(enterInCard(binding), done(() => commands.enter()), createParagraphNear),
    "Shift-Enter": lineBreak,
    "Mod-Enter": leaveCard,
    Backspace: chainCommands(
      done(() => removeChosen(binding)),
      done(() => commands.deleteSelection()),
      done(() => removeEmpty(binding)),
      done(() => commands.backspace()),
      emptyLineBeside(-1),
      selectNodeBackward,
    ),
    Delete: chainCommands(
      done(() => removeChosen(binding)),
      done(() => commands.deleteSelection()),
      done(() => commands.joinForward()),
      emptyLineBeside(1),
      selectNodeForward,
    ),
    Tab: done(() => nextCell(binding) || deeper(binding, 1)),
    "Shift-Tab": done(() => commands.nextCell(-1) || deeper(binding, -1)),
    "Mod-z": done(() => commands.undo()),
    "Mod-y": done(() => commands.redo()),
    "Shift-Mod-z": done(() => commands.redo()),
    "Mod-Shift-e": step(() => insertRequirement(options)),
    "Alt-Shift-ArrowUp": step(() => moveCard(options, "up")),
    "Alt-Shift-ArrowDown": step(() => moveCard(options, "down")),
    "Mod-Alt-0": step(() => plainLine(binding)),
    "Mod-Alt-2": step(() => commands.toggleHeading(2)),
    "Mod-Alt-3": step(() => commands.toggleHeading(3)),
    "Mod-Alt-4": step(() => commands.toggleHeading(4)),
    "Mod-Shift-7": step(() => commands.toggleList("ordered")),
    "Mod-Shift-8": step(() => commands.toggleList("bullet")),
    "Mod-k": done(() => (options.askLink(), true)),
    // A browser finds no place for the caret behind a card that ends the text, or before one.
    "Mod-Home": (state, dispatch) => go(state, dispatch, Selection.atStart(state.doc)),
    "Mod-End": (state, dispatch) => go(state, dispatch, Selection.atEnd(state.doc)),
    Escape: done(() => (options.leave(), true)),
  };
  for (const [key, mark] of [["Mod-b", "bold"], ["Mod-i", "italic"], ["Mod-Shift-s", "strike"]] as const) {
    const type = schema.marks[mark];
    if (!type) continue;
    const toggle = toggleMark(type);
    bindings[key] = (state, dispatch) => {
      if (dispatch && !state.selection.empty) binding.undoing.manager.stopCapturing();
      return toggle(state, dispatch);
    };
  }
  const press = keydownHandler(bindings);
  return new Plugin({
    props: {
      handleKeyDown: (view, event) => {
        // Whoever may only read still leaves the text with the same key.
        return (view.editable || event.key === "Escape") && press(view, event);
      },
      handleTextInput: (_, from, to, text) => text === " " && from === to && shorthand(binding, from),
    },
  });
}

function go(state: EditorState, dispatch: ((tr: Transaction) => void) | undefined, selection: Selection): boolean {
  dispatch?.(state.tr.setSelection(selection).scrollIntoView());
  return true;
}

const lineBreak: Command = (state, dispatch) => {
  const node = state.schema.nodes["hardBreak"]?.create();
  if (!node || !state.selection.$from.parent.inlineContent) return false;
  dispatch?.(state.tr.replaceSelectionWith(node).scrollIntoView());
  return true;
};

/** Goes on with an ordinary line behind the card, in the empty one that is there or in a new one. */
const leaveCard: Command = (state, dispatch) => {
  const { card } = around(state);
  if (!card) return false;
  if (dispatch) dispatch(lineAt(state.tr, card.pos + card.node.nodeSize));
  return true;
};

function lineAt(tr: Transaction, pos: number): Transaction {
  const next = tr.doc.nodeAt(pos);
  if (next?.type.name !== "paragraph" || next.content.size > 0) {
    const line = tr.doc.type.schema.nodes["paragraph"]?.create();
    if (line) tr.insert(pos, line);
  }
  return tr.setSelection(TextSelection.create(tr.doc, pos + 1)).scrollIntoView();
}

/** Enter at the end of a statement goes to the rationale; on an empty last line of that, out of the card. */
function enterInCard(binding: Binding): Command {
  return (state, dispatch) => {
    const { $from, empty } = state.selection;
    const { card } = around(state);
    if (card?.kind !== "requirement" || !empty || $from.depth !== 3) return false;
    const part = $from.node(2);
    if ($from.index(2) !== part.childCount - 1 || $from.parentOffset !== $from.parent.content.size) return false;
    if (part.type.name === "statement") {
      dispatch?.(state.tr.setSelection(TextSelection.near(state.doc.resolve($from.after(2) + 1))).scrollIntoView());
      return true;
    }
    if ($from.parent.content.size > 0) return false;
    if (!dispatch) return true;
    if (part.childCount > 1) binding.dispatch(state.tr.delete($from.before(), $from.after()));
    const now = around(binding.state).card ?? card;
    binding.dispatch(lineAt(binding.state.tr, now.pos + now.node.nodeSize));
    return true;
  };
}

/** An empty line beside a card goes, and the card before (-1) or behind it (1) is chosen. */
function emptyLineBeside(side: -1 | 1): Command {
  return ({ selection, tr }, dispatch) => {
    const { $from, empty } = selection;
    if (!empty || $from.depth !== 1 || $from.parent.content.size > 0) return false;
    const card = $from.node(0).maybeChild($from.index(0) + side);
    if (card?.type.spec.group !== "card") return false;
    const [from, to] = [$from.before(), $from.after()];
    tr.delete(from, to);
    dispatch?.(tr.setSelection(NodeSelection.create(tr.doc, side < 0 ? from - card.nodeSize : from)).scrollIntoView());
    return true;
  };
}

/** Backspace in a requirement without any words takes it away. */
function removeEmpty(binding: Binding): boolean {
  const { state } = binding;
  const { card } = around(state);
  if (card?.kind !== "requirement" || !state.selection.empty || card.node.textContent !== "") return false;
  return removeCard(binding, card);
}

/** To the next cell; behind the last one a row is added. */
function nextCell({ commands, state }: Binding): boolean {
  if (around(state).headed === undefined) return false;
  if (around(state).list !== "") return false;
  if (commands.nextCell(1)) return true;
  if (!commands.addRow("after")) return false;
  const { $from } = state.selection;
  for (let left = $from.index(2); left > 0; left--) commands.nextCell(-1);
  return true;
}

/** In a list Tab never leaves the text, also when an item can go no deeper. */
function deeper({ commands, state }: Binding, by: 1 | -1): boolean {
  if (around(state).list === "") return false;
  commands.indent(by);
  return true;
}

function plainLine({ commands, state }: Binding): boolean {
  const { heading } = around(state);
  return heading === 2 || heading === 3 || heading === 4 ? commands.toggleHeading(heading) : true;
}

/** "- " and "1. " begin a list, "## " a heading, at the start of an ordinary line. */
function shorthand(binding: Binding, pos: number): boolean {
  const { state, commands } = binding;
  const { $from } = state.selection;
  if ($from.parent.type.name !== "paragraph" || $from.parentOffset > 4) return false;
  const typed = $from.parent.textBetween(0, $from.parentOffset, undefined, "\n");
  const run =
    typed === "-" || typed === "*" ? () => commands.toggleList("bullet")
    : typed === "1." ? () => commands.toggleList("ordered")
    : /^#{2,4}$/.test(typed) ? () => commands.toggleHeading(typed.length as 2 | 3 | 4)
    : undefined;
  if (!run || (around(state).list !== "" && !typed.startsWith("#"))) return false;
  binding.undoing.manager.stopCapturing();
  binding.dispatch(state.tr.delete(pos - typed.length, pos));
  return run();
}
