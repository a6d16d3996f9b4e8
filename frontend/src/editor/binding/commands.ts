// What a person can ask for besides typing. Each command writes the smallest change of the document
// that is meant, at the selection of the editor, and says whether there was anything to do. With
// `can` nothing is written.
import { NodeSelection, type Selection } from "prosemirror-state";
import type { Binding, Spot } from "./index.ts";
import * as Y from "yjs";
import { type Block, charactersIn, type Flow } from "./flow.ts";
import { atKey, body, boxOf, cellFlow, type Gone, isID, keyOf, type Line, lineNames, ownerOf, partFlow, plainLine, writable } from "./model.ts";
import { linesIn } from "./nodes.ts";
import { containerAt, indexAt, ordinalAt } from "./place.ts";
import { difference, indexesOf, type Operation, others, removal, standing, type Unit, valuesFor } from "./plan.ts";
import { besides, standsAt, stoodAt } from "./stood.ts";
import type { Offer } from "./offers.ts";

type Operations = Map<string, Operation[]>;
type Values = [string, unknown][];

interface Chosen {
  flow: Flow;
  block: Block;
  /** As it is shown: a list can be less deep than its value says. */
  line: Line;
}

export class Commands {
  readonly #binding: Binding;

  constructor(binding: Binding) {
    this.#binding = binding;
  }

  // Paragraphs.

