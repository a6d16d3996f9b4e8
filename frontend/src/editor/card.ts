// What cards look like: a requirement with its key above and what was decided below, and a table that
// scrolls in a box of its own. The key and the decisions are the server's; no text can change them.
import type { Node as PMNode } from "prosemirror-model";
import type { EditorView, NodeView, NodeViewConstructor } from "prosemirror-view";
import type { Say } from "./config.ts";
import { group } from "./schema.ts";
import type { Keys } from "./keys.ts";

export interface CardOptions {
  say: Say;
  keys: Keys;
  /** Address of the form of a requirement, without its id; nothing for who may not change one. */
  form: string;
}

/** How a card, its parts and a table are shown. */
export function nodeViews(options: CardOptions): Record<string, NodeViewConstructor> {
  const { say } = options;
  return {
    requirement: (node, view) => new Requirement(node, view, options),
    statement: (node) => new Part(node, "statement", say("statement"), say("statementHint")),
    rationale: (node) => new Part(node, "rationale", say("rationale"), say("rationaleHint")),
    table: (node, view) => new Table(node, view),
  };
}

/** The element of a card in which its buttons have a place. */
export const slotOf = (card: HTMLElement): HTMLElement | null => card.querySelector<HTMLElement>(":scope > .sw-card-slot");

/** A place beside the text, where the editor looks at nothing. */
function aside(className: string): HTMLElement {
  const element = document.createElement("div");
  element.className = `${className} sw-card-slot`;
  element.contentEditable = "false";
  element.lang = document.documentElement.lang; // the text may be in another language
  return element;
}

const few = 8; // cards that are drawn at once
let drawing = 0;

/** A card that is made in a page that is open, and not with it, is drawn at once: whoever made or moved it types in
 * it, and a browser lets keys into nothing that it has not drawn. */
function drawNow(card: HTMLElement, view: EditorView): void {
  if (!(view as unknown as { docView?: unknown }).docView || drawing >= few) return;
  drawing++;
  card.style.setProperty("content-visibility", "visible");
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      drawing--;
      card.style.removeProperty("content-visibility");
    }),
  );
}

abstract class Card implements NodeView {
  abstract readonly dom: HTMLElement;
  abstract readonly contentDOM: HTMLElement;
  abstract update(node: PMNode): boolean;

  selectNode(): void {
    this.dom.classList.add("sw-card--selected");
  }

  deselectNode(): void {
    this.dom.classList.remove("sw-card--selected");
  }

  /** Links and buttons are the browser's. The editor hears of the handle, and of what is dropped here. */
  stopEvent(event: Event): boolean {
    if (!(event.target instanceof Element) || !event.target.closest(".sw-card-slot")) return false;
    return !/^(dragover|dragenter|drop)$/.test(event.type) && !event.target.closest(".sw-card-tools__handle");
  }

  ignoreMutation(mutation: { target: globalThis.Node; type: string }): boolean {
    return mutation.type !== "selection" && !this.contentDOM.contains(mutation.target);
  }
}

class Requirement extends Card {
  readonly dom = document.createElement("section");
  readonly contentDOM = document.createElement("div");
  readonly #options: CardOptions;
  readonly #view: EditorView;
  readonly #key = document.createElement("span");
  readonly #facts = document.createElement("span");
  readonly #link = document.createElement("a");
  readonly #which = document.createElement("span");
  readonly #stop: () => void;
  #id = "";

  constructor(node: PMNode, view: EditorView, options: CardOptions) {
    super();
    this.#options = options;
    this.#view = view;
    this.dom.className = "sw-requirement";
    this.#key.className = "sw-requirement__key";
    this.#key.contentEditable = "false";
    const line = aside("sw-requirement__line");
    this.#which.className = "sw-unseen";
    this.#link.append(`${options.say("asForm")} `, this.#which);
    line.append(this.#facts, this.#link);
    // The text comes last, shown above the line: a browser selects nothing when what it may not edit
    // ends the document.
    this.dom.append(this.#key, line, this.contentDOM);
    this.#show(String(node.attrs["id"]));
    this.#stop = options.keys.observe(() => this.#show(this.#id));
    drawNow(this.dom, view);
  }

  #show(id: string): void {
    this.#id = id;
    const known = this.#options.keys.of(id);
    this.dom.id = `eis-${id}`;
    this.dom.dataset["requirement"] = id;
    this.#key.textContent = known?.key ?? this.#options.say("pendingKey");
    this.#facts.textContent = known?.facts ?? "";
    this.#which.textContent = known?.key ?? "";
    this.#link.hidden = !known || this.#options.form === "";
    this.#link.href = this.#options.form + id;
    // Who writes comes here with the buttons above the text: Tab leaves the text, and stops nowhere in it.
    this.#link.tabIndex = this.#view.editable ? -1 : 0;
    // Without a key of its own a card has no name, and is no landmark beside others of the same name.
    if (known) this.dom.setAttribute("aria-label", this.#options.say("requirementLabel", { key: known.key }));
    else this.dom.removeAttribute("aria-label");
  }

  update(node: PMNode): boolean {
    if (node.type.name !== "requirement") return false;
    if (node.attrs["id"] !== this.#id) this.#show(String(node.attrs["id"]));
    return true;
  }

  destroy(): void {
    this.#stop();
  }
}

/** A statement or a rationale. While nothing stands in it, it says what one could write. */
class Part implements NodeView {
  readonly dom = document.createElement("div");
  readonly contentDOM = this.dom;
  readonly #name: string;

  constructor(node: PMNode, name: string, label: string, hint: string) {
    this.#name = name;
    this.dom.className = `sw-requirement__${name}`;
    this.dom.dataset["block"] = name;
    this.dom.dataset["label"] = label; // drawn above a rationale
    for (const [attribute, value] of Object.entries(group(label))) this.dom.setAttribute(attribute, value);
    this.dom.style.setProperty("--sw-hint", JSON.stringify(hint));
    this.update(node);
  }

  update(node: PMNode): boolean {
    if (node.type.name !== this.#name) return false;
    this.dom.classList.toggle("sw-vacant", isEmpty(node));
    return true;
  }
}

/** Is there nothing but one line without words? */
export const isEmpty = (node: PMNode): boolean =>
  node.childCount === 1 && node.firstChild?.type.name === "paragraph" && node.firstChild.content.size === 0;

class Table extends Card {
  readonly dom = document.createElement("div");
  readonly contentDOM = document.createElement("tbody");
  readonly #table = document.createElement("table");

  constructor(node: PMNode, view: EditorView) {
    super();
    this.dom.className = "sw-table-card";
    this.#table.className = "sw-table";
    this.#table.append(this.contentDOM);
    const frame = document.createElement("div");
    frame.className = "sw-table-frame";
    frame.append(this.#table);
    this.dom.append(aside("sw-table-card__line"), frame);
    this.update(node);
    drawNow(this.dom, view);
  }

  update(node: PMNode): boolean {
    if (node.type.name !== "table") return false;
    this.#table.dataset["table"] = String(node.attrs["id"]);
    return true;
  }
}
