// The buttons above the text: one stop for the Tab key, arrow keys between them (WAI-ARIA toolbar).
// What can be done with a card or a table stands there too, and for a pointer under the card itself.
import { toggleMark } from "prosemirror-commands";
import { type EditorState, Plugin } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import { act, type Acting } from "./acts.ts";
import { type Around, around, isMarked } from "./at.ts";
import type { Binding } from "./binding/index.ts";
import { slotOf } from "./card.ts";
import { insertRequirement, moveCard, removeCard } from "./keymap.ts";
import { linkDialog } from "./linkdialog.ts";

export interface ToolbarOptions extends Acting {
  /** Address of the form of a requirement, without its id. */
  form: string;
  added: (id: string) => void;
  moved: (card: { kind: string; id: string }) => void;
  /** May the text be changed now? */
  writing: () => boolean;
}

interface Now {
  state: EditorState;
  at: Around;
  binding: Binding;
}

interface Tool {
  name: string;
  /** A drawing instead of words, on a field of 24 by 24. */
  icon?: string;
  /** Reports whether it did something. */
  run: (options: ToolbarOptions, view: EditorView) => boolean;
  pressed?: (now: Now) => boolean;
  enabled?: (now: Now) => boolean;
}

const mark = (name: string): Tool => ({
  name,
  run: ({ binding }, view) => {
    const type = binding.schema.marks[name];
    return type !== undefined && toggleMark(type)(view.state, view.dispatch);
  },
  pressed: ({ state }) => isMarked(state, state.schema.marks[name]),
});

const heading = (level: 2 | 3 | 4): Tool => ({
  name: `heading${level}`,
  run: ({ binding }) => binding.commands.toggleHeading(level),
  pressed: ({ at }) => at.heading === level,
});

const list = (name: string, kind: "bullet" | "ordered"): Tool => ({
  name,
  run: ({ binding }) => binding.commands.toggleList(kind),
  pressed: ({ at }) => at.list === kind,
});

const box = (kind: string): Tool => ({
  name: kind,
  run: ({ binding }) => binding.commands.toggleBox(kind),
  pressed: ({ at }) => at.box === kind,
});

const indent = (name: string, by: 1 | -1): Tool => ({
  name,
  run: ({ binding }) => binding.commands.indent(by),
  enabled: ({ at }) => at.list !== "",
});

const undo: Tool = {
  name: "undo",
  icon: "M9 5 4 10l5 5M4 10h9a6 6 0 0 1 0 12h-3",
  run: ({ binding }) => binding.commands.undo(),
  enabled: ({ binding }) => binding.undoing.canUndo,
};
const redo: Tool = {
  name: "redo",
  icon: "m15 5 5 5-5 5M20 10h-9a6 6 0 0 0 0 12h3",
  run: ({ binding }) => binding.commands.redo(),
  enabled: ({ binding }) => binding.undoing.canRedo,
};

const tools: Tool[] = [
  { name: "insertRequirement", run: (options) => insertRequirement(options) },
  heading(2),
  mark("bold"),
  mark("italic"),
  { name: "link", run: (_, view) => (ask(view), true), pressed: ({ state }) => isMarked(state, state.schema.marks["link"]) },
  list("bulletList", "bullet"),
  undo,
  redo,
];

/** Which of them stay where the bar is too narrow for all, the most used first; the others go behind the
 * button for more. */
const order = ["insertRequirement", "heading2", "undo", "bold", "bulletList", "italic", "link", "redo"];

/** Everything that is not used in every paragraph stands behind one more button. */
const more: Tool[] = [
  list("orderedList", "ordered"),
  indent("indent", 1),
  indent("outdent", -1),
  heading(3),
  heading(4),
  ...["principle", "term", "note", "quote"].map(box),
  { name: "table", run: ({ binding }) => binding.commands.insertTable(3, 2) },
];

