// The kinds of blocks that a text of flows is made of, as docs/document.md has them: lines, lists and
// boxes, and cards between them. What this page does not know yet has a place too, so that it stays.
import { type DOMOutputSpec, type NodeSpec, Schema } from "prosemirror-model";
import { safeAddress } from "./address.ts";
import type { Say } from "./config.ts";

/** The version of the model; a document with a newer one is only read. */
export const schemaVersion = 2;

/** The boxes that have a name on the page. */
export const boxKinds = ["principle", "term", "note", "quote"] as const;

const lines = "(line | list | box)+";

/** What a mark or a placeholder keeps of values that this page does not know. */
export type Values = Record<string, unknown>;

const longestValue = 4096; // bytes of JSON that the server takes
const deepest = 8;

/** Reads values that were put into the page as JSON; nothing when the server would refuse them. */
function readValues(json: string | null): Values | undefined {
  if (json === null || new TextEncoder().encode(json).length > longestValue) return undefined;
  try {
    const value: unknown = JSON.parse(json);
    return isValues(value) && depth(value) <= deepest ? value : undefined;
  } catch {
    return undefined;
  }
}

const isValues = (value: unknown): value is Values => typeof value === "object" && value !== null && !Array.isArray(value);

function depth(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depth));
}

const idOf = (element: HTMLElement, name: string): string => {
  const id = element.getAttribute(name) ?? "";
  return /^[A-Za-z0-9-]{1,64}$/.test(id) ? id : "";
};

const id = { default: "", validate: "string" };

/** What is drawn beside a block says nothing to who does not see it. */
export const group = (name: string): { role: string; "aria-label": string } => ({ role: "group", "aria-label": name });

/** Part of a requirement. */
function piece(name: "statement" | "rationale", say: Say): NodeSpec {
  return {
    content: lines,
    isolating: true,
    selectable: false,
    parseDOM: [{ tag: `div[data-block="${name}"]` }],
    toDOM: () => ["div", { "data-block": name, "data-label": say(name), ...group(say(name)), class: `sw-requirement__${name}` }, 0],
  };
}

/** A cell. Its spans are always 1: a table of flows is a plain grid. */
function cell(tag: "td" | "th"): NodeSpec {
  return {
    content: lines,
    isolating: true,
    selectable: false,
    tableRole: tag === "td" ? "cell" : "header_cell",
    attrs: { column: id, colspan: { default: 1 }, rowspan: { default: 1 }, colwidth: { default: null } },
    parseDOM: [{ tag, getAttrs: (element) => ({ column: idOf(element, "data-column") }) }],
    toDOM: ({ attrs }) => [tag, { "data-column": String(attrs["column"]), ...(tag === "th" ? { scope: "col" } : {}) }, 0],
  };
}

function unknown(tag: "div" | "span", name: string, label: string): NodeSpec {
  return {
    atom: true,
    attrs: { value: { default: {} } },
    parseDOM: [
      {
        tag: `${tag}[data-unknown="${name}"]`,
        getAttrs: (element) => {
          const value = readValues(element.getAttribute("data-value"));
          return value ? { value } : false;
        },
      },
    ],
    toDOM: ({ attrs }) => [
      tag,
      { class: "sw-unknown", "data-unknown": name, "data-value": JSON.stringify(attrs["value"]), title: label },
      tag === "div" ? label : "□",
    ],
  };
}

