// What people do. An act draws what it needs from its own dice and from what stands in the editor at
// that moment, so that a session still makes sense when acts are left out of it.
import { toggleMark } from "prosemirror-commands";
import type { Slice } from "prosemirror-model";
import { AllSelection, type EditorState, TextSelection } from "prosemirror-state";
import { placeOf } from "./caret.ts";
import type { Random } from "./fixed.ts";
import { Broken, type Ledger, type Word } from "./ledger.ts";
import { wordLength } from "./scan.ts";
import { type Editor, lines, textOf } from "./site.ts";

export type ActName =
  | "type" | "burst" | "caret" | "select" | "selectAll" | "typeOver" | "delete" | "backspace" | "split" | "break" | "joinBack" | "joinForward"
  | "heading" | "list" | "indent" | "box" | "mark" | "link"
  | "card" | "removeCard" | "moveCard" | "putBack" | "cut" | "copy" | "paste" | "undo" | "redo"
  | "table" | "row" | "column" | "removeRow" | "removeColumn" | "header" | "removeTable"
  | "compose" | "composed";

/** How often people do what. */
export const weights: Record<ActName, number> = {
  type: 90, burst: 110, caret: 60, select: 25, selectAll: 2, typeOver: 12, delete: 14, backspace: 10, split: 45, break: 8, joinBack: 18,
  joinForward: 12, heading: 22, list: 28, indent: 18, box: 16, mark: 22, link: 6, card: 18, removeCard: 10, moveCard: 18, putBack: 8,
  cut: 16, copy: 4, paste: 22, undo: 26, redo: 14, table: 5, row: 8, column: 7, removeRow: 4, removeColumn: 4, header: 3, removeTable: 2,
  compose: 8, composed: 8,
};

/** Somebody at work in an editor. */
export interface Person {
  readonly name: string;
  readonly editor: Editor;
  open: Word | undefined;
  clipboard: Slice | undefined;
  composing: boolean;
}

/** What an act was about, so that what it did can be judged. */
export interface About {
  did: boolean;
  /** Words that the act may take away, whole or in part. */
  removes(word: Word): "whole" | "part" | undefined;
  /** Whether words may come (back) that were not typed. */
  brings: boolean;
  /** Names of values that may change of paragraphs that were there; undefined: any. */
  names: readonly string[] | undefined;
  /** What the act is about and the editor does not know, as JSON: the placeholder of an embed can be taken away. */
  embed?: string;
  /** Whether the caret must stay where it stands. */
  keepsCaret: boolean;
  undo: boolean;
  detail: string;
}

const typingActs: readonly ActName[] = ["type", "burst", "compose", "composed"];

const nothing = (): undefined => undefined;
const wholeWord = new RegExp(`[A-Z][a-z]{${wordLength - 1}}`, "g");
const anyRun = /[A-Z][a-z]*|[a-z]+/g;

function about(did: boolean, more: Partial<About> = {}): About {
  return { did, removes: nothing, brings: false, names: [], keepsCaret: false, undo: false, detail: "", ...more };
}

/** Which words lie in the ranges of a selection, and whether wholly. */
export function covered(state: EditorState, from = state.selection.from, to = state.selection.to): Map<string, "whole" | "part"> {
  const out = new Map<string, "whole" | "part">();
  for (const { node, pos } of lines(state.doc)) {
    const text = textOf(node);
    if (pos > to || pos + text.length < from) continue;
    for (const found of text.matchAll(wholeWord)) {
      const start = pos + found.index;
      const end = start + wordLength;
      if (end <= from || start >= to) continue;
      out.set(found[0], start >= from && end <= to ? "whole" : "part");
    }
  }
  return out;
}

/** The words of a card, which go with it where words lie at their place. */
function inCard(state: EditorState, id: string): Map<string, "whole" | "part"> {
  let out = new Map<string, "whole" | "part">();
  state.doc.descendants((node, pos) => {
    if (node.attrs["id"] === id) out = covered(state, pos, pos + node.nodeSize);
    return !node.isTextblock;
  });
  return out;
}

