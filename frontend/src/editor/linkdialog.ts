// Asks for the address of a link, or takes the link away that is there.
import type { Attrs, MarkType } from "prosemirror-model";
import { type EditorState, TextSelection } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import { safeAddress } from "./address.ts";
import type { Say } from "./config.ts";

export interface LinkDialog {
  element: HTMLDialogElement;
  ask: (view: EditorView) => void;
}

export function linkDialog(say: Say): LinkDialog {
  const element = document.createElement("dialog");
  element.className = "sw-dialog";
  element.setAttribute("aria-labelledby", "link-vraag");
  const form = document.createElement("form");
  form.method = "dialog";
  form.noValidate = true;
  const label = document.createElement("label");
  label.id = "link-vraag";
  label.className = "utrecht-form-label";
  label.htmlFor = "link-adres";
  label.textContent = say("linkAddress");
  const field = document.createElement("input");
  field.id = "link-adres";
  field.type = "text";
  field.inputMode = "url";
  field.className = "utrecht-textbox utrecht-textbox--html-input";
  field.setAttribute("aria-describedby", "link-fout");
  const mistake = document.createElement("p");
  mistake.id = "link-fout";
  mistake.className = "utrecht-form-field-error-message";
  mistake.setAttribute("role", "alert");
  const make = document.createElement("button");
  make.className = "utrecht-button utrecht-button--primary-action";
  make.textContent = say("linkMake");
  const cancel = document.createElement("button");
  cancel.type = "button";
  cancel.className = "utrecht-button utrecht-button--secondary-action";
  cancel.textContent = say("cancel");
  const remove = document.createElement("button");
  remove.type = "button";
  remove.className = cancel.className;
  remove.textContent = say("linkRemove");
  const actions = document.createElement("div");
  actions.className = "sw-actions";
  actions.append(make, remove, cancel);
  form.append(label, field, mistake, actions);
  element.append(form);

  let view: EditorView | undefined;
  form.addEventListener("submit", (event) => {
    const address = safeAddress(field.value);
    if (address === "" && (field.value.trim() !== "" || remove.hidden)) {
      event.preventDefault();
      mistake.textContent = say("linkMistake");
      return;
    }
    if (view && !view.isDestroyed) setLink(view, address);
  });
  remove.addEventListener("click", () => {
    if (view && !view.isDestroyed) setLink(view, "");
    element.close();
  });
  cancel.addEventListener("click", () => element.close());
  element.addEventListener("close", () => view?.focus());
  return {
    element,
    ask: (asked) => {
      view = asked;
      field.value = String(linkAt(asked.state)?.["href"] ?? "");
      mistake.textContent = "";
      remove.hidden = field.value === "";
      element.showModal();
      field.select();
    },
  };
}

const linkType = (state: EditorState): MarkType | undefined => state.schema.marks["link"];

/** The attributes of the link at the caret, or at the start of what is chosen. */
function linkAt(state: EditorState): Attrs | undefined {
  const { $from, empty } = state.selection;
  const marks = (empty ? $from.marks() : $from.nodeAfter?.marks) ?? [];
  return linkType(state)?.isInSet(marks)?.attrs;
}

function setLink(view: EditorView, address: string): void {
  const { state } = view;
  const type = linkType(state);
  if (!type) return;
  const { from, to, empty } = linkRange(state, type);
  const { tr } = state;
  if (address === "") {
    tr.removeMark(from, to, type);
  } else if (empty) {
    const mark = type.create({ href: address });
    tr.replaceSelectionWith(state.schema.text(address, [...state.selection.$from.marks(), mark]), false);
  } else {
    tr.addMark(from, to, type.create({ href: address }));
  }
  view.dispatch(tr.scrollIntoView());
}

/** What is chosen, made longer by the links at its ends. */
function linkRange(state: EditorState, type: MarkType): { from: number; to: number; empty: boolean } {
  const { selection } = state;
  if (!(selection instanceof TextSelection)) return { from: selection.from, to: selection.to, empty: selection.empty };
  let { from, to } = selection;
  const { $from, $to } = selection;
  const grow = ($pos: typeof $from, step: -1 | 1): number => {
    const mark = type.isInSet((step < 0 ? $pos.nodeBefore : $pos.nodeAfter)?.marks ?? []);
    let index = $pos.index() - (step < 0 && $pos.textOffset === 0 ? 1 : 0);
    let pos = step < 0 ? $pos.pos - ($pos.textOffset || ($pos.nodeBefore?.nodeSize ?? 0)) : $pos.pos + ($pos.nodeAfter?.nodeSize ?? 0);
    if (!mark) return $pos.pos;
    for (index += step; index >= 0 && index < $pos.parent.childCount && mark.isInSet($pos.parent.child(index).marks); index += step) {
      pos += step * $pos.parent.child(index).nodeSize;
    }
    return pos;
  };
  from = grow($from, -1);
  to = grow($to, 1);
  return { from, to, empty: from === to };
}
