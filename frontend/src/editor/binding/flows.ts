// All flows of a document that are shown, and what stands where: which of several references is the
// card, which tables have rows. It follows the shared document, and makes the nodes of the editor.
import { type Node, type Schema } from "prosemirror-model";
import * as Y from "yjs";
import { deltaOf } from "./delta.ts";
import { type Block, type Embed, Flow } from "./flow.ts";
import {
  body, type Cards, cellFlow, cellsIn, cut, type Gone,
  keyOf, type Line, ownerOf, partFlow, plainLine, readLine, readTables, type Reference, type Table,
} from "./model.ts";
import { grouped, inlineOf, lineNode, make, type Piece } from "./nodes.ts";

export class Flows {
  readonly doc: Y.Doc;
  readonly cards: Cards;
  readonly schema: Schema;
  readonly marks: Y.Map<unknown>;
  readonly tables: Y.Map<unknown>;
  readonly removed: Y.Map<unknown>;
  /** Names of values of paragraphs that we do not know, yet copy when one is split. */
  readonly otherNames = new Set<string>();
  readonly #flows = new Map<string, Flow>();
  readonly #byText = new Map<unknown, Flow>();
  readonly #references = new Map<string, Embed[]>();
  #shapes: Map<string, Table>;
  /** The tables that are shown, as far as they are. */
  #shown = new Map<string, Table>();
  #partly = new Set<string>();
  /** The flows that were let go of. */
  #closed: string[] = [];

  constructor(doc: Y.Doc, cards: Cards, schema: Schema) {
    this.doc = doc;
    this.cards = cards;
    this.schema = schema;
    this.marks = doc.getMap("marks");
    this.tables = doc.getMap("tables");
    this.removed = doc.getMap("removed");
    this.#shapes = readTables(this.tables);
    this.#noteNames(this.marks.keys());
    const references: Embed[] = [];
    const first = new Flow(body, doc.getText(body), true, (token) => references.push(token));
    this.#add(first);
    for (const token of references) this.#note(token);
    this.#settle(this.#references.keys());
    this.#partly = this.#cut();
  }

  get body(): Flow {
    return this.#flows.get(body) as Flow;
  }

  /** The flows that are open: those of everything that was shown. */
  open(): Iterable<Flow> {
    return this.#flows.values();
  }

  ofText(text: unknown): Flow | undefined {
    return this.#byText.get(text);
  }

  /** The flow of this name, which is read when it was not open. */
  flow(name: string): Flow {
    const known = this.#flows.get(name);
    if (known) return known;
    const made = new Flow(name, this.doc.getText(name), false, () => undefined);
    this.#add(made);
    return made;
  }