const remove = (kind: string, name: string): Tool => ({
  name,
  run: ({ binding }) => {
    const { card } = around(binding.state);
    return card?.kind === kind && removeCard(binding, card);
  },
});

const move = (to: "up" | "down", icon: string): Tool => ({ name: to, icon, run: (options) => moveCard(options, to) });
const moves = [move("up", "M12 20V4M5 11l7-7 7 7"), move("down", "M12 4v16M5 13l7 7 7-7")];

/** With the caret in a requirement. */
const forRequirement: Tool[] = [...moves, remove("requirement", "removeRequirement")];

/** What is typed next is another step, so that what goes away can come back alone. */
function alone({ undoing }: Binding, run: () => boolean): boolean {
  const done = run();
  undoing.manager.stopCapturing();
  return done;
}

/** With the caret in a table. */
const forTable: Tool[] = [
  { name: "rowAfter", run: ({ binding }) => binding.commands.addRow("after") },
  { name: "rowBefore", run: ({ binding }) => binding.commands.addRow("before") },
  { name: "columnAfter", run: ({ binding }) => binding.commands.addColumn("after") },
  { name: "columnBefore", run: ({ binding }) => binding.commands.addColumn("before") },
  { name: "headingRow", run: ({ binding }) => binding.commands.toggleHeader(), pressed: ({ at }) => at.headed === true },
  { name: "removeRow", run: ({ binding }) => alone(binding, () => binding.commands.removeRow()) },
  { name: "removeColumn", run: ({ binding }) => alone(binding, () => binding.commands.removeColumn()) },
  ...moves,
  remove("table", "removeTable"),
];

let ask: (view: EditorView) => void = () => undefined;

/** The plugin that fills bar with buttons, and puts those of a card under the card with the caret. */
export function toolbar(bar: HTMLElement, options: ToolbarOptions): Plugin {
  return new Plugin({ view: (view) => new Toolbar(bar, options, view) });
}

/** Asks for a link, as the button does. */
export const askLink = (view: EditorView): void => ask(view);

interface Made {
  tool: Tool;
  button: HTMLButtonElement;
}

class Toolbar {
  readonly #bar: HTMLElement;
  readonly #options: ToolbarOptions;
  readonly #view: EditorView;
  readonly #made: Made[] = [];
  readonly #groups: { kind: string; above: HTMLElement; under: HTMLElement }[] = [];
  readonly #form: HTMLAnchorElement;
  readonly #dialog: HTMLDialogElement;
  readonly #ended = new AbortController();
  readonly #rest = document.createElement("div");
  readonly #unfold = document.createElement("button");
  readonly #main: { button: HTMLElement; rank: number; width: number }[];
  readonly #resized = new ResizeObserver(() => this.#fit());
  #asked = 0;
  /** The press before. */
  #pressed: [HTMLElement, MouseEvent] | undefined;
  #writing = false; // one could write when the buttons were looked at last

