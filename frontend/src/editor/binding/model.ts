// The names and values of the shared document, as docs/document.md has them: which roots there are,
// what an embed is, what a paragraph is. Nothing here changes a document.
import * as Y from "yjs";

export const version = 2;
export const body = "body";

/** Which cards there are, and the parts of each, in the order in which they are shown. */
export type Cards = Readonly<Record<string, readonly string[]>>;

export type Attrs = Readonly<Record<string, unknown>>;
export const noAttrs: Attrs = Object.freeze({});

export interface Reference {
  kind: string;
  id: string;
  place: number;
}

/** A card that is not shown any more; with a part a row or a column of a table that is, by its own id. */
export interface Gone {
  kind: string;
  id: string;
  /** order is its value, to put it back with. */
  part?: { table: string; order: string };
}

const idShape = /^[A-Za-z0-9-]{1,64}$/;

export const isID = (value: unknown): value is string => typeof value === "string" && idShape.test(value);

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Y.AbstractType);

/** The id of a paragraph mark, or nothing. */
export function markOf(embed: unknown): string | undefined {
  return isRecord(embed) && Object.keys(embed).length === 1 && isID(embed["p"]) ? embed["p"] : undefined;
}

export function referenceOf(embed: unknown): Reference | undefined {
  if (!isRecord(embed) || typeof embed["place"] !== "number" || Number.isNaN(embed["place"])) return undefined;
  const [name, ...more] = Object.keys(embed).filter((key) => key !== "place");
  if (name === undefined || more.length > 0 || !isID(embed[name])) return undefined;
  return { kind: name, id: embed[name], place: embed["place"] };
}

export const embedOf = ({ kind, id, place }: Reference): Record<string, unknown> => ({ [kind]: id, place });
export const keyOf = ({ kind, id }: { kind: string; id: string }): string => `${kind}:${id}`;
/** Beside a card that was removed: the key under which it says where it stood. */
export const atKey = (key: string): string => `${key}:at`;

/** What a paragraph is. */
export interface Line {
  /** 0 for an ordinary paragraph. */
  heading: 0 | 2 | 3 | 4;
  /** The kind, when it is none that we know; null otherwise. */
  unknown: string | null;
  list: "" | "bullet" | "ordered";
  indent: number;
  start: number;
  /** `KIND:ID`, or nothing. */
  box: string;
}

export const plainLine: Line = Object.freeze({ heading: 0, unknown: null, list: "", indent: 0, start: 1, box: "" });

export const sameLine = (a: Line, b: Line): boolean =>
  a.heading === b.heading && a.unknown === b.unknown && a.list === b.list && a.indent === b.indent && a.start === b.start && a.box === b.box;

/** The names under which `marks` holds what we know of a paragraph. */
export const lineNames = ["kind", "level", "list", "indent", "start", "box"] as const;

export function readLine(marks: Y.Map<unknown>, id: string): Line {
  if (id === "") return plainLine;
  const value = (name: string): unknown => marks.get(`${id}:${name}`);
  const kind = value("kind");
  const list = value("list");
  const box = value("box");
  const level = kind === "heading" ? value("level") : undefined;
  const line: Line = {
    heading: kind === "heading" ? (level === 3 || level === 4 ? level : 2) : 0,
    unknown: typeof kind === "string" && kind !== "heading" ? kind : null,
    list: list === "bullet" || list === "ordered" ? list : "",
    indent: 0,
    start: 1,
    box: typeof box === "string" && isBox(box) ? box : "",
  };
  if (line.list !== "") {
    line.indent = whole(value("indent"), 0, 8, 0, true);
    line.start = line.list === "ordered" ? whole(value("start"), 1, 1_000_000, 1, false) : 1;
  }
  return sameLine(line, plainLine) ? plainLine : line;
}

function whole(value: unknown, least: number, most: number, otherwise: number, nearest: boolean): number {
  if (typeof value !== "number" || !Number.isInteger(value)) return otherwise;
  if (value >= least && value <= most) return value;
  return nearest ? Math.min(Math.max(value, least), most) : otherwise;
}

function isBox(value: string): boolean {
  const colon = value.indexOf(":");
  return isID(value.slice(0, colon < 0 ? 0 : colon)) && isID(value.slice(colon + 1));
}

export function boxOf(box: string): { kind: string; id: string } {
  const colon = box.indexOf(":");
  return { kind: box.slice(0, colon), id: box.slice(colon + 1) };
}