  /** Ends the paragraph at the caret, which goes into the next one. */
  split(): boolean {
    if (!this.#emptied()) return false;
    const at = this.#caret();
    if (!at) return false;
    const { flow, block, index, offset } = at;
    const { newID } = this.#binding.chosen;
    const end = flow.startOf(block) + block.length;
    const old = this.#binding.line(block);
    const id = newID();
    const values: Values = [];
    if (offset < charactersIn(block)) {
      const empty = offset === 0 && old.heading > 0;
      values.push(...(empty ? valuesFor(id, { ...old, heading: 0 }) : this.#copied(block.id, id)));
      this.#commit({ [flow.name]: [insertion(index, mark(id, standing(block, index - flow.startOf(block))))] }, values, { flow: flow.name, index: index + 1 });
      return true;
    }
    const next = { ...old, heading: 0, unknown: null, start: 1 } as Line;
    values.push(...valuesFor(id, next), ...(block.id === "" ? [] : others(this.#binding.flows, block.id, id)));
    const units = block.end === "mark" ? [mark(id)] : [ending(mark(newID())), mark(id)];
    this.#commit({ [flow.name]: [{ at: end, remove: 0, insert: units }] }, values, { flow: flow.name, index: end + units.length - 1 });
    return true;
  }

  /** What Enter does: in an empty item it leaves the list or the box. */
  enter(): boolean {
    const [one, ...more] = this.#lines();
    if (one && more.length === 0 && charactersIn(one.block) === 0) {
      if (one.line.list !== "" && one.line.indent > 0) return this.indent(-1);
      if (one.line.list !== "") return this.#set([one], (line) => ({ ...line, list: "", indent: 0, start: 1 }));
      if (one.line.box !== "") return this.#set([one], (line) => ({ ...line, box: "" }));
    }
    return this.split();
  }

  /** What Backspace does at the start of a line: it leaves the list or the box, then joins. */
  backspace(): boolean {
    const at = this.#caret();
    if (!at || !this.#binding.state.selection.empty || at.offset > 0) return false;
    const [one] = this.#lines();
    if (one && one.line.list !== "" && one.line.indent > 0) return this.indent(-1);
    if (one && one.line.list !== "") return this.#set([one], (line) => ({ ...line, list: "", indent: 0, start: 1 }));
    const before = this.#beside(at.flow, at.block, -1);
    if (one && one.line.box !== "" && (!before || before.reference || this.#binding.line(before).box !== one.line.box)) {
      return this.#set([one], (line) => ({ ...line, box: "" }));
    }
    if (one && one.line.heading > 0 && charactersIn(one.block) === 0) return this.#set([one], (line) => ({ ...line, heading: 0 }));
    return this.joinBackward();
  }

  /** Joins the paragraph at whose start the caret is with the one before. */
  joinBackward(): boolean {
    const at = this.#caret();
    if (!at || at.offset > 0 || !this.#binding.state.selection.empty) return false;
    const before = this.#beside(at.flow, at.block, -1);
    return !!before && this.#join(at.flow, before, at.block);
  }

  /** Joins the paragraph at whose end the caret is with the one after. */
  joinForward(): boolean {
    const at = this.#caret();
    if (!at || at.offset < charactersIn(at.block) || !this.#binding.state.selection.empty) return false;
    const after = this.#beside(at.flow, at.block, 1);
    return !!after && this.#join(at.flow, at.block, after);
  }

  #join(flow: Flow, first: Block, second: Block): boolean {
    if (first.reference || second.reference || first.end !== "mark") return false;
    const at = flow.startOf(first) + first.length - 1;
    const operations: Operation[] = [{ at, remove: 1, insert: [] }];
    const values: Values = [];
    if (charactersIn(first) > 0) {
      const line = this.#binding.line(first);
      if (second.end === "mark") {
        values.push(...difference(second.id, this.#binding.line(second), line));
      } else if (line !== plainLine) {
        const id = this.#binding.chosen.newID();
        operations.push(insertion(at + 1 + second.length, ending(mark(id))));
        values.push(...valuesFor(id, line));
      }
    }
    this.#commit({ [flow.name]: operations }, values, { flow: flow.name, index: at });
    return true;
  }

  deleteSelection(): boolean {
    const { state } = this.#binding;
    if (state.selection.empty) return false;
    this.#binding.dispatch(state.tr.deleteSelection());
    return true;
  }

  /** Makes the chosen lines headings of this level, or ordinary ones when all are. */
  toggleHeading(level: 2 | 3 | 4): boolean {
    const lines = this.#lines();
    const all = lines.every(({ line }) => line.heading === level);
    return this.#set(lines, (line) => ({ ...line, unknown: null, heading: all ? 0 : level }));
  }

  toggleList(list: "bullet" | "ordered"): boolean {
    const lines = this.#lines();
    const all = lines.every(({ line }) => line.list === list);
    return this.#set(lines, (line) => (all ? { ...line, list: "", indent: 0, start: 1 } : { ...line, list, indent: line.list === "" ? 0 : line.indent }));
  }

  /** Puts items of a list deeper, or less deep; what hangs under them goes along. */
  indent(by: 1 | -1): boolean {
    const lines = this.#lines().filter(({ line }) => line.list !== "");
    if (lines.length === 0 || (by < 0 && lines.every(({ line }) => line.indent === 0))) return false;
    const [first] = lines;
    if (first && by > 0) {
      const before = this.#beside(first.flow, first.block, -1);
      const above = before && !before.reference ? this.#shownLine(first.flow, before) : undefined;
      if (!above || above.list === "" || above.box !== first.line.box || above.indent < first.line.indent) return false;
    }
    return this.#set(this.#withNested(lines), (line) => ({ ...line, indent: Math.min(8, Math.max(0, line.indent + by)) }));
  }

  #withNested(lines: Chosen[]): Chosen[] {
    const last = lines.at(-1);
    if (!last) return lines;
    const all = this.#linesOf(last.flow);
    const more: Chosen[] = [];
    for (let i = all.findIndex(({ block }) => block === last.block) + 1; i < all.length; i++) {
      const one = all[i] as Chosen;
      if (one.line.list === "" || one.line.box !== last.line.box || one.line.indent <= last.line.indent) break;
      more.push(one);
    }
    return [...lines, ...more];
  }

  /** Puts the chosen lines into one box of this kind, or takes them out when all are in one. */
  toggleBox(kind: string): boolean {
    const lines = this.#lines();
    const all = lines.every(({ line }) => line.box !== "" && boxOf(line.box).kind === kind);
    const boxes = new Map<Flow, string>();
    for (const { flow } of lines) if (!boxes.has(flow)) boxes.set(flow, `${kind}:${this.#binding.chosen.newID()}`);
    return this.#set(lines, (line, flow) => ({ ...line, box: all ? "" : (boxes.get(flow) ?? "") }));
  }

  /** What the line at the caret is; undefined outside a line. */
  current(): Line | undefined {
    return this.#lines()[0]?.line;
  }

  #set(lines: readonly Chosen[], change: (line: Line, flow: Flow) => Line): boolean {
    if (lines.length === 0) return false;
    const operations: Operations = new Map();
    const values: Values = [];
    for (const { flow, block, line } of lines) {
      const now = change(line, flow);
      if (block.end === "mark") {
        values.push(...difference(block.id, line, now));
        continue;
      }
      const id = this.#binding.chosen.newID();
      add(operations, flow.name, insertion(flow.startOf(block) + block.length, ending(mark(id, standing(block, block.length)))));
      values.push(...valuesFor(id, now));
    }
    if (operations.size === 0 && values.length === 0) return false;
    this.#binding.commit({ operations, values });
    return true;
  }

  // Cards.

  /** Puts a new card behind the block with the caret, or in place of an empty line. */
  insertCard(kind: string, id: string): boolean {
    const parts = this.#binding.flows.cards[kind];
    if (!parts?.[0]) return false;
    const operations = this.#place(kind, id);
    for (const part of parts) add(operations, partFlow(part, id), insertion(0, mark(this.#binding.chosen.newID())));
    this.#binding.commit({ operations }, { flow: partFlow(parts[0], id), index: 0 });
    return true;
  }

  /** Moves a card over the block before or after it, or to a place between the blocks of the page. */
  moveCard(kind: string, id: string, to: "up" | "down" | number): boolean {
    const { flows, state, chosen } = this.#binding;
    const flow = flows.body;
    const shown = flow.shown();
    const from = shown.findIndex(({ reference }) => reference?.kind === kind && reference.id === id);
    if (from < 0) return false;
    let before = to === "up" ? from - 1 : from + 2;
    if (typeof to === "number") {
      before = 0;
      let pos = 0;
      state.doc.forEach((node) => {
        if (pos + node.nodeSize <= to) before += linesIn(node);
        pos += node.nodeSize;
      });
    }
    if (before < 0 || before > shown.length || before === from || before === from + 1) return false;
    const target = shown[before];
    const operations: Operations = new Map();
    const reference: Unit = { kind: "card", card: kind, id, place: flows.placeAbove(kind, id, chosen.now) };
    const unit = shown[before - 1]?.end === "open" ? ending(reference) : reference;
    add(operations, body, insertion(target ? flow.startOf(target) : flow.length, unit));
    for (const at of indexesOf(flow, kind, id)) add(operations, body, { at, remove: 1, insert: [] });
    this.#binding.commit({ operations });
    return true;
  }

  removeCard(kind: string, id: string): boolean {
    const { flows, chosen, state } = this.#binding;
    const card = flows.card(kind, id);
    if (!card) return false;
    const operations: Operations = new Map();
    for (const at of indexesOf(flows.body, kind, id)) add(operations, body, { at, remove: 1, insert: [] });
    const block = flows.body.blocks.find(({ tokens }) => tokens.includes(card));
    const at = block ? flows.body.startOf(block) : 0;
    const owner = ownerOf(containerAt(state.selection.$head, flows.cards)?.flow ?? body, flows.cards);
    const chosenCard = state.selection instanceof NodeSelection && state.selection.node.attrs["id"] === id;
    const inside = (owner?.kind === kind && owner.id === id) || chosenCard;
    const next = inside ? this.#cardBehind(id) : undefined;
    const spot = inside ? { flow: next ?? body, index: next === undefined ? at : 0 } : undefined;
    this.#binding.commit({ operations, removed: [removal(flows, kind, id, chosen.now)] }, spot);
    return true;
  }

  /** The first part of the card that stands right behind another one. */
  #cardBehind(id: string): string | undefined {
    const { flows, state } = this.#binding;
    let behind = false;
    for (const { type, attrs } of state.doc.children) {
      if (behind) return flows.flowsOf(type.name, String(attrs["id"]))[0];
      behind = attrs["id"] === id;
    }
    return undefined;
  }

  /** Shows a card again that was removed, with its words, where it stood; where nobody said where that is,
   * behind the block with the caret. The caret goes to what was typed last in the card from here. */
  putBack(kind: string, id: string): boolean {
    const { flows, chosen } = this.#binding;
    if (!isID(id) || flows.card(kind, id) || (kind === "table" && !flows.table(id))) return false;
    const stood = stoodAt(flows, flows.removed.get(atKey(keyOf({ kind, id }))));
    const place = flows.placeAbove(kind, id, chosen.now);
    const operations: Operations = stood ? new Map() : this.#place(kind, id);
    if (stood) add(operations, body, insertion(stood.index, { kind: "card", card: kind, id, place, ...(stood.behind && { behind: stood.behind }) }));
    for (const at of indexesOf(flows.body, kind, id)) add(operations, body, { at, remove: 1, insert: [] });
    this.#binding.commit({ operations }, this.#lastTyped(kind, id));
    return true;
  }

  /** Behind the letter of a card that was typed last from here; otherwise the end of its first part. */
  #lastTyped(kind: string, id: string): Spot | undefined {
    const { flows, doc } = this.#binding;
    const names = flows.flowsOf(kind, id);
    let last = -1;
    let caret: Spot | undefined;
    for (const name of names) {
      let index = 0;
      for (let item = doc.getText(name)._start; item; item = item.right) {
        if (item.deleted || !item.countable) continue;
        index += item.length;
        if (item.id.client !== doc.clientID || item.id.clock < last || !(item.content instanceof Y.ContentString)) continue;
        last = item.id.clock;
        caret = { flow: name, index };
      }
    }
    const [first] = names;
    if (caret || first === undefined) return caret;
    const flow = flows.flow(first);
    return { flow: first, index: flow.length - (flow.shown().at(-1)?.end === "mark" ? 1 : 0) };
  }

  /** Brings back what somebody else took away: what the words stood in; or the words, where they stood, as a paragraph
   * of their own when they were one. */
  giveBack({ gone, flow: name, pieces }: Offer): boolean {
    const { flows, chosen } = this.#binding;
    for (const one of [...gone].reverse()) {
      if (one.part) this.putBackPart(one); // a table before its rows
      else this.putBack(one.kind, one.id);
    }
    if (gone.length > 0 && flows.isShown(name)) return true;
    const flow = flows.flow(flows.isShown(name) ? name : body);
    const operations: Operation[] = [];
    for (const { words, last, whole } of pieces) {
      const stood = last && standsAt(flows, flow, last);
      const between = whole || !stood;
      const { block, from } = flow.find(stood?.index ?? flow.length);
      const empty = between && !block.reference && charactersIn(block) === 0;
      const at = empty ? flow.startOf(block) : between ? besides(flow, block, from) : stood.index;
      const again = operations.at(-1)?.at === at;
      const insert: Unit[] = [{ kind: "text", text: !between && again ? ` ${words}` : between ? words.trim() : words, attrs: {} }];
      if (empty ? again : between && !again && block.end === "open" && at > flow.startOf(block)) insert.unshift(ending(mark(chosen.newID())));
      if (between && !empty) insert.push(mark(chosen.newID()));
      operations.push({ at, remove: 0, insert });
    }
    this.#commit({ [flow.name]: operations }, [], undefined);
    return true;
  }

  /** The operations that put a reference where a new card goes. */
  #place(kind: string, id: string): Operations {
    const { flows, chosen } = this.#binding;
    const flow = flows.body;
    const operations: Operations = new Map();
    const reference: Unit = { kind: "card", card: kind, id, place: flows.placeAbove(kind, id, chosen.now) };
    const block = this.#bodyBlock();
    if (!block) {
      add(operations, body, insertion(flow.length, reference));
      return operations;
    }
    const start = flow.startOf(block);
    const empty = !block.reference && charactersIn(block) === 0;
    if (empty && block.end === "mark") add(operations, body, { at: start + block.length - 1, remove: 1, insert: [reference] });
    else add(operations, body, insertion(start + block.length, block.end === "open" ? ending(reference) : reference));
    return operations;
  }

  /** The block of the body in which the caret is, or the card around it. */
  #bodyBlock(): Block | undefined {
    const { flows, state } = this.#binding;
    const { $head } = state.selection;
    const shown = flows.body.shown();
    let ordinal = 0;
    let pos = 0;
    for (let i = 0; i < state.doc.childCount; i++) {
      const child = state.doc.child(i);
      if ($head.pos < pos + child.nodeSize) {
        const container = containerAt($head, flows.cards);
        return container?.flow === body && $head.parent.isTextblock ? shown[ordinalAt($head, container)] : shown[ordinal];
      }
      ordinal += linesIn(child);
      pos += child.nodeSize;
    }
    return shown.at(-1);
  }

  // Tables.

  insertTable(rows: number, columns: number, header = true): boolean {
    const { chosen } = this.#binding;
    if (rows < 1 || columns < 1 || !this.#fits(rows, columns, rows * columns)) return false;
    const id = chosen.newID();
    const tables: Values = header ? [[`${id}:header`, true]] : [];
    const made = (what: string, count: number): string[] => {
      let order = "";
      return Array.from({ length: count }, () => {
        order = chosen.order(order, undefined);
        const part = chosen.newID();
        tables.push([`${id}:${what}:${part}`, order]);
        return part;
      });
    };
    const across = made("column", columns);
    const down = made("row", rows);
    const operations = this.#place("table", id);
    for (const row of down) for (const column of across) this.#fillCell(operations, cellFlow(id, row, column));
    this.#binding.commit({ operations, tables }, { flow: cellFlow(id, down[0] ?? "", across[0] ?? ""), index: 0 });
    return true;
  }

  /** The table, row and column of the caret. */
  cell(): { table: string; row: string; column: string } | undefined {
    const [part, table, row, column] = (containerAt(this.#binding.state.selection.$head, this.#binding.flows.cards)?.flow ?? "").split(":");
    return part === "cell" && table && row && column ? { table, row, column } : undefined;
  }

  addRow(where: "before" | "after"): boolean {
    const cell = this.cell();
    const table = cell && this.#binding.flows.table(cell.table);
    if (!cell || !table || !this.#fits(table.rows.length + 1, table.columns.length, table.columns.length)) return false;
    const row = this.#between(cell.table, "row", cell.row, where);
    if (!row) return false;
    const operations: Operations = new Map();
    for (const column of table.columns) this.#fillCell(operations, cellFlow(cell.table, row.id, column));
    this.#binding.commit({ operations, tables: [row.entry] }, { flow: cellFlow(cell.table, row.id, cell.column), index: 0 });
    return true;
  }

  addColumn(where: "before" | "after"): boolean {
    const cell = this.cell();
    const table = cell && this.#binding.flows.table(cell.table);
    if (!cell || !table || !this.#fits(table.rows.length, table.columns.length + 1, table.rows.length)) return false;
    const column = this.#between(cell.table, "column", cell.column, where);
    if (!column) return false;
    const operations: Operations = new Map();
    for (const row of table.rows) this.#fillCell(operations, cellFlow(cell.table, row, column.id));
    this.#binding.commit({ operations, tables: [column.entry] }, { flow: cellFlow(cell.table, cell.row, column.id), index: 0 });
    return true;
  }

  /** Is there room for so many more cells, in a table that then has these rows and columns? It is told when not. */
  #fits(rows: number, columns: number, more: number): boolean {
    const fits = rows <= writable.rows && columns <= writable.columns && more <= this.room;
    if (!fits) this.#binding.full();
    return fits;
  }

  /** How many cells an editor may add, to all tables together. */
  get room(): number {
    return Math.max(writable.cells - this.#binding.flows.cells, 0);
  }

  /** A mark that is there from the start is one that nobody has to add while another types. */
  #fillCell(operations: Operations, flow: string): void {
    add(operations, flow, insertion(0, mark(this.#binding.chosen.newID())));
  }

  removeRow(): boolean {
    return this.#removePart("row");
  }

  removeColumn(): boolean {
    return this.#removePart("column");
  }

  /** Shows a row or a column again that was removed, with its words. The caret stays where it is. */
  putBackPart({ kind, id, part }: Gone): boolean {
    const { flows } = this.#binding;
    const key = `${part?.table}:${kind}:${id}`;
    if (!part || flows.tables.has(key) || !flows.card("table", part.table)) return false;
    this.#binding.commit({ tables: [[key, part.order]] });
    return true;
  }

  toggleHeader(): boolean {
    const cell = this.cell();
    if (!cell) return false;
    this.#binding.commit({ tables: [[`${cell.table}:header`, this.#binding.flows.table(cell.table)?.header ? undefined : true]] });
    return true;
  }

  removeTable(): boolean {
    const cell = this.cell();
    return !!cell && this.removeCard("table", cell.table);
  }

  /** The caret to the next cell, or the one before; false at the end. */
  nextCell(by: 1 | -1): boolean {
    const cell = this.cell();
    const table = cell && this.#binding.flows.table(cell.table);
    if (!cell || !table) return false;
    const at = table.rows.indexOf(cell.row) * table.columns.length + table.columns.indexOf(cell.column) + by;
    const row = table.rows[Math.floor(at / table.columns.length)];
    const column = table.columns[at % table.columns.length];
    if (at < 0 || row === undefined || column === undefined) return false;
    return this.#binding.select({ flow: cellFlow(cell.table, row, column), index: 0 });
  }

  #removePart(what: "row" | "column"): boolean {
    const cell = this.cell();
    const table = cell && this.#binding.flows.table(cell.table);
    if (!cell || !table) return false;
    const list = what === "row" ? table.rows : table.columns;
    if (list.length === 1) return this.removeTable();
    const at = list.indexOf(cell[what]);
    const near = list[at + 1] ?? list[at - 1] ?? "";
    const flow = what === "row" ? cellFlow(cell.table, near, cell.column) : cellFlow(cell.table, cell.row, near);
    this.#binding.commit({ tables: [[`${cell.table}:${what}:${cell[what]}`, undefined]] }, { flow, index: 0 });
    return true;
  }

  #between(table: string, what: "row" | "column", beside: string, where: "before" | "after"): { id: string; entry: [string, unknown] } | undefined {
    const { flows, chosen } = this.#binding;
    const shape = flows.table(table);
    const list = what === "row" ? shape?.rows : shape?.columns;
    const at = list?.indexOf(beside) ?? -1;
    if (!list || at < 0) return undefined;
    const order = (id: string | undefined): string | undefined => {
      const value = id === undefined ? undefined : flows.tables.get(`${table}:${what}:${id}`);
      return typeof value === "string" ? value : id === undefined ? undefined : "";
    };
    const [before, after] = where === "before" ? [list[at - 1], list[at]] : [list[at], list[at + 1]];
    const id = chosen.newID();
    return { id, entry: [`${table}:${what}:${id}`, chosen.order(order(before) ?? "", order(after))] };
  }

  // Undo.

  undo(): boolean {
    return this.#binding.undoing.undo();
  }

  redo(): boolean {
    return this.#binding.undoing.redo();
  }

  // The selection.

  #caret(): ReturnType<typeof indexAt> {
    const { state, flows } = this.#binding;
    return indexAt(flows, state.doc, state.selection.head);
  }

  /** Deletes what is chosen; false when then there is no caret. */
  #emptied(): boolean {
    if (!this.#binding.state.selection.empty) this.deleteSelection();
    return this.#binding.state.selection.empty;
  }

  #lines(selection: Selection = this.#binding.state.selection): Chosen[] {
    const { state, flows } = this.#binding;
    const found: Chosen[] = [];
    for (const { $from, $to } of selection.ranges) {
      state.doc.nodesBetween($from.pos, Math.max($from.pos, $to.pos), (node, pos) => {
        if (!node.isTextblock) return true;
        const $pos = state.doc.resolve(pos + 1);
        const container = containerAt($pos, flows.cards);
        const flow = container && flows.flow(container.flow);
        const block = container && flow?.shown()[ordinalAt($pos, container)];
        if (flow && block && !block.reference) found.push({ flow, block, line: this.#shownLine(flow, block) });
        return false;
      });
    }
    return found;
  }

  #linesOf(flow: Flow): Chosen[] {
    let depth = -1;
    let box = "";
    return flow.shown().flatMap((block) => {
      const line = block.reference ? plainLine : this.#binding.line(block);
      if (block.reference || line.list === "" || line.box !== box) depth = -1;
      box = line.box;
      if (block.reference) return [];
      if (line.list === "") return [{ flow, block, line }];
      depth = Math.min(line.indent, depth + 1);
      return [{ flow, block, line: { ...line, indent: depth } }];
    });
  }

  #shownLine(flow: Flow, block: Block): Line {
    const line = this.#binding.line(block);
    if (line.list === "") return line;
    return this.#linesOf(flow).find((one) => one.block === block)?.line ?? line;
  }

  #beside(flow: Flow, block: Block, by: 1 | -1): Block | undefined {
    const shown = flow.shown();
    const at = shown.indexOf(block);
    return at < 0 ? undefined : shown[at + by];
  }

  /** Every value of one paragraph, also those that we do not know, for another. */
  #copied(from: string, to: string): Values {
    if (from === "") return [];
    const { flows } = this.#binding;
    const known = lineNames.filter((name) => flows.marks.has(`${from}:${name}`)).map((name): [string, unknown] => [`${to}:${name}`, flows.marks.get(`${from}:${name}`)]);
    return [...known, ...others(flows, from, to)];
  }

  #commit(flows: Record<string, Operation[]>, values: Values, caret: { flow: string; index: number } | undefined): void {
    this.#binding.commit({ operations: new Map(Object.entries(flows)), values }, caret);
  }
}

const mark = (id: string, attrs: Readonly<Record<string, unknown>> = {}): Unit => ({ kind: "mark", id, attrs });
const ending = (unit: Unit): Unit => ({ ...unit, ends: true }) as Unit;
const insertion = (at: number, unit: Unit): Operation => ({ at, remove: 0, insert: [unit] });

function add(operations: Operations, flow: string, operation: Operation): void {
  operations.set(flow, [...(operations.get(flow) ?? []), operation]);
}
