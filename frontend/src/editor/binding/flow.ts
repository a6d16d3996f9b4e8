// One flow as blocks: what is shown of it, what is hidden, and how long each piece is in the shared
// text. It is spliced by what changed and never read again.
import * as Y from "yjs";
import { type Attrs, markOf, noAttrs, type Reference, referenceOf } from "./model.ts";

/** A run of characters, or one embed. Lengths are those in the shared text, in UTF-16 units. */
export type Token = Characters | Embed;

export interface Characters {
  readonly text: string;
  readonly attrs: Attrs;
}

export interface Embed {
  readonly embed: unknown;
  readonly attrs: Attrs;
  /** The paragraph that it ends, when it is a mark. */
  readonly mark: string | undefined;
  readonly reference: Reference | undefined;
  /** Marks and references show nothing where another of the same id is the one that counts. */
  hidden: boolean;
}

export const isCharacters = (token: Token): token is Characters => "text" in token;
const lengthOf = (token: Token): number => (isCharacters(token) ? token.text.length : 1);
/** Is it part of a paragraph's line, so that a caret can stand behind it? */
export const inLine = (token: Token): boolean =>
  isCharacters(token) || (!token.hidden && token.mark === undefined && token.reference === undefined);

/** How many characters the line of a block shows. */
export const charactersIn = (block: Block): number =>
  block.tokens.reduce((sum, token) => sum + (!inLine(token) ? 0 : lengthOf(token)), 0);

export interface Block {
  readonly tokens: readonly Token[];
  readonly length: number;
  /** How it ends: with a mark, as a card, at a card or at the end of the flow; or nothing of it is shown. */
  readonly end: "mark" | "card" | "open" | "ghost";
  /** Of the mark; empty without one. */
  readonly id: string;
  readonly reference: Reference | undefined;
}

export interface Splice {
  at: number;
  remove: number;
  insert: Token[];
}

export interface Formatting {
  at: number;
  length: number;
  attrs: Attrs;
}

export function embed(value: unknown, attrs: Attrs, references: boolean): Embed {
  const mark = markOf(value);
  const reference = references && mark === undefined ? referenceOf(value) : undefined;
  // A reference is shown when it is known to be the card; a shared type within another never is.
  return { embed: value, attrs, mark, reference, hidden: reference !== undefined || value instanceof Y.AbstractType };
}

export interface Delta {
  insert?: unknown;
  delete?: number;
  retain?: number;
  attributes?: Record<string, unknown>;
}

export class Flow {
  readonly name: string;
  readonly text: Y.Text;
  /** In order; together they are the whole flow. */
  blocks: Block[] = [];
  /** What the editor shows, as far as it agrees; undefined where it may not. */
  rendered: (Block | undefined)[] = [];
  /** References stand in the body alone; elsewhere they are not known. */
  readonly #references: boolean;
  #marks = new Map<string, number>();

  constructor(name: string, text: Y.Text, references: boolean, found: (token: Embed) => void) {
    this.name = name;
    this.text = text;
    this.#references = references;
    const tokens = this.#tokens(text.toDelta() as Delta[]);
    for (const token of tokens) if (!isCharacters(token) && token.reference) found(token);
    this.#hideMarks(tokens);
    this.blocks = split(joined(tokens));
    if (!this.blocks.some((block) => block.end !== "ghost")) this.blocks.push(nothing());
  }

  get length(): number {
    return this.blocks.reduce((sum, block) => sum + block.length, 0);
  }

  /** The blocks that a reader sees. */
  shown(): Block[] {
    return this.blocks.some((block) => block.end === "ghost") ? this.blocks.filter((block) => block.end !== "ghost") : this.blocks;
  }

  /** The tokens of a block that is not there any more live on in others; a block is never changed. */
  replace(block: Block): void {
    const at = this.blocks.indexOf(block);
    if (at >= 0) this.blocks[at] = { ...block };
  }

  /** Where a block begins in the shared text. */
  startOf(block: Block): number {
    let at = 0;
    for (const one of this.blocks) {
      if (one === block) return at;
      at += one.length;
    }
    throw new Error("the block is of another flow");
  }