/** The values that `marks` must hold so that a paragraph is this; undefined for what is the default. */
export function valuesOf(line: Line): Record<(typeof lineNames)[number], unknown> {
  return {
    kind: line.heading > 0 ? "heading" : line.unknown ?? undefined,
    level: line.heading > 2 ? line.heading : undefined,
    list: line.list === "" ? undefined : line.list,
    indent: line.indent > 0 ? line.indent : undefined,
    start: line.start !== 1 ? line.start : undefined,
    box: line.box === "" ? undefined : line.box,
  };
}

// Tables.

export interface Table {
  rows: string[];
  columns: string[];
  header: boolean;
}

/** What a reader shows of a table, and of all tables that stand in the text together. */
export const readable = { rows: 1000, columns: 100, cells: 10_000 } as const;
/** What an editor makes. It is less, so that several who add at the same moment still show each other's. */
export const writable = { rows: 500, columns: 60, cells: 5_000 } as const;

export const cellsIn = ({ rows, columns }: Table): number => rows.length * columns.length;

/** A table as it is shown when so many cells were before: itself, mostly. */
export function cut(table: Table, before: number): Table {
  const left = Math.max(readable.cells - before, 1);
  const columns = table.columns.slice(0, left);
  const rows = table.rows.slice(0, Math.max(Math.floor(left / columns.length), 1));
  return rows.length === table.rows.length && columns.length === table.columns.length ? table : { ...table, rows, columns };
}

/** Every table that has a row or a column, by id, as large as one may be. One walk over the map. */
export function readTables(tables: Y.Map<unknown>): Map<string, Table> {
  const found = new Map<string, { rows: [string, string][]; columns: [string, string][]; header: boolean }>();
  for (const key of tables.keys()) {
    const [id, what, part, ...more] = key.split(":");
    if (!isID(id) || more.length > 0) continue;
    const table = found.get(id) ?? { rows: [], columns: [], header: false };
    found.set(id, table);
    const value = tables.get(key);
    const order = typeof value === "string" ? value : "";
    if (what === "row" && isID(part)) table.rows.push([order, part]);
    else if (what === "column" && isID(part)) table.columns.push([order, part]);
    else if (what === "header" && part === undefined) table.header = value === true;
  }
  const sorted = (list: [string, string][], most: number): string[] =>
    list
      .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : 1))
      .slice(0, most)
      .map(([, id]) => id);
  const out = new Map<string, Table>();
  for (const [id, { rows, columns, header }] of found) {
    out.set(id, { rows: sorted(rows, readable.rows), columns: sorted(columns, readable.columns), header });
  }
  return out;
}

export const cellFlow = (table: string, row: string, column: string): string => `cell:${table}:${row}:${column}`;
export const partFlow = (part: string, id: string): string => `${part}:${id}`;

/** The card or table that a flow belongs to; undefined for the body. */
export function ownerOf(flow: string, cards: Cards): { kind: string; id: string } | undefined {
  const [part, id] = flow.split(":");
  if (part === undefined || id === undefined) return undefined;
  if (part === "cell") return { kind: "table", id };
  for (const [kind, parts] of Object.entries(cards)) if (parts.includes(part)) return { kind, id };
  return undefined;
}

/** Does a flow go when this goes? */
export function goesWith(flow: string, { kind, id, part }: Gone, cards: Cards): boolean {
  const owner = ownerOf(flow, cards);
  if (!part) return owner?.kind === kind && owner.id === id;
  const [, , row, column] = flow.split(":");
  return owner?.kind === "table" && owner.id === part.table && (kind === "row" ? row : column) === id;
}

/** A string between two others; without an end it goes on behind, and random so that two people who
 * choose one at the same moment choose different ones. */
export function orderBetween(before: string, after: string | undefined, random: () => number): string {
  const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const digit = (text: string, at: number, otherwise: number): number => {
    const found = at < text.length ? digits.indexOf(text.charAt(at)) : -1;
    return found < 0 ? otherwise : found;
  };
  let out = "";
  let open = after === undefined; // what is built is already below `after`
  for (let at = 0; at < 200; at++) {
    const low = digit(before, at, 0);
    const high = open || after === undefined ? digits.length : digit(after, at, digits.length);
    if (high - low > 1) {
      const step = 1 + Math.floor(random() * Math.min(high - low - 1, 8));
      const tail = Math.floor(random() * digits.length ** 2);
      return out + digits.charAt(low + step) + digits.charAt(Math.floor(tail / digits.length)) + digits.charAt(1 + (tail % (digits.length - 1)));
    }
    out += digits.charAt(low);
    if (high > low) open = true;
  }
  return out;
}
