// What keys do in the text. Tab goes through cells, puts items deeper, and goes from a statement to its
// rationale; anywhere else it leaves the text, as it does on every page.
import { chainCommands, createParagraphNear, selectAll, selectNodeBackward, selectNodeForward, toggleMark } from "prosemirror-commands";
import { keydownHandler } from "prosemirror-keymap";
import { type Command, type EditorState, NodeSelection, Plugin, Selection, TextSelection, type Transaction } from "prosemirror-state";
import { ReplaceStep } from "prosemirror-transform";
import { act, type Acting } from "./acts.ts";
import { around } from "./at.ts";
import { type Binding, bindingKey } from "./binding/index.ts";
import { newID } from "./id.ts";

export interface KeymapOptions extends Acting {
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

/** The keys of a command, and those that have its meaning on a Mac alone. */
function keysFor(everywhere: string[], mac: string[], command: Command): Record<string, Command> {
  const names = /Mac|iP(hone|[oa]d)/.test(navigator.platform) ? [...everywhere, ...mac] : everywhere;
  return Object.fromEntries(names.map((name) => [name, command]));
}

export function keys(options: KeymapOptions): Plugin {
  const { binding } = options;
  const { commands, schema } = binding;
  const done = (run: () => boolean): Command => (_, dispatch) => (dispatch ? run() : true);
  // What is done to a line or a card is a step of undo of its own, apart from what was typed before.
  const step = (run: () => boolean): Command => done(() => (binding.undoing.manager.stopCapturing(), run()));
  const said = (name: string, run: () => boolean): (() => boolean) => () => act(options, name, run);
  const back = chainCommands(
    done(() => removeChosen(binding)),
    done(() => commands.deleteSelection()),
    done(() => removeEmpty(binding)),
    done(() => commands.backspace()),
    emptyLineBeside(-1),
    selectNodeBackward,
  );
  const forward = chainCommands(
    done(() => removeChosen(binding)),
    done(() => commands.deleteSelection()),
    done(() => commands.joinForward()),
    emptyLineBeside(1),
    selectNodeForward,
  );
  const bindings: Record<string, Command> = {
    ...keysFor(["Backspace", "Mod-Backspace", "Shift-Backspace"], ["Ctrl-h", "Alt-Backspace"], back),
    ...keysFor(["Delete", "Mod-Delete"], ["Ctrl-d", "Ctrl-Alt-Backspace", "Alt-Delete", "Alt-d"], forward),
    "Mod-a": selectAll,
    Enter: chainCommands(intoChosen, enterInCard(binding), done(() => commands.enter()), createParagraphNear),
    "Shift-Enter": lineBreak,
    "Mod-Enter": leaveCard,
    Tab: chainCommands(done(() => nextCell(options) || deeper(options, 1)), otherPart("statement")),
    "Shift-Tab": chainCommands(done(() => commands.nextCell(-1) || deeper(options, -1)), otherPart("rationale")),
    "Mod-z": done(said("undo", () => commands.undo())),
    "Mod-y": done(said("redo", () => commands.redo())),
    "Shift-Mod-z": done(said("redo", () => commands.redo())),
    "Mod-Shift-e": step(() => insertRequirement(options)),
    "Alt-Shift-ArrowUp": step(() => moveCard(options, "up")),
    "Alt-Shift-ArrowDown": step(() => moveCard(options, "down")),
    "Mod-Alt-0": step(() => plainLine(options)),
    "Mod-Alt-2": step(said("heading2", () => commands.toggleHeading(2))),
    "Mod-Alt-3": step(said("heading3", () => commands.toggleHeading(3))),
    "Mod-Alt-4": step(said("heading4", () => commands.toggleHeading(4))),
    "Mod-Shift-7": step(said("orderedList", () => commands.toggleList("ordered"))),
    "Mod-Shift-8": step(said("bulletList", () => commands.toggleList("bullet"))),
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
      if (!dispatch) return toggle(state);
      if (!state.selection.empty) binding.undoing.manager.stopCapturing();
      return act(options, mark, () => toggle(state, dispatch));
    };
  }
  const press = keydownHandler(bindings);
  return new Plugin({
    // However a browser writes: nothing comes in place of a card that is chosen.
    filterTransaction: (tr, state) => !replacesChosen(tr, state),
    props: {
      handleKeyDown: (view, event) => {
        // Whoever may only read still leaves the text with the same key.
        return (view.editable || event.key === "Escape") && press(view, event);
      },
      handleDOMEvents: {
        // A composition comes in place of what is chosen, element by element: it begins where there is only text.
        compositionstart: (view) => {
          const { $from, $to } = view.state.selection;
          const card = chosen(view.state);
          if (!view.editable || ($from.parent.inlineContent && $from.sameParent($to))) return false;
          binding.undoing.manager.stopCapturing();
          if (card) view.dispatch(lineAt(view.state.tr, card.to));
          else commands.deleteSelection();
          return false;
        },
      },
      handleTextInput: (_, from, to, text) => chosen(binding.state) !== undefined || (text === " " && from === to && shorthand(options, from)),
      handlePaste: (view, _, slice) => {
        const card = chosen(view.state);
        if (!card) return false;
        const tr = lineAt(view.state.tr, card.to); // behind it
        view.dispatch(tr.replaceSelection(slice).scrollIntoView());
        return true;
      },
      // The key and the line under a card are no words to choose by clicking.
      handleTripleClickOn: (_view, _pos, _node, _at, event) =>
        event.target instanceof Element && event.target.closest(".sw-requirement__key, .sw-card-slot") !== null,
    },
  });
}