/** The word in which an empty selection stands, when it does not stand at its border. */
function inside(state: EditorState): string | undefined {
  if (!state.selection.empty) return undefined;
  const at = state.selection.from;
  for (const [token] of covered(state, at, at)) return token;
  const $at = state.selection.$from;
  if (!$at.parent.isTextblock) return undefined;
  for (const found of textOf($at.parent).matchAll(wholeWord)) {
    if (found.index < $at.parentOffset && $at.parentOffset < found.index + wordLength) return found[0];
  }
  return undefined;
}

/** The unfinished word that ends where a caret stands. */
function pieceBefore(state: EditorState): string {
  const $at = state.selection.$from;
  if (!$at.parent.isTextblock) return "";
  const text = textOf($at.parent).slice(0, $at.parentOffset);
  const run = /[A-Z][a-z]*$/.exec(text)?.[0] ?? "";
  return run.length < wordLength ? run : "";
}

/** Offsets in a line at which no word is taken apart. */
function borders(text: string): number[] {
  const out = new Set<number>();
  for (let i = 0; i <= text.length; i++) out.add(i);
  for (const run of text.matchAll(anyRun)) {
    for (let i = 1; i < run[0].length; i++) out.delete(run.index + i);
    if (run[0].length < wordLength) out.delete(run.index + run[0].length);
  }
  return [...out];
}

function spot(person: Person, random: Random, within?: (pos: number) => boolean): number | undefined {
  let all = lines(person.editor.state.doc);
  if (within !== undefined) all = all.filter((line) => within(line.pos));
  if (all.length === 0) return undefined;
  const line = random.pick(all);
  const text = textOf(line.node);
  const list = random.chance(0.012) ? undefined : borders(text);
  if (list !== undefined && list.length === 0) return undefined;
  const ends = random.chance(0.3);
  const offset =
    list === undefined ? random.int(text.length + 1) : ends ? (list[random.chance(0.5) ? 0 : list.length - 1] as number) : random.pick(list);
  return line.pos + offset;
}

function select(person: Person, anchor: number, head: number): void {
  const { editor } = person;
  editor.dispatch(editor.state.tr.setSelection(TextSelection.create(editor.state.doc, anchor, head)));
}

function selectSome(person: Person, random: Random): boolean {
  const { state } = person.editor;
  const anchor = spot(person, random);
  if (anchor === undefined) return false;
  let head: number | undefined;
  const how = random.weighted({ near: 6, far: 3 });
  if (how === "near") {
    const $a = state.doc.resolve(anchor);
    const list = borders(textOf($a.parent)).map((offset) => $a.start() + offset);
    head = list.length === 0 ? anchor : random.pick(list);
  } else head = spot(person, random);
  if (head === undefined) return false;
  select(person, anchor, head);
  return true;
}

export class Acts {
  private readonly ledger: Ledger;
  private readonly names = new Set<string>();
  /** Keys that an editor turned away. */
  refused = 0;
  /** Words that became whole since somebody last looked. */
  done: Word[] = [];
  /** Whether the model keeps words and carets apart from the nodes: then more is promised. */
  private readonly exact: boolean;
  /** Called when the person has chosen where to act, and just before they do. */
  chosen: () => void = () => {};

  constructor(ledger: Ledger, exact: boolean) {
    this.ledger = ledger;
    this.exact = exact;
  }

  /** A word that was not used before, and that makes none that was while it is typed in front of `following`.
   * Few different letters, so that a comparison of texts is led astray. */
  token(by: string, random: Random, following = ""): string {
    // With its first letter alone it may spell one whatever its others are.
    const taken = (token: string): boolean =>
      this.names.has(token) || [1, 2, 3, 4].some((n) => following.length >= n && this.names.has(token.slice(0, wordLength - n) + following.slice(0, n)));
    for (;;) {
      let token = by;
      while (token.length < wordLength) token += random.pick(["a", "e", "n", "o", "r", "t"]);
      if (taken(token)) continue;
      this.names.add(token);
      return token;
    }
  }