  /** The block in which a place of the shared text lies, and where in it. A place at a border belongs to
   * the block that begins there; before a card to the open paragraph in front of it. */
  find(index: number): { block: Block; from: number } {
    let at = 0;
    for (let i = 0; i < this.blocks.length; i++) {
      const block = this.blocks[i] as Block;
      const end = at + block.length;
      const here = index < end || i === this.blocks.length - 1 || (index === end && block.end === "open");
      if (here) return { block, from: Math.min(index - at, block.length) };
      at = end;
    }
    throw new Error("a flow without blocks");
  }

  /** Brings a change of the shared text in. Returns the embeds that came and those that went. */
  apply(delta: Delta[]): { came: Embed[]; went: Embed[] } {
    const came: Embed[] = [];
    const went: Embed[] = [];
    const changes: (Splice | Formatting)[] = [];
    let at = 0;
    let open: Splice | undefined;
    for (const op of delta) {
      if (op.retain !== undefined) {
        if (op.attributes) changes.push({ at, length: op.retain, attrs: op.attributes });
        at += op.retain;
        open = undefined;
        continue;
      }
      if (!open) changes.push((open = { at, remove: 0, insert: [] }));
      if (op.delete !== undefined) {
        open.remove += op.delete;
        at += op.delete;
      } else {
        const tokens = this.#tokens([op]);
        open.insert.push(...tokens);
        for (const token of tokens) if (!isCharacters(token)) came.push(token);
      }
    }
    for (const change of changes.reverse()) {
      const last = this.#cut(change.at, "insert" in change ? change.remove : change.length);
      let { middle } = last;
      if ("insert" in change) {
        for (const token of middle) if (!isCharacters(token)) went.push(token);
        middle = change.insert;
      } else {
        middle = middle.map((token) => formatted(token, change.attrs));
      }
      this.#put(last, middle);
    }
    this.#recountMarks(came, went);
    return { came, went };
  }

  /** Takes in that some embeds show now, or show nothing any more. */
  reveal(tokens: ReadonlySet<Embed>): void {
    for (let i = this.blocks.length - 1; i >= 0; i--) {
      if (!this.blocks[i]?.tokens.some((token) => !isCharacters(token) && tokens.has(token))) continue;
      this.#put({ from: i, to: i + 1, before: [], after: [] }, [...(this.blocks[i]?.tokens ?? [])]);
    }
  }

  #tokens(delta: Delta[]): Token[] {
    return delta.map((op) => {
      const attrs = op.attributes && Object.keys(op.attributes).length > 0 ? op.attributes : noAttrs;
      return typeof op.insert === "string" ? { text: op.insert, attrs } : embed(op.insert, attrs, this.#references);
    });
  }

  /** Takes the blocks around a piece apart. */
  #cut(at: number, length: number): Piece & { middle: Token[] } {
    let from = 0;
    let start = 0;
    // A place at a border belongs to both sides; what is put there may join either.
    while (from < this.blocks.length - 1 && start + (this.blocks[from] as Block).length < at) start += (this.blocks[from++] as Block).length;
    let to = from;
    let end = start;
    while (to < this.blocks.length && (end < at + length || to === from)) end += (this.blocks[to++] as Block).length;
    const tokens = this.blocks.slice(from, to).flatMap((block) => block.tokens);
    const [before, rest] = divide(tokens, at - start);
    const [middle, after] = divide(rest, length);
    return { from, to, before, middle, after };
  }

  /** Puts tokens between, and makes blocks anew as far as it matters. */
  #put({ from, to, before, after }: Piece, middle: Token[]): void {
    // A block that did not end by itself may go on, and what ended nothing may join what follows.
    while (from > 0 && !ended(this.blocks[from - 1] as Block)) before = [...(this.blocks[--from] as Block).tokens, ...before];
    const last = (): Token | undefined => after.at(-1) ?? middle.at(-1) ?? before.at(-1);
    while (to < this.blocks.length && !endedBy(last())) after = [...after, ...(this.blocks[to++] as Block).tokens];
    this.blocks.splice(from, to - from, ...split(joined([...before, ...middle, ...after])));
    if (this.blocks.some((block) => block.length === 0)) this.blocks = this.blocks.filter((block) => block.length > 0);
    if (!this.blocks.some((block) => block.end !== "ghost")) this.blocks = [...this.blocks, nothing()];
  }

  #hideMarks(tokens: Token[]): void {
    const seen = new Map<string, number>();
    for (const token of tokens) {
      if (isCharacters(token) || token.mark === undefined) continue;
      const before = seen.get(token.mark) ?? 0;
      token.hidden = before > 0;
      seen.set(token.mark, before + 1);
    }
    this.#marks = seen;
  }

  /** Two copies of one mark come from two people who both undid; only then all are looked at. */
  #recountMarks(came: Embed[], went: Embed[]): void {
    let twice = false;
    for (const { mark } of came) {
      if (mark === undefined) continue;
      const count = (this.#marks.get(mark) ?? 0) + 1;
      this.#marks.set(mark, count);
      twice ||= count > 1;
    }
    for (const { mark } of went) {
      if (mark === undefined) continue;
      const count = (this.#marks.get(mark) ?? 0) - 1;
      twice ||= count > 0;
      if (count > 0) this.#marks.set(mark, count);
      else this.#marks.delete(mark);
    }
    if (!twice) return;
    const tokens = this.blocks.flatMap((block) => block.tokens);
    const before = new Set(tokens.filter((token): token is Embed => !isCharacters(token) && token.hidden));
    this.#hideMarks(tokens);
    const changed = tokens.filter((token): token is Embed => !isCharacters(token) && token.hidden !== before.has(token));
    if (changed.length > 0) this.reveal(new Set(changed));
  }
}