  constructor(bar: HTMLElement, options: ToolbarOptions, view: EditorView) {
    this.#bar = bar;
    this.#options = options;
    this.#view = view;
    const { say } = options;
    const rest = this.#rest;
    rest.id = "meer-knoppen";
    rest.className = "sw-toolbar__more";
    rest.hidden = true;
    this.#form = document.createElement("a");
    this.#form.className = "sw-toolbar__button";
    this.#form.textContent = say("asForm");
    this.#form.tabIndex = -1;
    this.#makeUnfold();
    this.#main = tools.map((tool) => ({ button: this.#make(tool), rank: order.indexOf(tool.name), width: 0 }));
    bar.replaceChildren(...this.#main.map(({ button }) => button), this.#unfold, rest);
    this.#group("requirement", forRequirement, rest).append(this.#form);
    this.#group("table", forTable, rest);
    rest.append(...more.map((tool) => this.#make(tool)));
    for (const press of ["mousedown", "click"] as const) {
      document.addEventListener(press, (event) => this.#again(event), { capture: true, signal: this.#ended.signal });
    }
    const first = bar.querySelector("button");
    if (first) first.tabIndex = 0;
    bar.addEventListener("keydown", (event) => this.#move(event), { signal: this.#ended.signal });
    const dialog = linkDialog(say);
    this.#dialog = dialog.element;
    document.body.append(dialog.element);
    ask = dialog.ask;
    this.#show();
    this.#resized.observe(bar);
  }

  update(_: EditorView, before: EditorState): void {
    const { doc, selection, storedMarks } = this.#view.state;
    const same = before.doc === doc && before.selection === selection && before.storedMarks === storedMarks;
    if (same && this.#writing === this.#options.writing()) return;
    this.#asked ||= requestAnimationFrame(() => {
      this.#asked = 0;
      this.#show();
    });
  }

  destroy(): void {
    cancelAnimationFrame(this.#asked);
    this.#resized.disconnect();
    this.#ended.abort();
    this.#dialog.remove();
    for (const { under } of this.#groups) under.remove();
    this.#bar.replaceChildren();
    this.#bar.hidden = true;
  }

  /** The buttons of a kind of card, once above the text and once to go under the card. */
  #group(kind: string, all: Tool[], rest: HTMLElement): HTMLElement {
    const name = this.#options.say(`tools_${kind}`);
    const [above, under] = [document.createElement("div"), document.createElement("div")];
    for (const group of [above, under]) {
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", name);
      group.append(...all.map((tool) => this.#make(tool, group === under)));
    }
    above.className = "sw-toolbar__group";
    above.hidden = true;
    under.className = "sw-card-tools";
    if (kind === "requirement") under.prepend(this.#handle());
    rest.append(above);
    this.#groups.push({ kind, above, under });
    return above;
  }

  /** What a requirement is dragged by. */
  #handle(): HTMLElement {
    const handle = document.createElement("span");
    handle.className = "sw-card-tools__handle";
    handle.draggable = true;
    handle.title = this.#options.say("tool_drag");
    handle.setAttribute("aria-hidden", "true"); // the buttons beside it do the same
    handle.append(drawing("M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01"));
    return handle;
  }

  #makeUnfold(): void {
    const unfold = this.#unfold;
    unfold.type = "button";
    unfold.className = "sw-toolbar__button";
    unfold.textContent = this.#options.say("tool_more");
    unfold.tabIndex = -1;
    unfold.setAttribute("aria-controls", this.#rest.id);
    unfold.addEventListener("click", () => this.#open(this.#rest.hidden !== false));
    this.#open(false);
  }

  #open(open: boolean): void {
    this.#rest.hidden = !open;
    this.#unfold.setAttribute("aria-expanded", String(open));
    // Where the Tab key stopped among those that go, it stops at what brings them back.
    const within = open ? null : this.#rest.querySelector<HTMLElement>('[tabindex="0"]');
    if (within) [within.tabIndex, this.#unfold.tabIndex] = [-1, 0];
  }

  /** Leaves as many buttons on the bar as stand there beside each other. */
  #fit(): void {
    const { clientWidth } = this.#bar;
    if (clientWidth === 0) return;
    const { paddingLeft, paddingRight, columnGap } = getComputedStyle(this.#bar);
    const gap = parseFloat(columnGap) || 0;
    for (const one of this.#main) one.width = one.button.offsetWidth || one.width;
    let room = clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight) - this.#unfold.offsetWidth;
    const stays = new Set<HTMLElement>();
    for (const { button, width } of [...this.#main].sort((a, b) => a.rank - b.rank)) {
      room -= Math.ceil(width) + gap;
      if (room < 0) break;
      stays.add(button);
    }
    for (const { button } of this.#main) {
      if (stays.has(button) !== (button.parentElement === this.#bar)) this.#place(stays);
    }
  }

  #place(stays: ReadonlySet<HTMLElement>): void {
    const all = this.#main.map(({ button }) => button);
    this.#rest.prepend(...all.filter((button) => !stays.has(button)));
    this.#bar.prepend(...all.filter((button) => stays.has(button)));
    this.#reach();
  }

  /** The second press of two on one spot does nothing where something else came meanwhile, or where the first put
   * something in. */
  #again(event: MouseEvent): void {
    const [button, { clientX, clientY, timeStamp }] = this.#pressed ?? [undefined, event];
    const near = Math.hypot(clientX - event.clientX, clientY - event.clientY) < 10;
    if (!button || event.detail === 0 || !near || event.timeStamp - timeStamp > 600) return;
    if (event.target instanceof Node && button.contains(event.target) && !/--(table|insert)/.test(button.className)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  #make(tool: Tool, under = false): HTMLButtonElement {
    const { say } = this.#options;
    const button = document.createElement("button");
    button.type = "button";
    button.className = `${under ? "sw-card-tools__button" : "sw-toolbar__button"} sw-toolbar__button--${tool.name}`;
    if (tool.icon === undefined) {
      button.textContent = say(`tool_${tool.name}`);
    } else {
      button.title = say(`tool_${tool.name}`);
      button.setAttribute("aria-label", button.title);
      button.append(drawing(tool.icon));
    }
    button.tabIndex = -1;
    button.addEventListener("mousedown", (event) => event.preventDefault()); // the selection stays
    button.addEventListener("click", (event) => {
      this.#pressed = [button, event];
      if (button.getAttribute("aria-disabled") === "true" || !this.#options.writing()) return;
      this.#options.binding.undoing.manager.stopCapturing(); // a step of its own
      this.#view.focus(); // at once: what is typed next belongs in the text
      if (this.#options.binding.lost && tool !== undo && tool !== redo) return; // there is no place to do it
      act(this.#options, tool.name, () => tool.run(this.#options, this.#view));
      // On a small screen the buttons lie over the text that they work on.
      if (this.#rest.contains(button) && matchMedia("(width < 48em) or (height < 40em)").matches) this.#open(false);
    });
    this.#made.push({ tool, button });
    return button;
  }

  #show(): void {
    if (this.#view.isDestroyed) return;
    this.#writing = this.#options.writing();
    const { state } = this.#view;
    const now: Now = { state, at: around(state), binding: this.#options.binding };
    for (const { tool, button } of this.#made) {
      if (tool.pressed) set(button, "aria-pressed", String(tool.pressed(now)));
      if (tool.enabled) set(button, "aria-disabled", String(!tool.enabled(now)));
    }
    const { card } = now.at;
    set(this.#form, "href", this.#options.form + (card?.id ?? ""));
    for (const { kind, above, under } of this.#groups) {
      const here = card?.kind === kind && this.#writing;
      if (above.hidden === here) above.hidden = !here;
      const dom = here ? this.#view.nodeDOM(card.pos) : null;
      const slot = dom instanceof HTMLElement ? slotOf(dom) : null;
      if (slot === null) under.remove();
      else if (under.parentElement !== slot) slot.append(under);
    }
    this.#reach();
  }

  /** One button can be reached with Tab; when it went away the first takes its place. */
  #reach(): void {
    const current = this.#bar.querySelector<HTMLElement>('[tabindex="0"]');
    if (current && !current.closest("[hidden]")) return;
    if (current) current.tabIndex = -1;
    const first = this.#bar.querySelector("button");
    if (first) first.tabIndex = 0;
  }

  #move(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      event.preventDefault();
      this.#open(false);
      this.#view.focus();
      return;
    }
    const all = [...this.#bar.querySelectorAll<HTMLElement>("button, a[href]")].filter((one) => !one.closest("[hidden]"));
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    const next = all.at(to >= all.length ? 0 : to);
    for (const one of all) one.tabIndex = one === next ? 0 : -1;
    next?.focus();
  }
}

function set(element: HTMLElement, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
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