  /** Does an act. Returns what it was about. */
  do(name: ActName, person: Person, random: Random): About {
    return this.acts[name](person, random);
  }

  /** Whether a person finishes what they type before this act. */
  interrupts(name: ActName): boolean {
    return !typingActs.includes(name);
  }

  finish(person: Person): About {
    const word = person.open;
    this.letters(person, wordLength);
    return about(true, { detail: word?.token ?? "" });
  }

  /** Types letters of the open word. Whoever has lost their caret stops. */
  letters(person: Person, many: number): void {
    const { editor } = person;
    for (let i = 0; i < many && person.open !== undefined; i++) {
      const word = person.open;
      const typed = word.token.slice(0, word.letters);
      if (typed !== "") {
        const $at = editor.state.selection.$from;
        const before = $at.parent.isTextblock ? textOf($at.parent).slice(0, $at.parentOffset) : "";
        if (!editor.hasCaret || !editor.state.selection.empty || (word.broken && !before.endsWith(typed))) {
          this.ledger.break(word);
          person.open = undefined;
          return;
        }
        if (this.exact && !before.endsWith(typed)) {
          throw new Broken(5, `${person.name} typed ${typed} and the caret stands behind "${before.slice(-8)}"`);
        }
      }
      const was = editor.state.doc;
      editor.dispatch(editor.state.tr.insertText(word.token[word.letters] as string));
      if (editor.state.doc === was) {
        this.refused++;
        this.ledger.break(word);
        person.open = undefined;
        return;
      }
      word.letters++;
      if (word.letters < wordLength) continue;
      person.open = undefined;
      this.done.push(word);
    }
  }

  /** Who has no caret in a line chooses one before they type. */
  private settle(person: Person, random: Random): boolean {
    const { editor } = person;
    if (editor.hasCaret && editor.state.selection.$from.parent.isTextblock) return true;
    const at = spot(person, random);
    if (at !== undefined) select(person, at, at);
    return at !== undefined;
  }

  private begin(person: Person, random: Random): void {
    const { editor } = person;
    const { state } = editor;
    const piece = pieceBefore(state);
    if (piece !== "") this.ledger.writtenBehind(person.name, piece);
    const $at = state.selection.$from;
    const before = textOf($at.parent).slice(0, $at.parentOffset);
    if (/[A-Za-z]$/.test(before) && random.chance(0.7)) editor.dispatch(state.tr.insertText(" "));
    const [following = ""] = /^[a-z]*/.exec(textOf($at.parent).slice($at.parentOffset)) ?? [];
    person.open = this.ledger.begin(this.token(person.name, random, following), person.name);
    // Letters of others that follow at once could be taken for its own.
    if (piece !== "" || following !== "") this.ledger.break(person.open);
  }

  private typing(person: Person, random: Random, many: number): About {
    const { editor } = person;
    if (person.open === undefined && !this.settle(person, random)) return about(false);
    const within = inside(editor.state);
    const cover = person.open === undefined ? covered(editor.state) : new Map<string, "whole" | "part">();
    if (within !== undefined) cover.set(within, "part");
    const names = person.open === undefined && !editor.state.selection.empty ? undefined : [];
    if (person.open === undefined) this.begin(person, random);
    const word = person.open;
    this.breakParts(cover);
    this.letters(person, many);
    if (person.open === undefined && editor.hasCaret && random.chance(0.5)) {
      // Who had to stop may stand behind a letter of somebody else by now.
      this.behindPiece(person);
      editor.dispatch(editor.state.tr.insertText(" "));
    }
    return about(true, { removes: (w) => cover.get(w.token), names, detail: word?.token.slice(0, word.letters) ?? "" });
  }

