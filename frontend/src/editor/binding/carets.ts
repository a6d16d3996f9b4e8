// Where others are in the text. A caret travels as places in flows; what it looks like is the page's.
import { type EditorState, Plugin, PluginKey, type Transaction } from "prosemirror-state";
import { Decoration, DecorationSet, type EditorView } from "prosemirror-view";
import type { Awareness } from "y-protocols/awareness";
import type { Node } from "prosemirror-model";
import { type Binding, bindingKey } from "./index.ts";
import { type Place, positionOf } from "./place.ts";

export interface CaretOptions {
  awareness: Awareness;
  /** The attributes of what somebody has chosen, from what the server says of them. */
  chosen: (user: unknown) => Record<string, string>;
}

const key = new PluginKey<DecorationSet>("carets");
const field = "cursor";

/** Where somebody's caret is in this state of the editor; undefined when it is not shown there. */
export function caretOf(binding: Binding, awareness: Awareness, doc: Node, client: number): number | undefined {
  const places = placesOf(awareness.states.get(client)?.[field]);
  return places && positionOf(binding.flows, doc, places.head);
}

/** Shows what others have chosen, and tells them of our caret. The page shows theirs: a caret that is no
 * part of the text moves without the text being laid out again. */
export function carets(binding: Binding, options: CaretOptions): Plugin<DecorationSet> {
  const { awareness } = options;
  const draw = (doc: Node, set: DecorationSet, clients: ReadonlySet<number>): DecorationSet => {
    const gone = ofClients(set, clients);
    const made = [...clients].flatMap((client) => (client === binding.doc.clientID ? [] : decorationsOf(binding, options, doc, client)));
    return gone.length + made.length === 0 ? set : set.remove(gone).add(doc, made);
  };
  const everybody = (doc: Node): DecorationSet => draw(doc, DecorationSet.empty, new Set(awareness.states.keys()));
  return new Plugin<DecorationSet>({
    key,
    state: {
      init: (_, { doc }) => everybody(doc),
      apply: (tr: Transaction, before: DecorationSet): DecorationSet => {
        // What others wrote moves places by words, not as the editor would map them.
        if (tr.docChanged && tr.getMeta(bindingKey)) return everybody(tr.doc);
        const clients = tr.getMeta(key) as ReadonlySet<number> | undefined;
        const set = tr.docChanged ? before.map(tr.mapping, tr.doc) : before;
        return clients ? draw(tr.doc, set, clients) : set;
      },
    },
    props: { decorations: (state: EditorState) => key.getState(state) },
    view: (view) => new Teller(view, binding, awareness),
  });
}

const ofClients = (set: DecorationSet, clients: ReadonlySet<number>): Decoration[] =>
  set === DecorationSet.empty ? [] : set.find(undefined, undefined, (spec) => clients.has(Number(spec["client"])));

function decorationsOf(binding: Binding, options: CaretOptions, doc: Node, client: number): Decoration[] {
  const state = options.awareness.states.get(client);
  const places = rangeOf(state?.[field]);
  if (!places) return [];
  const head = positionOf(binding.flows, doc, places.head);
  const anchor = positionOf(binding.flows, doc, places.anchor);
  if (head === undefined || anchor === undefined || anchor === head) return [];
  return [Decoration.inline(Math.min(anchor, head), Math.max(anchor, head), options.chosen(state?.["user"]), { client })];
}

function placesOf(value: unknown): { anchor: Place; head: Place } | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { anchor, head } = value as Record<string, unknown>;
  return isPlace(anchor) && isPlace(head) ? { anchor, head } : undefined;
}

/** The places of what somebody has chosen, when it is more than a caret. */
function rangeOf(value: unknown): { anchor: Place; head: Place } | undefined {
  const places = placesOf(value);
  return places && JSON.stringify(places.anchor) !== JSON.stringify(places.head) ? places : undefined;
}

const isPlace = (value: unknown): value is Place =>
  typeof value === "object" && value !== null && typeof (value as Record<string, unknown>)["flow"] === "string" && "position" in value;

/** Tells others where we are, and the editor what they have chosen, at most once a frame. */
class Teller {
  readonly #view: EditorView;
  readonly #binding: Binding;
  readonly #awareness: Awareness;
  readonly #changed = new Set<number>();
  #asked = 0;
  #told = "";

  constructor(view: EditorView, binding: Binding, awareness: Awareness) {
    this.#view = view;
    this.#binding = binding;
    this.#awareness = awareness;
    awareness.on("change", this.#hear);
    view.dom.addEventListener("focusin", this.#tell);
    view.dom.addEventListener("focusout", this.#tell);
  }

  readonly #hear = ({ added, updated, removed }: { added: number[]; updated: number[]; removed: number[] }): void => {
    const shown = key.getState(this.#view.state) ?? DecorationSet.empty;
    for (const client of [...added, ...updated, ...removed]) {
      if (client === this.#binding.doc.clientID) continue;
      const chosen = rangeOf(this.#awareness.states.get(client)?.[field]) !== undefined;
      if (chosen || ofClients(shown, new Set([client])).length > 0) this.#changed.add(client);
    }
    if (this.#changed.size > 0) this.#asked ||= requestAnimationFrame(this.#draw);
  };

  readonly #draw = (): void => {
    this.#asked = 0;
    const clients = new Set(this.#changed);
    this.#changed.clear();
    if (!this.#view.isDestroyed) this.#view.dispatch(this.#view.state.tr.setMeta(key, clients).setMeta("addToHistory", false));
  };

  readonly #tell = (): void => {
    const places = this.#view.hasFocus() ? this.#binding.carets() : undefined;
    const said = JSON.stringify(places ?? null);
    if (said === this.#told) return;
    this.#told = said;
    this.#awareness.setLocalStateField(field, places ?? null);
  };

  update(view: EditorView, before: EditorState): void {
    if (view.state.doc !== before.doc || !view.state.selection.eq(before.selection)) this.#tell();
  }

  destroy(): void {
    cancelAnimationFrame(this.#asked);
    this.#awareness.off("change", this.#hear);
    this.#view.dom.removeEventListener("focusin", this.#tell);
    this.#view.dom.removeEventListener("focusout", this.#tell);
  }
}