/** The schema of a text; say gives the labels of its blocks. */
export function flowSchema(say: Say) {
  return new Schema({
    nodes: {
      doc: { content: "(line | list | box | card)+" },
      paragraph: {
        group: "line",
        content: "inline*",
        attrs: { unknown: { default: null, validate: "string|null" } },
        parseDOM: [{ tag: "p", getAttrs: (element) => ({ unknown: element.getAttribute("data-kind") }) }],
        toDOM: ({ attrs }) => {
          const kind: unknown = attrs["unknown"];
          if (typeof kind !== "string") return ["p", 0];
          return ["p", { class: "sw-unknown-line", "data-kind": kind, "data-label": say("unknownLine") }, 0];
        },
      },
      heading: {
        group: "line",
        content: "inline*",
        defining: true,
        attrs: { level: { default: 2, validate: "number" } },
        // The title of the page is the only heading of the first level.
        parseDOM: [2, 3, 4].map((level) => ({ tag: `h${level}`, attrs: { level } })),
        toDOM: ({ attrs }) => [`h${Number(attrs["level"])}`, 0],
      },
      bulletList: {
        group: "list",
        content: "listItem+",
        selectable: false,
        parseDOM: [{ tag: "ul" }],
        toDOM: () => ["ul", 0],
      },
      orderedList: {
        group: "list",
        content: "listItem+",
        selectable: false,
        attrs: { start: { default: 1, validate: "number" } },
        parseDOM: [{ tag: "ol", getAttrs: (element) => ({ start: startOf(element.getAttribute("start")) }) }],
        toDOM: ({ attrs }) => ["ol", attrs["start"] === 1 ? {} : { start: Number(attrs["start"]) }, 0],
      },
      listItem: {
        content: "line list*",
        defining: true,
        selectable: false,
        parseDOM: [{ tag: "li" }],
        toDOM: () => ["li", 0],
      },
      box: {
        group: "box",
        content: "(line | list)+",
        defining: true,
        attrs: { kind: { default: "note", validate: "string" }, id },
        parseDOM: [
          {
            tag: "[data-box]",
            getAttrs: (element) => ({ kind: element.getAttribute("data-box"), id: idOf(element, "data-id") }),
          },
        ],
        toDOM: ({ attrs }) => box(String(attrs["kind"]), String(attrs["id"]), say),
      },
      requirement: {
        group: "card",
        content: "statement rationale",
        isolating: true,
        defining: true,
        draggable: true,
        attrs: { id },
        parseDOM: [
          { tag: "section[data-requirement]", getAttrs: (element) => ({ id: idOf(element, "data-requirement") }) },
        ],
        toDOM: ({ attrs }) => ["section", { class: "sw-requirement", "data-requirement": String(attrs["id"]) }, 0],
      },
      statement: piece("statement", say),
      rationale: piece("rationale", say),
      table: {
        group: "card",
        content: "tableRow+",
        isolating: true,
        tableRole: "table",
        attrs: { id },
        parseDOM: [{ tag: "table", getAttrs: (element) => ({ id: idOf(element, "data-table") }) }],
        // A table that is wider than a phone scrolls in a box of its own.
        toDOM: ({ attrs }) => [
          "div",
          { class: "sw-table-frame" },
          ["table", { class: "sw-table", "data-table": String(attrs["id"]) }, ["tbody", 0]],
        ],
      },
      tableRow: {
        content: "(tableCell | tableHeader)+",
        selectable: false,
        tableRole: "row",
        attrs: { id },
        parseDOM: [{ tag: "tr", getAttrs: (element) => ({ id: idOf(element, "data-row") }) }],
        toDOM: ({ attrs }) => ["tr", { "data-row": String(attrs["id"]) }, 0],
      },
      tableCell: cell("td"),
      tableHeader: cell("th"),
      unknownBlock: { group: "card", ...unknown("div", "block", say("unknownBlock")) },
      text: { group: "inline" },
      hardBreak: {
        group: "inline",
        inline: true,
        selectable: false,
        leafText: () => "\n",
        parseDOM: [{ tag: "br" }],
        toDOM: () => ["br"],
      },
      unknownInline: { group: "inline", inline: true, ...unknown("span", "inline", say("unknownInline")) },
    },
    marks: {
      link: {
        inclusive: false,
        attrs: { href: { default: "", validate: "string" } },
        parseDOM: [
          {
            tag: "a[href]",
            getAttrs: (element) => {
              const href = safeAddress(element.getAttribute("href") ?? "");
              return href === "" ? false : { href };
            },
          },
        ],
        toDOM: ({ attrs }) => [
          "a",
          { href: safeAddress(String(attrs["href"])) || null, rel: "noopener noreferrer nofollow" },
          0,
        ],
      },
      bold: { parseDOM: [{ tag: "strong" }, { tag: "b" }], toDOM: () => ["strong", 0] },
      italic: { parseDOM: [{ tag: "em" }, { tag: "i" }], toDOM: () => ["em", 0] },
      strike: { parseDOM: [{ tag: "s" }, { tag: "del" }], toDOM: () => ["s", 0] },
      code: { code: true, parseDOM: [{ tag: "code" }], toDOM: () => ["code", 0] },
      // What is said of these letters in words that this page does not know.
      other: {
        inclusive: false,
        excludes: "",
        attrs: { values: { default: {} } },
        parseDOM: [
          {
            tag: "span[data-other]",
            getAttrs: (element) => {
              const values = readValues(element.getAttribute("data-other"));
              return values ? { values } : false;
            },
          },
        ],
        toDOM: ({ attrs }) => ["span", { "data-other": JSON.stringify(attrs["values"]) }, 0],
      },
    },
  });
}

function startOf(written: string | null): number {
  const start = Number(written ?? 1);
  return Number.isInteger(start) && start >= 1 && start <= 1_000_000 ? start : 1;
}

function box(kind: string, name: string, say: Say): DOMOutputSpec {
  const known = (boxKinds as readonly string[]).includes(kind);
  const label = say(known ? kind : "unknownBox");
  return [
    kind === "quote" ? "blockquote" : "div",
    {
      class: `sw-block sw-block--${known ? kind : "unknown"}`,
      "data-box": kind,
      "data-id": name,
      "data-label": label,
      ...group(label),
    },
    0,
  ];
}
