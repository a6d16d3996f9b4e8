// @vitest-environment jsdom
import { DOMParser, DOMSerializer, type Node } from "prosemirror-model";
import { expect, test } from "vitest";
import { flowSchema } from "./schema.ts";

const schema = flowSchema((name) => name);

/** A document with every kind of block and of mark in it. */
const everything = {
  type: "doc",
  content: [
    { type: "heading", attrs: { level: 3 }, content: [{ type: "text", text: "Samen" }] },
    {
      type: "paragraph",
      content: [
        { type: "text", text: "vet", marks: [{ type: "link", attrs: { href: "https://wijk.test/" } }, { type: "bold" }] },
        { type: "hardBreak" },
        { type: "text", text: "anders", marks: [{ type: "other", attrs: { values: { thread: { id: "7" } } } }] },
        { type: "unknownInline", attrs: { value: { emoji: "huis" } } },
        { type: "text", text: "code", marks: [{ type: "italic" }, { type: "strike" }, { type: "code" }] },
      ],
    },
    { type: "paragraph", attrs: { unknown: "poem" }, content: [{ type: "text", text: "dicht" }] },
    {
      type: "orderedList",
      attrs: { start: 4 },
      content: [
        {
          type: "listItem",
          content: [
            { type: "heading", attrs: { level: 2 } },
            { type: "bulletList", content: [{ type: "listItem", content: [{ type: "paragraph" }] }] },
            { type: "orderedList", content: [{ type: "listItem", content: [{ type: "paragraph" }] }] },
          ],
        },
      ],
    },
    ...["principle", "term", "note", "quote", "song"].map((kind) => ({
      type: "box",
      attrs: { kind, id: `b-${kind}` },
      content: [{ type: "paragraph" }],
    })),
    {
      type: "requirement",
      attrs: { id: "r1" },
      content: [
        { type: "statement", content: [{ type: "paragraph" }] },
        { type: "rationale", content: [{ type: "box", attrs: { kind: "note", id: "n" }, content: [{ type: "paragraph" }] }] },
      ],
    },
    {
      type: "table",
      attrs: { id: "t" },
      content: ["tableHeader", "tableCell"].map((type, row) => ({
        type: "tableRow",
        attrs: { id: `row${row}` },
        content: ["a", "b"].map((column) => ({ type, attrs: { column }, content: [{ type: "paragraph" }] })),
      })),
    },
    { type: "unknownBlock", attrs: { value: { map: "m1", place: 3 } } },
  ],
};

function html(node: Node): string {
  const holder = document.createElement("div");
  holder.append(DOMSerializer.fromSchema(schema).serializeFragment(node.content));
  return holder.innerHTML;
}

function parse(text: string): Node {
  const holder = document.createElement("div");
  holder.innerHTML = text;
  return DOMParser.fromSchema(schema).parse(holder);
}

test("a text with everything in it is allowed, and reads back the same from its page", () => {
  const doc = schema.nodeFromJSON(everything);
  doc.check();
  expect(parse(html(doc)).toJSON()).toEqual(doc.toJSON());
});

test("an empty text is one paragraph, and an empty card has a paragraph in each part", () => {
  expect(schema.topNodeType.createAndFill()?.toString()).toBe("doc(paragraph)");
  expect(schema.nodes.requirement.createAndFill()?.toString()).toBe("requirement(statement(paragraph), rationale(paragraph))");
  expect(schema.nodes.table.createAndFill()?.toString()).toBe("table(tableRow(tableCell(paragraph)))");
});

test.each([
  ["a card in a box", "box", "requirement"],
  ["a table in a cell", "tableCell", "table"],
  ["a card in a card", "statement", "requirement"],
  ["a box in a box", "box", "box"],
  ["a box in a list", "listItem", "box"],
])("%s is not allowed", (_, outer, inner) => {
  const inside = schema.nodes[inner as "box"].createAndFill();
  expect(inside).not.toBeNull();
  if (inside) expect(schema.nodes[outer as "box"].contentMatch.matchType(inside.type)).toBeNull();
});

test("a link that may not be followed has no address on the page", () => {
  const text = schema.text("klik", [schema.marks.link.create({ href: "javascript:alert(1)" })]);
  expect(html(schema.nodes.paragraph.create(null, text))).toBe('<a rel="noopener noreferrer nofollow">klik</a>');
});

test.each([
  ["too long", JSON.stringify({ a: "x".repeat(5000) })],
  ["too deep", '{"a":'.repeat(9) + "1" + "}".repeat(9)],
  ["no object", "[1]"],
  ["no JSON", "{"],
])("values from a page that are %s become nothing", (_, json) => {
  const escaped = json.replaceAll('"', "&quot;");
  const doc = parse(`<p>a<span data-unknown="inline" data-value="${escaped}"></span><span data-other="${escaped}">b</span></p>`);
  expect(doc.toJSON()).toEqual({
    type: "doc",
    content: [{ type: "paragraph", attrs: { unknown: null }, content: [{ type: "text", text: "ab" }] }],
  });
});

test("what is drawn beside a box and a part of a card has a name for who does not see it", () => {
  const { nodes } = schema;
  const line = nodes["paragraph"]?.create();
  const boxes = ["principle", "quote", "later"].map((kind) => nodes["box"]?.create({ kind }, line));
  const parts = ["statement", "rationale"].map((name) => nodes[name]?.create({}, line));
  const written = document.createElement("div");
  for (const node of [...boxes, ...parts]) {
    if (node) written.append(DOMSerializer.fromSchema(schema).serializeNode(node));
  }
  const names = [...written.querySelectorAll('[role="group"]')].map((group) => group.getAttribute("aria-label"));
  expect(names).toEqual(["principle", "quote", "unknownBox", "statement", "rationale"]);
});
