// Writes the text in a Yjs document, in the form that each editor keeps it, and finds places in it.
import * as Y from "yjs";
import { type Block, dice, id, type Run } from "./text.ts";

/** A place in a shared text, behind the first `index` characters. */
export interface Place {
  text: Y.Text;
  index: number;
}

// --- a tree of XML elements, as y-prosemirror writes it ------------------------------------------

/** Fills a fragment with nodes that are named as in the first version of the product's model. */
export function writeTree(fragment: Y.XmlFragment, blocks: Block[]): void {
  fragment.insert(fragment.length, blocks.map(treeOf));
}

function treeOf(block: Block): Y.XmlElement {
  switch (block.kind) {
    case "paragraph":
      return line("paragraph", block.runs);
    case "heading": {
      const heading = line("heading", [{ text: block.text }]);
      heading.setAttribute("level", block.level as unknown as string); // a number, as the editors write it
      return heading;
    }
    case "list":
      return around("bulletList", block.items.map((item) => around("listItem", [line("paragraph", item)])));
    case "requirement": {
      const card = around("requirement", [
        around("statement", block.statement.map(treeOf)),
        around("rationale", block.rationale.map(treeOf)),
      ]);
      card.setAttribute("id", block.id);
      return card;
    }
  }
}

function around(name: string, inside: Y.XmlElement[]): Y.XmlElement {
  const element = new Y.XmlElement(name);
  element.insert(0, inside);
  return element;
}

function line(name: string, runs: Run[]): Y.XmlElement {
  const element = new Y.XmlElement(name);
  const text = new Y.XmlText();
  text.applyDelta(runs.map((run) => ({ insert: run.text, ...(run.bold ? { attributes: { bold: {} } } : {}) })));
  element.insert(0, [text]);
  return element;
}

/** Finds the end of the paragraph that begins with a word. */
export function endInTree(fragment: Y.XmlFragment, word: string): Place {
  for (const node of fragment.createTreeWalker((element) => element instanceof Y.XmlText)) {
    const text = node as Y.XmlText;
    if (text.toDelta()[0]?.insert?.startsWith(word)) return { text, index: text.length };
  }
  throw new Error(`no paragraph begins with ${word}`);
}

// --- flows, as docs/document.md describes them ---------------------------------------------------

/** Writes the running text, the parts of the cards and what each paragraph is. */
export function writeFlows(doc: Y.Doc, blocks: Block[], seed: number): void {
  const random = dice(seed);
  const now = Date.now();
  doc.transact(() => {
    const marks = doc.getMap("marks");
    const flow = (name: string): ((runs: Run[], values: Record<string, unknown>) => void) => {
      const text = doc.getText(name);
      return (runs, values) => {
        const paragraph = id(random);
        for (const [key, value] of Object.entries(values)) marks.set(`${paragraph}:${key}`, value);
        for (const run of runs) text.insert(text.length, run.text, run.bold ? { bold: true } : {});
        text.insertEmbed(text.length, { p: paragraph }, {});
      };
    };
    const write = (within: string, blocks: Block[]): void => {
      const paragraph = flow(within);
      for (const block of blocks) {
        if (block.kind === "paragraph") paragraph(block.runs, {});
        if (block.kind === "heading") paragraph([{ text: block.text }], { kind: "heading", ...(block.level === 2 ? {} : { level: block.level }) });
        if (block.kind === "list") for (const item of block.items) paragraph(item, { list: "bullet" });
        if (block.kind === "requirement") {
          const body = doc.getText("body");
          body.insertEmbed(body.length, { requirement: block.id, place: now }, {});
          write(`statement:${block.id}`, block.statement);
          write(`rationale:${block.id}`, block.rationale);
        }
      }
    };
    write("body", blocks);
  });
}

/** Finds the end of the paragraph with which the statement of a card begins. */
export function endInFlow(doc: Y.Doc, card: string): Place {
  const text = doc.getText(`statement:${card}`);
  let index = 0;
  for (const piece of text.toDelta() as { insert: unknown }[]) {
    if (typeof piece.insert !== "string") return { text, index };
    index += piece.insert.length;
  }
  throw new Error(`the statement of ${card} has no paragraph`);
}