  /** Lets a command act on the selection, or on a new one. */
  private command(person: Person, random: Random, run: (() => boolean) | undefined, more: Partial<About> = {}): About {
    if (run === undefined) return about(false);
    if (!this.place(person, random)) return about(false);
    this.chosen();
    this.behindPiece(person);
    this.behindOpen(person);
    return about(run(), more);
  }

  private place(person: Person, random: Random): boolean {
    if (!person.editor.hasCaret || random.chance(0.5)) {
      const at = spot(person, random);
      if (at === undefined) return false;
      select(person, at, at);
    }
    return true;
  }

  private removing(person: Person, run: () => boolean): About {
    const cover = covered(person.editor.state);
    const within = inside(person.editor.state);
    if (within !== undefined) cover.set(within, "part");
    this.breakParts(cover);
    this.behindPiece(person);
    return about(run(), { removes: (w) => cover.get(w.token), names: undefined });
  }

  /** What is put behind the last letter that somebody typed of a word may come between that and the next. */
  private behindPiece(person: Person): void {
    const piece = pieceBefore(person.editor.state);
    if (piece !== "") this.ledger.writtenBehind(person.name, piece);
  }

  /** What a command puts at the end of a line that has no mark goes behind the last letter there, as at a caret:
   * a mark, or a card. */
  private behindOpen({ name, editor }: Person): void {
    if (!this.exact) return;
    const { doc, selection } = editor.state;
    for (const { node, pos } of lines(doc)) {
      const end = pos + node.content.size;
      const piece = /[A-Z][a-z]*$/.exec(textOf(node))?.[0] ?? "";
      if (end < selection.from || pos > selection.to || piece === "" || piece.length >= wordLength) continue;
      if (placeOf(editor.doc, doc, end, (at) => editor.flowAt(at))?.right?.kind !== "mark") this.ledger.writtenBehind(name, piece);
    }
  }

  /** What is taken apart is no word any more, whatever its letters happen to spell. */
  private breakParts(cover: Map<string, "whole" | "part">): void {
    for (const [token, how] of cover) {
      const word = this.ledger.words.get(token);
      if (how === "part" && word !== undefined) this.ledger.break(word);
    }
  }

  private cardIn(person: Person, random: Random, kind: string): string | undefined {
    const found: string[] = [];
    person.editor.state.doc.descendants((node) => {
      if (node.type.name === kind) found.push(String(node.attrs["id"]));
      return !node.isTextblock;
    });
    return found.length === 0 ? undefined : random.pick(found);
  }

  private inTable(person: Person, random: Random): boolean {
    const { doc } = person.editor.state;
    const at = spot(person, random, (pos) => {
      const $pos = doc.resolve(pos);
      for (let d = $pos.depth; d > 0; d--) if ($pos.node(d).type.name === "table") return true;
      return false;
    });
    if (at === undefined) return false;
    select(person, at, at);
    return true;
  }

  private table(person: Person, random: Random, run: (() => boolean) | undefined): About {
    if (run === undefined || !this.inTable(person, random)) return about(false);
    return about(run());
  }