/** The card that is chosen as a whole. */
const chosen = ({ selection }: EditorState): NodeSelection | undefined =>
  selection instanceof NodeSelection && selection.node.type.spec.group === "card" ? selection : undefined;

/** Enter goes into a card that is chosen: behind its statement, or into its first cell. */
const intoChosen: Command = (state, dispatch) => {
  const card = chosen(state);
  if (!card) return false;
  const { node, from } = card;
  const inside = node.type.name === "requirement" ? [from + (node.firstChild?.nodeSize ?? 0), -1] as const : ([from + 1, 1] as const);
  return go(state, dispatch, Selection.near(state.doc.resolve(inside[0]), inside[1]));
};

function replacesChosen(tr: Transaction, state: EditorState): boolean {
  const card = chosen(state);
  if (!card || !tr.docChanged || tr.getMeta(bindingKey) !== undefined) return false;
  return tr.steps.some((step) => step instanceof ReplaceStep && step.slice.size > 0 && step.from <= card.from && step.to >= card.to);
}

/** From a part of a requirement to the end of the other one. */
function otherPart(from: "statement" | "rationale"): Command {
  return (state, dispatch) => {
    const { $from, $to } = state.selection;
    const { card } = around(state);
    if (card?.kind !== "requirement" || $from.depth < 2 || $from.node(2).type.name !== from || $to.before(2) !== $from.before(2)) return false;
    const end = from === "statement" ? $from.after(1) - 2 : $from.before(2) - 1;
    return go(state, dispatch, Selection.near(state.doc.resolve(end), -1));
  };
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
    // The caret may be behind the card now, so that is looked for by what it is.
    let behind = 0;
    binding.state.doc.forEach((node, pos) => {
      if (node.type === card.node.type && node.attrs["id"] === card.id) behind = pos + node.nodeSize;
    });
    if (behind > 0) binding.dispatch(lineAt(binding.state.tr, behind));
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

/** To the next cell; behind the last one a row is added, if there is room. */
function nextCell(options: KeymapOptions): boolean {
  const { commands, state } = options.binding;
  if (around(state).headed === undefined) return false;
  if (around(state).list !== "") return false;
  if (commands.nextCell(1)) return true;
  if (!act(options, "rowAfter", () => commands.addRow("after"))) return true;
  const { $from } = state.selection;
  for (let left = $from.index(2); left > 0; left--) commands.nextCell(-1);
  return true;
}

/** In a list Tab never leaves the text, also when an item can go no deeper. */
function deeper(options: KeymapOptions, by: 1 | -1): boolean {
  if (around(options.binding.state).list === "") return false;
  act(options, by > 0 ? "indent" : "outdent", () => options.binding.commands.indent(by));
  return true;
}

function plainLine(options: KeymapOptions): boolean {
  const { commands, state } = options.binding;
  const { heading } = around(state);
  return heading === 2 || heading === 3 || heading === 4 ? act(options, `heading${heading}`, () => commands.toggleHeading(heading)) : true;
}

/** "- " and "1. " begin a list, "## " a heading, at the start of an ordinary line. */
function shorthand(options: KeymapOptions, pos: number): boolean {
  const { binding } = options;
  const { state, commands } = binding;
  const { $from } = state.selection;
  if ($from.parent.type.name !== "paragraph" || $from.parentOffset > 4) return false;
  const typed = $from.parent.textBetween(0, $from.parentOffset, undefined, "\n");
  const run =
    typed === "-" || typed === "*" ? () => act(options, "bulletList", () => commands.toggleList("bullet"))
    : typed === "1." ? () => act(options, "orderedList", () => commands.toggleList("ordered"))
    : /^#{2,4}$/.test(typed) ? () => act(options, `heading${typed.length}`, () => commands.toggleHeading(typed.length as 2 | 3 | 4))
    : undefined;
  if (!run || (around(state).list !== "" && !typed.startsWith("#"))) return false;
  binding.undoing.manager.stopCapturing();
  binding.dispatch(state.tr.delete(pos - typed.length, pos));
  return run();
}
