// The kinds of blocks a programme of requirements is made of. An editor deletes, for everybody, a
// node that it does not allow; so what a node may hold is never narrowed, and a kind never removed.
import { type AnyExtension, Mark, mergeAttributes, Node } from "@tiptap/core";
import { Bold } from "@tiptap/extension-bold";
import { Document } from "@tiptap/extension-document";
import { HardBreak } from "@tiptap/extension-hard-break";
import { Heading } from "@tiptap/extension-heading";
import { Italic } from "@tiptap/extension-italic";
import { BulletList } from "@tiptap/extension-list/bullet-list";
import { ListItem } from "@tiptap/extension-list/item";
import { OrderedList } from "@tiptap/extension-list/ordered-list";
import { Paragraph } from "@tiptap/extension-paragraph";
import { TableCell } from "@tiptap/extension-table/cell";
import { TableHeader } from "@tiptap/extension-table/header";
import { TableRow } from "@tiptap/extension-table/row";
import { Table } from "@tiptap/extension-table/table";
import { Text } from "@tiptap/extension-text";
import { safeAddress } from "./address.ts";
import type { Say } from "./config.ts";

/** The version of these kinds; a document with a newer one is only read. */
export { model as schemaVersion } from "../early.ts";

/** The part of the shared document that holds the text. */
export const fragment = "default";

/** A block with a label of its own that holds other blocks. */
function labelled(name: string, tag: string, label: string): Node {
  return Node.create({
    name,
    group: "block",
    content: "block*",
    defining: true,
    parseHTML: () => [{ tag: `${tag}[data-block="${name}"]` }],
    renderHTML: ({ HTMLAttributes }) => [
      tag,
      mergeAttributes(HTMLAttributes, { "data-block": name, "data-label": label, class: `sw-block sw-block--${name}` }),
      0,
    ],
  });
}

const Section = Node.create({
  name: "section",
  group: "block",
  content: "block*",
  parseHTML: () => [{ tag: 'section[data-block="section"]' }],
  renderHTML: ({ HTMLAttributes }) => [
    "section",
    mergeAttributes(HTMLAttributes, { "data-block": "section", class: "sw-section" }),
    0,
  ],
});

const Link = Mark.create({
  name: "link",
  inclusive: false,
  addAttributes: () => ({ href: { default: null } }),
  parseHTML: () => [
    {
      tag: "a[href]",
      getAttrs: (element) => (safeAddress(element.getAttribute("href") ?? "") === "" ? false : null),
    },
  ],
  renderHTML: ({ HTMLAttributes }) => [
    "a",
    { href: safeAddress(String(HTMLAttributes["href"] ?? "")) || null, rel: "noopener noreferrer nofollow" },
    0,
  ],
});

/** Everything but the requirement, which has a module of its own. */
export function blocks(say: Say): AnyExtension[] {
  return [
    Document.extend({ content: "block*" }),
    Paragraph,
    Text,
    HardBreak.extend({ addKeyboardShortcuts() {
      return { "Shift-Enter": () => this.editor.commands.setHardBreak() };
    } }),
    // The title of the page is the only heading of the first level.
    Heading.extend({ content: "inline*" }).configure({ levels: [2, 3, 4] }),
    BulletList.extend({ content: "listItem*" }),
    OrderedList.extend({ content: "listItem*" }),
    ListItem.extend({ content: "block*" }),
    Table.extend({
      content: "tableRow*",
      renderHTML: ({ HTMLAttributes }) => ["table", HTMLAttributes, ["tbody", 0]], // sizes in styles are refused by the page
    }),
    TableRow,
    TableCell.extend({ content: "block*" }),
    TableHeader.extend({ content: "block*" }),
    Section,
    labelled("principle", "div", say("principle")),
    labelled("term", "div", say("term")),
    labelled("note", "div", say("note")),
    labelled("sourceQuote", "blockquote", say("sourceQuote")),
    Bold,
    Italic,
    Link,
  ];
}
