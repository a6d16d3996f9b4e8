// The buttons above the text: one stop for the Tab key, arrow keys between them (WAI-ARIA toolbar).
import type { Editor } from "@tiptap/core";
import { safeAddress } from "./address.ts";
import type { Say } from "./config.ts";
import { requirementAt } from "./requirement.ts";

interface Tool {
  name: string;
  /** A drawing instead of words, on a field of 24 by 24. */
  icon?: string;
  run: (editor: Editor) => void;
  pressed?: (editor: Editor) => boolean;
  enabled?: (editor: Editor) => boolean;
}

const wrap = (name: string): Tool => ({
  name,
  run: (editor) => void (editor.isActive(name) ? editor.chain().focus().lift(name).run() : editor.chain().focus().wrapIn(name).run()),
  pressed: (editor) => editor.isActive(name),
});

/** Everything that is not used in every paragraph stands behind one more button. */
const more: Tool[] = [
  { name: "orderedList", run: (e) => void e.chain().focus().toggleOrderedList().run(), pressed: (e) => e.isActive("orderedList") },
  { name: "heading3", run: (e) => void e.chain().focus().toggleHeading({ level: 3 }).run(), pressed: (e) => e.isActive("heading", { level: 3 }) },
  wrap("section"),
  wrap("principle"),
  wrap("term"),
  wrap("note"),
  wrap("sourceQuote"),
  { name: "table", run: (e) => void e.chain().focus().insertTable({ rows: 3, cols: 2, withHeaderRow: true }).run() },
  {
    name: "removeRequirement",
    run: (e) => void e.chain().focus().removeRequirement().run(),
    enabled: (e) => requirementAt(e.state) !== undefined,
  },
];

const tools: Tool[] = [
  { name: "insertRequirement", run: (e) => void e.chain().focus().insertRequirement().run() },
  { name: "heading2", run: (e) => void e.chain().focus().toggleHeading({ level: 2 }).run(), pressed: (e) => e.isActive("heading", { level: 2 }) },
  { name: "bold", run: (e) => void e.chain().focus().toggleBold().run(), pressed: (e) => e.isActive("bold") },
  { name: "italic", run: (e) => void e.chain().focus().toggleItalic().run(), pressed: (e) => e.isActive("italic") },
  { name: "link", run: (e) => askLink(e), pressed: (e) => e.isActive("link") },
  { name: "bulletList", run: (e) => void e.chain().focus().toggleBulletList().run(), pressed: (e) => e.isActive("bulletList") },
  { name: "undo", icon: "M9 5 4 10l5 5M4 10h9a6 6 0 0 1 0 12h-3", run: (e) => void e.chain().focus().undo().run(), enabled: (e) => e.can().undo() },
  { name: "redo", icon: "m15 5 5 5-5 5M20 10h-9a6 6 0 0 0 0 12h3", run: (e) => void e.chain().focus().redo().run(), enabled: (e) => e.can().redo() },
];

let askLink: (editor: Editor) => void = () => undefined;

/** Fills bar with buttons for editor; returns what takes them away again. */
export function toolbar(bar: HTMLElement, editor: Editor, say: Say): () => void {
  const buttons: { tool: Tool; button: HTMLButtonElement }[] = [];
  const make = (tool: Tool): HTMLButtonElement => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = `sw-toolbar__button sw-toolbar__button--${tool.name}`;
    if (tool.icon === undefined) {
      button.textContent = say(`tool_${tool.name}`);
    } else {
      button.title = say(`tool_${tool.name}`);
      button.setAttribute("aria-label", button.title);
      button.append(drawing(tool.icon));
    }
    button.tabIndex = -1;
    button.addEventListener("mousedown", (event) => event.preventDefault()); // the selection stays
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") === "true") return;
      editor.view.focus(); // at once: what is typed next belongs in the text
      tool.run(editor);
    });
    buttons.push({ tool, button });
    return button;
  };
  const unfold = document.createElement("button");
  const rest = document.createElement("div");
  unfold.type = "button";
  unfold.className = "sw-toolbar__button";
  unfold.textContent = say("tool_more");
  unfold.tabIndex = -1;
  unfold.setAttribute("aria-expanded", "false");
  unfold.setAttribute("aria-controls", "meer-knoppen");
  rest.id = "meer-knoppen";
  rest.className = "sw-toolbar__more";
  rest.hidden = true;
  unfold.addEventListener("click", () => {
    rest.hidden = !rest.hidden;
    unfold.setAttribute("aria-expanded", String(!rest.hidden));
  });
  bar.replaceChildren(...tools.map(make), unfold, rest);
  rest.append(...more.map(make));
  bar.hidden = false;

  const dialog = linkDialog(say);
  document.body.append(dialog.element);
  askLink = dialog.ask;

  const reachable = (): HTMLButtonElement[] =>
    [...bar.querySelectorAll<HTMLButtonElement>("button")].filter((b) => !b.closest("[hidden]"));
  const stop = new AbortController();
  bar.addEventListener("keydown", (event) => move(event, reachable(), editor), { signal: stop.signal });
  const first = bar.querySelector("button");
  if (first) first.tabIndex = 0;

  const show = (): void => {
    for (const { tool, button } of buttons) {
      if (tool.pressed) button.setAttribute("aria-pressed", String(tool.pressed(editor)));
      if (tool.enabled) button.setAttribute("aria-disabled", String(!tool.enabled(editor)));
    }
  };
  editor.on("transaction", show);
  show();
  return () => {
    stop.abort();
    dialog.element.remove();
    bar.replaceChildren();
    bar.hidden = true;
  };
}

function drawing(path: string): SVGElement {
  const make = (name: string) => document.createElementNS("http://www.w3.org/2000/svg", name);
  const svg = make("svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "sw-toolbar__icon");
  svg.setAttribute("aria-hidden", "true");
  const line = make("path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

function move(event: KeyboardEvent, buttons: HTMLButtonElement[], editor: Editor): void {
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
  const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (event.key === "Escape") {
    event.preventDefault();
    editor.commands.focus();
  }
  if (to === undefined || at < 0) return;
  event.preventDefault();
  const next = buttons.at(to >= buttons.length ? 0 : to);
  for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
  next?.focus();
}

/** Asks for the address of a link; an empty one takes the link away. */
function linkDialog(say: Say): { element: HTMLDialogElement; ask: (editor: Editor) => void } {
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
  const actions = document.createElement("div");
  actions.className = "sw-actions";
  actions.append(make, cancel);
  form.append(label, field, mistake, actions);
  element.append(form);

  let editor: Editor | undefined;
  form.addEventListener("submit", (event) => {
    const address = safeAddress(field.value);
    if (field.value.trim() !== "" && address === "") {
      event.preventDefault();
      mistake.textContent = say("linkMistake");
      return;
    }
    const chain = editor?.chain().focus().extendMarkRange("link");
    if (address === "") {
      chain?.unsetMark("link").run();
    } else if (editor?.state.selection.empty && !editor.isActive("link")) {
      chain?.insertContent({ type: "text", text: address, marks: [{ type: "link", attrs: { href: address } }] }).run();
    } else {
      chain?.setMark("link", { href: address }).run();
    }
  });
  cancel.addEventListener("click", () => element.close());
  element.addEventListener("close", () => editor?.commands.focus());
  return {
    element,
    ask: (asked) => {
      editor = asked;
      field.value = String(asked.getAttributes("link")["href"] ?? "");
      mistake.textContent = "";
      element.showModal();
      field.select();
    },
  };
}
