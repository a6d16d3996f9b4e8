// A requirement in the text: a stable id, a statement and a rationale. Its key and what was decided
// about it are the server's; the card shows them and no text can change them.
import { type CommandProps, type Editor, mergeAttributes, Node } from "@tiptap/core";
import type { Node as PMNode } from "@tiptap/pm/model";
import { type EditorState, Plugin, TextSelection, type Transaction } from "@tiptap/pm/state";
import type { NodeView } from "@tiptap/pm/view";
import type { Say } from "./config.ts";
import { newID } from "./id.ts";
import type { Keys } from "./keys.ts";

declare module "@tiptap/core" {
  interface Commands<ReturnType> {
    requirement: {
      /** Puts an empty requirement after the block with the caret, and the caret in its statement. */
      insertRequirement: () => ReturnType;
      /** Removes the requirement with the caret in it. */
      removeRequirement: () => ReturnType;
      /** Goes on with ordinary text after the requirement. */
      leaveRequirement: () => ReturnType;
    };
  }
}

export interface RequirementOptions {
  say: Say;
  keys: Keys;
  /** Address of the form of a requirement, without its id. */
  form: string;
}

function piece(name: "statement" | "rationale", say: Say): Node {
  return Node.create({
    name,
    group: "block",
    content: "block*",
    defining: true,
    parseHTML: () => [{ tag: `div[data-block="${name}"]` }],
    renderHTML: ({ HTMLAttributes }) => [
      "div",
      mergeAttributes(HTMLAttributes, {
        "data-block": name,
        "data-label": say(name),
        class: `sw-requirement__${name}`,
      }),
      0,
    ],
  });
}

export function requirement(options: RequirementOptions): Node[] {
  return [
    Node.create<RequirementOptions>({
      name: "requirement",
      group: "block",
      content: "block*",
      defining: true,
      isolating: true,
      addAttributes: () => ({
        id: {
          default: "",
          parseHTML: (element) => element.getAttribute("data-requirement") ?? "",
          renderHTML: (attributes) => ({ "data-requirement": String(attributes["id"]) }),
        },
      }),
      parseHTML: () => [{ tag: "section[data-requirement]" }],
      renderHTML: ({ HTMLAttributes }) => ["section", HTMLAttributes, 0],
      addNodeView: () => ({ node }) => new Card(node, options),
      addCommands: () => ({
        insertRequirement: () => (props) => insert(props, options.keys),
        removeRequirement: () => remove,
        leaveRequirement: () => leave,
      }),
      addKeyboardShortcuts() {
        return {
          "Mod-Shift-e": () => this.editor.commands.insertRequirement(),
          "Mod-Enter": () => this.editor.commands.leaveRequirement(),
          Enter: () => onEnter(this.editor),
          Backspace: () => onBackspace(this.editor),
        };
      },
      addProseMirrorPlugins: () => [uniqueIDs()],
    }),
    piece("statement", options.say),
    piece("rationale", options.say),
  ];
}

/** The card: its key above, what was decided below, and in between the text. */
class Card implements NodeView {
  readonly dom = document.createElement("section");
  readonly contentDOM = document.createElement("div");
  readonly #options: RequirementOptions;
  readonly #key = document.createElement("span");
  readonly #facts = document.createElement("span");
  readonly #link = document.createElement("a");
  readonly #stop: () => void;
  #id = "";