interface Piece {
  from: number; // of blocks
  to: number;
  before: Token[];
  after: Token[];
}

const ended = (block: Block): boolean => block.end === "mark" || block.end === "card";
const endedBy = (token: Token | undefined): boolean =>
  token !== undefined && !isCharacters(token) && !token.hidden && (token.mark !== undefined || token.reference !== undefined);

function divide(tokens: readonly Token[], length: number): [Token[], Token[]] {
  let at = 0;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as Token;
    const end = at + lengthOf(token);
    if (end <= length) {
      at = end;
      continue;
    }
    if (at === length || !isCharacters(token)) return [tokens.slice(0, i), tokens.slice(i)];
    const first = { text: token.text.slice(0, length - at), attrs: token.attrs };
    const rest = { text: token.text.slice(length - at), attrs: token.attrs };
    return [[...tokens.slice(0, i), first], [rest, ...tokens.slice(i + 1)]];
  }
  return [[...tokens], []];
}

function formatted(token: Token, given: Attrs): Token {
  const attrs: Record<string, unknown> = { ...token.attrs };
  for (const [name, value] of Object.entries(given)) {
    if (value === null) delete attrs[name];
    else attrs[name] = value;
  }
  const kept = Object.keys(attrs).length > 0 ? attrs : noAttrs;
  // An embed keeps its identity: others refer to it.
  return isCharacters(token) ? { text: token.text, attrs: kept } : Object.assign(token, { attrs: kept });
}

export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const x = a as Record<string, unknown>;
  const y = b as Record<string, unknown>;
  const names = Object.keys(x);
  return names.length === Object.keys(y).length && names.every((name) => name in y && sameValue(x[name], y[name]));
}

/** Characters with the same attributes become one run. */
function joined(tokens: Token[]): Token[] {
  const out: Token[] = [];
  for (const token of tokens) {
    const last = out.at(-1);
    if (isCharacters(token) && token.text === "") continue;
    if (last && isCharacters(last) && isCharacters(token) && sameValue(last.attrs, token.attrs)) {
      out[out.length - 1] = { text: last.text + token.text, attrs: last.attrs };
    } else {
      out.push(token);
    }
  }
  return out;
}

/** The empty paragraph of a flow that shows nothing. */
const nothing = (): Block => ({ tokens: [], length: 0, end: "open", id: "", reference: undefined });

function split(tokens: readonly Token[]): Block[] {
  const blocks: Block[] = [];
  let gathered: Token[] = [];
  let something = false;
  const push = (end: Block["end"], id = "", reference?: Reference): void => {
    const length = gathered.reduce((sum, token) => sum + lengthOf(token), 0);
    blocks.push({ tokens: gathered, length, end, id, reference });
    gathered = [];
    something = false;
  };
  for (const token of tokens) {
    if (isCharacters(token) || !endedBy(token)) {
      gathered.push(token);
      something ||= inLine(token);
      continue;
    }
    if (token.mark === undefined && something) push("open");
    gathered.push(token);
    if (token.mark === undefined) push("card", "", token.reference);
    else push("mark", token.mark);
  }
  if (something) push("open");
  else if (gathered.length > 0) push("ghost");
  return blocks;
}