  private readonly acts: Record<ActName, (person: Person, random: Random) => About> = {
    type: (p, r) => this.typing(p, r, 1 + r.int(4)),
    burst: (p, r) => this.typing(p, r, wordLength),
    caret: (p, r) => {
      const at = spot(p, r);
      if (at === undefined) return about(false);
      select(p, at, at);
      return about(true);
    },
    select: (p, r) => about(selectSome(p, r)),
    selectAll: (p) => {
      p.editor.dispatch(p.editor.state.tr.setSelection(new AllSelection(p.editor.state.doc)));
      return about(true);
    },
    typeOver: (p, r) => {
      if (!selectSome(p, r)) return about(false);
      return this.typing(p, r, wordLength);
    },
    delete: (p, r) => {
      if (p.editor.state.selection.empty && !selectSome(p, r)) return about(false);
      return this.removing(p, () => p.editor.commands.deleteSelection());
    },
    backspace: (p, r) => {
      if (!this.place(p, r)) return about(false);
      const { selection, tr } = p.editor.state;
      if (!selection.empty || selection.$from.parentOffset === 0) return about(false);
      const from = selection.from - 1;
      const cover = covered(p.editor.state, from, selection.from);
      const { nodeBefore } = selection.$from;
      const embed = nodeBefore?.type.name === "unknownInline" ? JSON.stringify(nodeBefore.attrs["value"]) : undefined;
      this.behindPiece(p);
      p.editor.dispatch(tr.delete(from, selection.from));
      return about(true, { removes: (w) => cover.get(w.token), ...(embed !== undefined && { embed }) });
    },
    split: (p, r) => {
      const { split, enter } = p.editor.commands;
      const run = enter !== undefined && r.chance(0.5) ? enter : split;
      if (run === undefined || !this.place(p, r)) return about(false);
      return this.removing(p, () => {
        // What was chosen goes first, and the caret is where that was.
        if (p.editor.state.selection.empty) return run();
        p.editor.commands.deleteSelection();
        this.behindPiece(p);
        return run();
      });
    },
    break: (p, r) => {
      if (!this.place(p, r)) return about(false);
      const type = p.editor.schema.nodes["hardBreak"];
      if (type === undefined || !p.editor.state.selection.$from.parent.isTextblock) return about(false);
      return this.removing(p, () => {
        p.editor.dispatch(p.editor.state.tr.replaceSelectionWith(type.create()));
        return true;
      });
    },
    joinBack: (p, r) => {
      const all = lines(p.editor.state.doc);
      const { backspace, joinBackward } = p.editor.commands;
      const run = backspace !== undefined && r.chance(0.5) ? backspace : joinBackward;
      if (all.length === 0 || run === undefined) return about(false);
      const line = r.pick(all);
      select(p, line.pos, line.pos);
      return about(run(), { names: undefined });
    },
    joinForward: (p, r) => {
      const all = lines(p.editor.state.doc);
      const run = p.editor.commands.joinForward;
      if (all.length === 0 || run === undefined) return about(false);
      const line = r.pick(all);
      const end = line.pos + line.node.content.size;
      select(p, end, end);
      return about(run(), { names: undefined });
    },
    heading: (p, r) => {
      const level = 2 + r.int(3);
      const run = p.editor.commands.toggleHeading;
      return this.command(p, r, run && (() => run(level)), { names: ["kind", "level"], keepsCaret: true });
    },
    list: (p, r) => {
      const kind = r.pick(["bullet", "ordered"] as const);
      const run = p.editor.commands.toggleList;
      return this.command(p, r, run && (() => run(kind)), { names: ["list", "indent", "start"], keepsCaret: true });
    },
    indent: (p, r) => {
      const by = r.chance(0.65) ? 1 : -1;
      const run = p.editor.commands.indent;
      return this.command(p, r, run && (() => run(by)), { names: ["list", "indent", "start"], keepsCaret: true });
    },
    box: (p, r) => {
      const kind = r.pick(["note", "term", "principle", "quote"]);
      const run = p.editor.commands.toggleBox;
      return this.command(p, r, run && (() => run(kind)), { names: ["box"], keepsCaret: true });
    },
    mark: (p, r) => {
      if (p.editor.state.selection.empty && !selectSome(p, r)) return about(false);
      const type = p.editor.schema.marks[r.pick(["bold", "italic", "strike", "code"])] ?? p.editor.schema.marks["bold"];
      if (type === undefined) return about(false);
      this.chosen();
      const did = toggleMark(type)(p.editor.state, (tr) => p.editor.dispatch(tr));
      return about(did, { keepsCaret: true, detail: type.name });
    },
    link: (p, r) => {
      if (p.editor.state.selection.empty && !selectSome(p, r)) return about(false);
      const type = p.editor.schema.marks["link"];
      if (type === undefined || p.editor.state.selection.empty) return about(false);
      const { from, to } = p.editor.state.selection;
      this.chosen();
      p.editor.dispatch(p.editor.state.tr.addMark(from, to, type.create({ href: `https://example.org/${p.name}${r.int(9)}` })));
      return about(true, { keepsCaret: true });
    },
    card: (p, r) => {
      const id = `${p.name}c${r.int(1 << 30).toString(36)}`;
      const run = p.editor.commands.insertCard;
      return this.command(p, r, run && (() => run("requirement", id)), { detail: id });
    },
    removeCard: (p, r) => {
      const id = this.cardIn(p, r, "requirement");
      const run = p.editor.commands.removeCard;
      if (id === undefined || run === undefined) return about(false);
      const goes = this.exact ? new Map<string, "whole" | "part">() : inCard(p.editor.state, id);
      return about(run("requirement", id), { detail: id, removes: (w) => goes.get(w.token) });
    },
    moveCard: (p, r) => {
      const kind = r.chance(0.8) ? "requirement" : "table";
      const id = this.cardIn(p, r, kind);
      const run = p.editor.commands.moveCard;
      const to = r.pick(["up", "down"] as const);
      return id === undefined || run === undefined ? about(false) : about(run(kind, id, to), { detail: `${id} ${to}` });
    },
    putBack: (p, r) => {
      const run = p.editor.commands.putBack;
      const gone = [...p.editor.doc.getMap("removed").keys()].filter((key) => /^requirement:[^:]+$/.test(key));
      if (gone.length === 0 || run === undefined) return about(false);
      const id = r.pick(gone).slice("requirement:".length);
      return about(run("requirement", id), { detail: id });
    },
    cut: (p, r) => {
      if (p.editor.state.selection.empty && !selectSome(p, r)) return about(false);
      p.clipboard = p.editor.state.selection.content();
      return this.removing(p, () => p.editor.commands.deleteSelection());
    },
    copy: (p, r) => {
      if (!selectSome(p, r)) return about(false);
      p.clipboard = p.editor.state.selection.content();
      return about(true);
    },
    paste: (p, r) => {
      const slice = p.clipboard;
      if (slice === undefined || !this.place(p, r)) return about(false);
      p.clipboard = undefined;
      return {
        ...this.removing(p, () => {
          p.editor.paste(slice);
          return true;
        }),
        brings: true,
      };
    },
    undo: (p) => this.history(p, () => p.editor.commands.undo()),
    redo: (p) => this.history(p, () => p.editor.commands.redo()),
    table: (p, r) => {
      const run = p.editor.commands.insertTable;
      const [rows, columns] = [1 + r.int(3), 1 + r.int(3)];
      return this.command(p, r, run && (() => run(rows, columns)));
    },
    row: (p, r) => {
      const run = p.editor.commands.addRow;
      const where = r.pick(["before", "after"] as const);
      return this.table(p, r, run && (() => run(where)));
    },
    column: (p, r) => {
      const run = p.editor.commands.addColumn;
      const where = r.pick(["before", "after"] as const);
      return this.table(p, r, run && (() => run(where)));
    },
    removeRow: (p, r) => this.table(p, r, p.editor.commands.removeRow),
    removeColumn: (p, r) => this.table(p, r, p.editor.commands.removeColumn),
    header: (p, r) => this.table(p, r, p.editor.commands.toggleHeader),
    removeTable: (p, r) => this.table(p, r, p.editor.commands.removeTable),
    compose: (p, r) => {
      if (p.composing) return about(false);
      p.composing = true;
      p.editor.compose(true);
      return this.typing(p, r, 1 + r.int(3));
    },
    composed: (p, r) => (p.composing ? this.typing(p, r, 2) : about(false)),
  };

  private history(person: Person, run: () => boolean): About {
    return about(run(), {
      removes: (w) => (w.by === person.name || [w.removedBy, w.backBy].some((who) => who.has(person.name) || who.has("S")) ? "whole" : undefined),
      brings: true,
      names: undefined,
      undo: true,
    });
  }
}