  constructor(node: PMNode, options: RequirementOptions) {
    this.#options = options;
    this.dom.className = "sw-requirement";
    this.#key.className = "sw-requirement__key";
    this.#key.contentEditable = "false";
    const line = document.createElement("div");
    line.className = "sw-requirement__line";
    line.contentEditable = "false";
    this.#link.textContent = options.say("asForm");
    line.append(this.#facts, this.#link);
    // The text comes last, shown above the line: a browser selects nothing when what it may not edit
    // ends the document.
    this.dom.append(this.#key, line, this.contentDOM);
    this.#show(String(node.attrs["id"]));
    this.#stop = options.keys.observe(() => this.#show(this.#id));
  }

  #show(id: string): void {
    this.#id = id;
    const known = this.#options.keys.of(id);
    this.dom.id = `eis-${id}`;
    this.dom.dataset["requirement"] = id;
    this.#key.textContent = known?.key ?? this.#options.say("pendingKey");
    this.#facts.textContent = known?.facts ?? "";
    this.#link.hidden = !known;
    this.#link.href = this.#options.form + id;
    // Without a key of its own a card has no name, and is no landmark beside others of the same name.
    if (known) this.dom.setAttribute("aria-label", this.#options.say("requirementLabel", { key: known.key }));
    else this.dom.removeAttribute("aria-label");
  }

  update(node: PMNode): boolean {
    if (node.type.name !== "requirement") return false;
    if (node.attrs["id"] !== this.#id) this.#show(String(node.attrs["id"]));
    return true;
  }

  selectNode(): void {
    this.dom.classList.add("sw-requirement--selected");
  }

  deselectNode(): void {
    this.dom.classList.remove("sw-requirement--selected");
  }

  /** The link in the card is the browser's to follow. */
  stopEvent(event: Event): boolean {
    return event.target === this.#link;
  }

  ignoreMutation(mutation: { target: globalThis.Node; type: string }): boolean {
    return mutation.type !== "selection" && !this.contentDOM.contains(mutation.target);
  }

  destroy(): void {
    this.#stop();
  }
}

/** The requirement around the caret. */
export function requirementAt(state: EditorState): { node: PMNode; pos: number; depth: number } | undefined {
  const { $from } = state.selection;
  for (let depth = $from.depth; depth > 0; depth--) {
    const node = $from.node(depth);
    if (node.type.name === "requirement") return { node, pos: $from.before(depth), depth };
  }
  return undefined;
}

function insert({ state, tr, dispatch }: CommandProps, keys: Keys): boolean {
  const { nodes } = state.schema;
  const paragraph = () => nodes["paragraph"]?.create();
  const id = newID();
  const node = nodes["requirement"]?.create({ id }, [
    nodes["statement"]?.create(null, paragraph()),
    nodes["rationale"]?.create(null, paragraph()),
  ].filter((n) => n !== undefined));
  if (!node) return false;
  if (!dispatch) return true;
  const { from, to } = placeFor(state);
  tr.replaceWith(from, to, node);
  tr.setSelection(TextSelection.near(tr.doc.resolve(from + 1))).scrollIntoView();
  void keys.add(id);
  return true;
}

/** Where a new card goes: after the block with the caret, within its section; in place of an empty line. */
export function placeFor(state: EditorState): { from: number; to: number } {
  const { $to } = state.selection;
  let depth = 1;
  while (depth <= $to.depth && $to.node(depth).type.name === "section") depth++;
  if (depth > $to.depth) return { from: $to.pos, to: $to.pos };
  const block = $to.node(depth);
  const empty = block.type.name === "paragraph" && block.content.size === 0;
  return { from: empty ? $to.before(depth) : $to.after(depth), to: $to.after(depth) };
}

function remove({ state, tr, dispatch }: CommandProps): boolean {
  const found = requirementAt(state);
  if (!found) return false;
  if (dispatch) tr.delete(found.pos, found.pos + found.node.nodeSize).scrollIntoView();
  return true;
}

function leave({ state, tr, dispatch }: CommandProps): boolean {
  const found = requirementAt(state);
  if (!found) return false;
  if (dispatch) paragraphAfter(tr, found.pos + found.node.nodeSize);
  return true;
}

/** Puts the caret in the empty line at pos, which is made when it is not there. */
function paragraphAfter(tr: Transaction, pos: number): void {
  const next = tr.doc.nodeAt(pos);
  if (next?.type.name !== "paragraph" || next.content.size > 0) {
    const line = tr.doc.type.schema.nodes["paragraph"]?.create();
    if (line) tr.insert(pos, line);
  }
  tr.setSelection(TextSelection.create(tr.doc, pos + 1)).scrollIntoView();
}

/** Enter at the end of a statement goes to the rationale; on an empty last line of it, out of the card. */
function onEnter(editor: Editor): boolean {
  const { $from, empty } = editor.state.selection;
  const found = requirementAt(editor.state);
  if (!found || !empty || $from.depth !== found.depth + 2) return false;
  const holder = $from.node(-1);
  const last = $from.index(-1) === holder.childCount - 1;
  if (!last || $from.parentOffset !== $from.parent.content.size) return false;
  if (holder.type.name === "statement") {
    const after = $from.after(-1);
    const next = editor.state.doc.nodeAt(after);
    if (next?.type.name !== "rationale" || next.childCount === 0) return false;
    return editor.commands.setTextSelection(after + 2);
  }
  if (holder.type.name !== "rationale" || $from.parent.content.size > 0) return false;
  return editor.commands.command(({ tr }) => {
    let end = found.pos + found.node.nodeSize;
    if (holder.childCount > 1) {
      tr.delete($from.before(), $from.after());
      end = tr.mapping.map(end);
    }
    paragraphAfter(tr, end);
    return true;
  });
}

/** Backspace in a card without any text removes the card. */
function onBackspace(editor: Editor): boolean {
  const { empty } = editor.state.selection;
  const found = requirementAt(editor.state);
  if (!found || !empty || found.node.textContent !== "") return false;
  return editor.commands.removeRequirement();
}

/** Where every requirement stands, by id. */
function places(doc: PMNode): Map<string, number[]> {
  const found = new Map<string, number[]>();
  doc.descendants((node, pos) => {
    if (node.type.name !== "requirement") return true;
    const id = String(node.attrs["id"]);
    found.set(id, [...(found.get(id) ?? []), pos]);
    return false;
  });
  return found;
}

/**
 * A requirement that is copied is another requirement, and gets another id; one that is moved keeps
 * its own. What others do is left alone: their editors see to it, and two that mend never agree.
 */
export function uniqueIDs(): Plugin {
  return new Plugin({
    appendTransaction(transactions, before, after) {
      const changed = transactions.filter((tr) => tr.docChanged);
      if (changed.length === 0 || changed.some((tr) => tr.getMeta("y-sync$") !== undefined)) return null;
      const tr = after.tr;
      const old = places(before.doc);
      for (const [id, positions] of places(after.doc)) {
        if (id !== "" && positions.length < 2) continue;
        const stayed = (old.get(id) ?? []).map((pos) =>
          changed.reduce((at, one) => one.mapping.map(at), pos),
        );
        const keep = id === "" ? undefined : (positions.find((pos) => stayed.includes(pos)) ?? positions[0]);
        for (const pos of positions) {
          if (pos !== keep) tr.setNodeAttribute(pos, "id", newID());
        }
      }
      return tr.docChanged ? tr : null;
    },
  });
}

/** Gives a requirement whose id another document uses a new one. */
export function replaceID(editor: Editor, id: string, instead: string): void {
  const [pos] = places(editor.state.doc).get(id) ?? [];
  if (pos === undefined) return;
  editor.view.dispatch(editor.state.tr.setNodeAttribute(pos, "id", instead));
}
