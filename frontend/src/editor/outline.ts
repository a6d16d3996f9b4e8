// The way through the document: its headings, and under them the requirements.
import { Plugin, TextSelection } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import { entriesOf, type Entry } from "./entries.ts";
import type { Keys } from "./keys.ts";

/** Keeps the list up to date, at most once a frame, and takes the reader to the place of an entry. */
export function outline(list: HTMLElement, keys: Keys, pending: string): Plugin {
  return new Plugin({
    view: (view) => {
      const shown = new Outline(list, view, (id) => keys.of(id)?.key ?? pending);
      const stop = keys.observe(() => shown.name());
      shown.ask();
      return {
        update: (_, before) => {
          if (before.doc !== view.state.doc) shown.ask();
        },
        destroy: () => {
          stop();
          shown.end();
        },
      };
    },
  });
}

class Outline {
  readonly #list: HTMLElement;
  readonly #view: EditorView;
  readonly #keyOf: (id: string) => string;
  #asked = 0;
  #entries: Entry[] = [];
  #links: Link[] = [];
  #named = false; // keys became known since the last time

  constructor(list: HTMLElement, view: EditorView, keyOf: (id: string) => string) {
    this.#list = list;
    this.#view = view;
    this.#keyOf = keyOf;
  }

  ask(): void {
    this.#asked ||= requestAnimationFrame(() => {
      this.#asked = 0;
      this.#draw();
    });
  }

  /** Keys became known: every link is looked at. */
  name(): void {
    this.#named = true;
    this.ask();
  }

  end(): void {
    cancelAnimationFrame(this.#asked);
  }

  #draw(): void {
    if (this.#view.isDestroyed) return;
    const now: Entry[] = [];
    this.#view.state.doc.forEach((block) => now.push(...entriesOf(block)));
    const before = this.#entries;
    this.#entries = now;
    if (now.length === before.length && now.every((entry, i) => entry.level === before[i]?.level)) {
      this.#links.forEach((link, i) => {
        if (this.#named || now[i] !== before[i]) this.#fill(link, i);
      });
      this.#named = false;
      return;
    }
    this.#named = false;
    this.#links = now.map((_, i) => this.#fill(new Link(() => this.#go(i)), i));
    this.#list.replaceChildren(...nested(now, this.#links));
  }

  #fill(link: Link, i: number): Link {
    const entry = this.#entries[i];
    if (entry) link.show(entry.id === "" ? "" : this.#keyOf(entry.id), entry);
    return link;
  }

  /** To the place where an entry stands by now. */
  #go(index: number): void {
    const wanted = this.#entries[index];
    const { doc, tr } = this.#view.state;
    let place = -1;
    doc.forEach((block, pos) => {
      const entry = place < 0 ? entriesOf(block).find((one) => one === wanted) : undefined;
      if (entry) place = pos + entry.offset;
    });
    if (place < 0) return;
    const there = this.#view.nodeDOM(place);
    if (there instanceof HTMLElement) there.scrollIntoView({ block: "start" });
    this.#view.dispatch(tr.setSelection(TextSelection.near(doc.resolve(place + 1))));
    this.#view.focus();
  }
}

class Link {
  readonly element = document.createElement("a");
  readonly #key = document.createElement("span");
  #entry: Entry | undefined;
  #shown = "";

  constructor(open: () => void) {
    this.#key.className = "sw-outline__key";
    this.element.addEventListener("click", (event) => {
      event.preventDefault();
      open();
    });
  }

  show(key: string, entry: Entry): void {
    if (entry === this.#entry && key === this.#shown) return;
    this.#entry = entry;
    this.#shown = key;
    this.element.href = `#${entry.anchor}`;
    this.#key.textContent = key;
    this.element.replaceChildren(...(key === "" ? [] : [this.#key, " "]), entry.text);
  }
}

/** Headings of level 2 are the list; everything below one hangs under it. */
function nested(entries: Entry[], links: Link[]): HTMLElement[] {
  const items: HTMLElement[] = [];
  let heading: HTMLElement | undefined;
  entries.forEach((entry, i) => {
    const item = document.createElement("li");
    item.append(links[i]?.element ?? "");
    if (entry.level === 2 || !heading) {
      items.push(item);
      if (entry.level > 0) heading = item;
      return;
    }
    let below = heading.querySelector(":scope > ol");
    if (!below) {
      below = document.createElement("ol");
      heading.append(below);
    }
    below.append(item);
  });
  return items;
}
