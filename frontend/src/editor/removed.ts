// The list under the text of requirements that stand nowhere in it and have words all the same. It follows
// the text: what somebody removes comes in, and what is put back goes out.
import { Plugin, type PluginView } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import type * as Y from "yjs";
import type { Binding, Change } from "./binding/index.ts";
import type { Say } from "./config.ts";
import type { Keys } from "./keys.ts";
import { shorten } from "./entries.ts";

export interface RemovedOptions {
  binding: Binding;
  keys: Keys;
  say: Say;
}

/** Keeps the list in a section up to date; the page has it hidden as long as there is nothing in it, and has
 * none for who may not read how the text came about. */
export function removed(section: HTMLElement | null, options: RemovedOptions): Plugin {
  return new Plugin({ view: (view) => (section ? new List(section, view, options) : {}) });
}

class List implements PluginView {
  readonly #section: HTMLElement;
  readonly #view: EditorView;
  readonly #options: RemovedOptions;
  readonly #ends: (() => void)[];
  #ids: string[] = [];
  #writing: boolean;

  constructor(section: HTMLElement, view: EditorView, options: RemovedOptions) {
    this.#section = section;
    this.#view = view;
    this.#options = options;
    this.#writing = view.editable;
    const { binding, keys } = options;
    const written = (transaction: Y.Transaction): void => this.#written(transaction);
    binding.doc.on("afterTransaction", written);
    this.#ends = [
      binding.on("change", (change) => this.#changed(change)),
      keys.observe(() => this.#show()),
      () => binding.doc.off("afterTransaction", written),
    ];
    this.#show();
  }

  update(): void {
    if (this.#view.editable === this.#writing) return;
    this.#writing = this.#view.editable;
    this.#show();
  }

  destroy(): void {
    for (const end of this.#ends) end();
  }

  #changed({ transaction, gone }: Change): void {
    const { flows } = this.#options.binding;
    const away = gone.some(({ kind }) => kind === "requirement") || transaction.changed.has(flows.removed as never);
    if (away || this.#ids.some((id) => flows.card("requirement", id))) this.#show();
  }

  /** Words come also where nothing is shown: somebody wrote them before they heard that the card was removed. */
  #written({ changed }: Y.Transaction): void {
    const { doc, flows } = this.#options.binding;
    const parts = flows.cards["requirement"] ?? [];
    if (this.#ids.some((id) => parts.some((part) => changed.has(doc.share.get(`${part}:${id}`) as never)))) this.#show();
  }

  #show(): void {
    const { binding, keys } = this.#options;
    const all = removedIn(binding).filter(({ id }) => keys.known(id) !== undefined);
    this.#ids = all.map(({ id }) => id);
    this.#section.querySelector("ul")?.replaceChildren(...all.map(({ id, words }) => this.#item(id, words)));
    if (this.#section.hidden !== (all.length === 0)) this.#section.hidden = all.length === 0;
  }

  #item(id: string, words: string): HTMLElement {
    const { keys, say } = this.#options;
    const line = document.createElement("li");
    line.className = "sw-removed__item";
    const key = document.createElement("span");
    key.className = "sw-requirement__key";
    key.textContent = keys.known(id)?.key ?? "";
    const text = document.createElement("span");
    text.textContent = words;
    text.lang = "nl"; // what people write, on a page of any language
    line.append(key, text);
    if (!this.#writing) return line;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "utrecht-button utrecht-button--secondary-action";
    const which = document.createElement("span");
    which.className = "sw-unseen";
    which.textContent = ` ${key.textContent}`;
    button.append(say("putBack"), which);
    button.addEventListener("click", () => this.#putBack(id));
    line.append(button);
    return line;
  }

  #putBack(id: string): void {
    const { binding } = this.#options;
    if (!binding.commands.putBack("requirement", id)) return;
    binding.found();
    this.#view.focus();
  }
}

/** The requirements that stand nowhere, the last removed first, with the words of the first part that has any. */
export function removedIn({ doc, flows }: Binding): { id: string; words: string }[] {
  const found = new Map<string, { words: string; rank: number }>();
  const parts = flows.cards["requirement"] ?? [];
  for (const name of doc.share.keys()) {
    const [part = "", id = ""] = name.split(":");
    const rank = parts.indexOf(part);
    if (rank < 0 || id === "" || flows.card("requirement", id) || (found.get(id)?.rank ?? Infinity) < rank) continue;
    const words = textOf(doc.getText(name));
    if (words !== "") found.set(id, { words, rank });
  }
  const place = (id: string): number => Number(flows.removed.get(`requirement:${id}`) ?? 0);
  const all = [...found].map(([id, { words }]) => ({ id, words: shorten(words) }));
  return all.sort((a, b) => place(b.id) - place(a.id) || (a.id < b.id ? -1 : 1));
}

/** The words of a flow; an embed between two of them is a space. */
const textOf = (text: Y.Text): string =>
  (text.toDelta() as { insert: unknown }[]).map(({ insert }) => (typeof insert === "string" ? insert : " ")).join("").replace(/ +/g, " ").trim();