  #add(flow: Flow): void {
    this.#flows.set(flow.name, flow);
    this.#byText.set(flow.text, flow);
  }

  #close(name: string): void {
    const flow = this.#flows.get(name);
    if (!flow) return;
    this.#flows.delete(name);
    this.#byText.delete(flow.text);
    this.#closed.push(name);
  }

  table(id: string): Table | undefined {
    return this.#shown.get(id) ?? this.#whole(id);
  }

  /** A table with rows and columns, whether or not all of it is shown. */
  #whole(id: string): Table | undefined {
    const table = this.#shapes.get(id);
    return table && table.rows.length > 0 && table.columns.length > 0 ? table : undefined;
  }

  /** How many cells are shown, in all tables together. */
  get cells(): number {
    let sum = 0;
    for (const table of this.#shown.values()) sum += cellsIn(table);
    return sum;
  }

  line(block: Block): Line {
    return block.id === "" ? plainLine : readLine(this.marks, block.id);
  }

  /** Every reference to a card that stands in the body, also those that show nothing. */
  references(kind: string, id: string): readonly Embed[] {
    return this.#references.get(keyOf({ kind, id })) ?? [];
  }

  /** The reference that is the card. */
  card(kind: string, id: string): Embed | undefined {
    return this.references(kind, id).find((token) => !token.hidden);
  }

  /** A place above every one that is known of this card. */
  placeAbove(kind: string, id: string, now: number): number {
    const removed = this.removed.get(keyOf({ kind, id }));
    const known = this.references(kind, id).map((token) => token.reference?.place ?? 0);
    return Math.max(now, ...known.map((place) => place + 1), typeof removed === "number" ? removed + 1 : 0);
  }

  /** The names of the flows of a card or table. */
  flowsOf(kind: string, id: string): string[] {
    if (kind === "table") {
      const table = this.table(id);
      return table ? table.rows.flatMap((row) => table.columns.map((column) => cellFlow(id, row, column))) : [];
    }
    return (this.cards[kind] ?? []).map((part) => partFlow(part, id));
  }

  /** Is this flow on the page? */
  isShown(name: string): boolean {
    if (name === body) return true;
    const owner = ownerOf(name, this.cards);
    if (!owner || !this.card(owner.kind, owner.id)) return false;
    if (owner.kind !== "table") return true;
    const table = this.table(owner.id);
    const [, , row = "", column = "", ...more] = name.split(":");
    return !!table && more.length === 0 && table.rows.includes(row) && table.columns.includes(column);
  }

  // What changed.

  /** Brings in what a transaction did. Blocks that read otherwise now are other blocks than before; the hidden flows
   * were shown before. */
  follow(transaction: Y.Transaction): { changed: Set<Flow>; gone: Gone[]; hidden: string[] } {
    this.#closed = [];
    const changed = new Set<Flow>();
    const keys = new Set<string>();
    const before = new Map<string, Reference>();
    for (const type of transaction.changed.keys()) {
      const flow = this.#byText.get(type);
      if (!flow) continue;
      const { came, went } = flow.apply(deltaOf(flow.text, transaction));
      changed.add(flow);
      for (const token of went) {
        if (!token.reference) continue;
        if (!token.hidden) before.set(keyOf(token.reference), token.reference);
        this.#forget(token, keys);
      }
      for (const token of came) if (token.reference) keys.add(this.#note(token));
    }
    for (const key of changedKeys(transaction, this.removed) ?? []) if (key !== null) keys.add(key);
    const tables = changedKeys(transaction, this.tables);
    if (tables) this.#reshape(tables, keys, changed);
    for (const key of keys) {
      const card = this.#references.get(key)?.find((token) => !token.hidden)?.reference;
      if (card) before.set(key, card);
    }
    const turned = this.#settle(keys);
    if (turned.size > 0) changed.add(this.body);
    if ([...keys].some((key) => key.startsWith("table:"))) this.#recut(changed);
    const marks = changedKeys(transaction, this.marks);
    if (marks) this.#restyle(marks, changed);
    const gone: Gone[] = tables ? this.#partsGone(tables) : [];
    for (const { kind, id } of before.values()) if (!this.card(kind, id)) gone.push({ kind, id });
    const closed = [...this.#closed, ...gone.flatMap(({ kind, id, part }) => (part ? [] : this.flowsOf(kind, id)))];
    return { changed, gone, hidden: [...new Set(closed)].filter((name) => !this.isShown(name)) };
  }

  /** The rows and columns that these keys were, of tables that are still there. */
  #partsGone(keys: ReadonlySet<string | null>): Gone[] {
    return [...keys].flatMap((key): Gone[] => {
      const [table = "", kind = "", id] = key?.split(":") ?? [];
      if (key === null || id === undefined || this.tables.has(key) || !this.card("table", table)) return [];
      const order: unknown = this.tables._map.get(key)?.content.getContent().at(-1); // until the transaction is tidied up
      return [{ kind, id, part: { table, order: typeof order === "string" ? order : "" } }];
    });
  }

  /** Lets go of the flows of cards that are not shown any more. */
  forget(kind: string, id: string): void {
    for (const name of [...this.#flows.keys()]) {
      const owner = ownerOf(name, this.cards);
      if (owner?.kind === kind && owner.id === id && !this.isShown(name)) this.#close(name);
    }
  }

  #note(token: Embed): string {
    const key = keyOf(token.reference as Reference);
    this.#references.set(key, [...(this.#references.get(key) ?? []), token]);
    return key;
  }

  #forget(token: Embed, keys: Set<string>): void {
    const key = keyOf(token.reference as Reference);
    keys.add(key);
    const rest = (this.#references.get(key) ?? []).filter((one) => one !== token);
    if (rest.length > 0) this.#references.set(key, rest);
    else this.#references.delete(key);
  }

  /** Says anew which reference is the card. Returns those that changed. */
  #settle(keys: Iterable<string>): Set<Embed> {
    const turned = new Set<Embed>();
    for (const key of keys) {
      const tokens = this.#references.get(key) ?? [];
      const card = this.#choose(key, tokens);
      for (const token of tokens) {
        if (token.hidden === (token !== card)) continue;
        token.hidden = token !== card;
        turned.add(token);
      }
    }
    if (turned.size > 0) this.body.reveal(turned);
    return turned;
  }

  #choose(key: string, tokens: readonly Embed[]): Embed | undefined {
    const [first] = tokens;
    if (!first?.reference) return undefined;
    if (first.reference.kind === "table" && !this.#whole(first.reference.id)) return undefined;
    const removed = this.removed.get(key);
    const place = (token: Embed): number => token.reference?.place ?? 0;
    const alive = tokens.filter((token) => typeof removed !== "number" || place(token) > removed);
    const highest = alive.reduce((most, token) => Math.max(most, place(token)), -Infinity);
    const best = alive.filter((token) => place(token) === highest);
    return best.length < 2 ? best[0] : this.#later(best);
  }

  /** Of several with the same place the one with the higher client, then the higher clock. */
  #later(tokens: readonly Embed[]): Embed | undefined {
    const ids = this.#idsOf(tokens);
    return [...tokens].sort((a, b) => {
      const x = ids.get(a);
      const y = ids.get(b);
      return !x || !y ? 0 : y.client - x.client || y.clock - x.clock;
    })[0];
  }

  /** The id that a reference in the body has in the shared text. */
  idOf(token: Embed): Y.ID | undefined {
    return this.#idsOf([token]).get(token);
  }

  #idsOf(tokens: readonly Embed[]): Map<Embed, Y.ID> {
    const ids = new Map<Embed, Y.ID>();
    for (let item = this.body.text._start; item; item = item.right) {
      if (item.deleted || !(item.content instanceof Y.ContentEmbed)) continue;
      const { embed } = item.content;
      const token = tokens.find((one) => one.embed === embed);
      if (token) ids.set(token, item.id);
    }
    return ids;
  }

  /** Says how much of each table is shown, and returns those of which that is not all. */
  #cut(): Set<string> {
    const partly = new Set<string>();
    this.#shown = new Map();
    if (this.#shapes.size === 0) return partly;
    let cells = 0;
    for (const { reference } of this.body.shown()) {
      const table = reference?.kind === "table" ? this.#whole(reference.id) : undefined;
      if (!reference || !table) continue;
      const shown = cut(table, cells);
      cells += cellsIn(shown);
      this.#shown.set(reference.id, shown);
      if (shown !== table) partly.add(reference.id);
    }
    return partly;
  }

  /** After a table came, went or changed another may be shown further, or less far. */
  #recut(touched: Set<Flow>): void {
    const before = this.#partly;
    this.#partly = this.#cut();
    for (const id of new Set([...before, ...this.#partly])) {
      this.#again(id);
      touched.add(this.body);
      for (const name of [...this.#flows.keys()]) if (name.startsWith(`cell:${id}:`) && !this.isShown(name)) this.#close(name);
    }
  }

  /** A table is made anew on the page. */
  #again(id: string): void {
    const token = this.card("table", id);
    const block = token && this.body.blocks.find((one) => one.tokens.includes(token));
    if (block) this.body.replace(block);
  }

  #reshape(changed: ReadonlySet<string | null>, keys: Set<string>, touched: Set<Flow>): void {
    const before = this.#shapes;
    this.#shapes = readTables(this.tables);
    for (const id of new Set([...changed].map((key) => key?.split(":")[0] ?? ""))) {
      keys.add(`table:${id}`);
      this.#again(id);
      touched.add(this.body);
      const gone = before.get(id);
      for (const row of gone?.rows ?? []) {
        for (const column of gone?.columns ?? []) {
          const name = cellFlow(id, row, column);
          if (!this.#shapes.get(id)?.rows.includes(row) || !this.#shapes.get(id)?.columns.includes(column)) this.#close(name);
        }
      }
    }
  }

  #restyle(changed: ReadonlySet<string | null>, touched: Set<Flow>): void {
    const ids = new Set([...changed].map((key) => key?.split(":")[0] ?? ""));
    this.#noteNames([...changed].filter((key) => key !== null));
    for (const flow of this.#flows.values()) {
      for (const block of flow.blocks) {
        if (block.id === "" || !ids.has(block.id)) continue;
        flow.replace(block);
        touched.add(flow);
      }
    }
  }

  #noteNames(keys: Iterable<string>): void {
    for (const key of keys) {
      const name = key.slice(key.indexOf(":") + 1);
      if (!["kind", "level", "list", "indent", "start", "box"].includes(name)) this.otherNames.add(name);
    }
  }

  // What it looks like.

  /** The whole document as the editor shows it, and notes that it does. */
  document(): Node {
    return make(this.schema, "doc", null, this.container(this.body));
  }

  /** The nodes of a flow, and notes that they are shown. */
  container(flow: Flow): Node[] {
    const shown = flow.shown();
    flow.rendered = [...shown];
    return this.nodes(shown);
  }

  nodes(blocks: readonly Block[]): Node[] {
    return grouped(
      this.schema,
      blocks.map((block): Piece => (block.reference ? { card: this.#card(block.reference) } : this.piece(block))),
    );
  }

  piece(block: Block): { line: Line; content: ReturnType<typeof inlineOf> } {
    return { line: this.line(block), content: inlineOf(this.schema, block.tokens) };
  }

  lineNode(block: Block): Node {
    const { line, content } = this.piece(block);
    return lineNode(this.schema, line, content);
  }

  #card({ kind, id }: Reference): Node {
    const parts = this.cards[kind];
    if (parts) return make(this.schema, kind, { id }, parts.map((part) => make(this.schema, part, null, this.container(this.flow(partFlow(part, id))))));
    const table = kind === "table" ? this.table(id) : undefined;
    if (table) return this.#table(id, table);
    return make(this.schema, "unknownBlock", { value: { [kind]: id } }, []);
  }

  #table(id: string, { rows, columns, header }: Table): Node {
    const row = (of: string, first: boolean): Node =>
      make(
        this.schema,
        "tableRow",
        { id: of },
        columns.map((column) =>
          make(this.schema, header && first ? "tableHeader" : "tableCell", { column }, this.container(this.flow(cellFlow(id, of, column)))),
        ),
      );
    return make(this.schema, "table", { id }, rows.map((of, i) => row(of, i === 0)));
  }
}

/** The keys of a map that a transaction changed, if any. */
const changedKeys = (transaction: Y.Transaction, map: Y.Map<unknown>): ReadonlySet<string | null> | undefined =>
  transaction.changed.get(map as never);
