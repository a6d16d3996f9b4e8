// The second peer: BlockNote with its own collaboration. A card is a block of its own kind, with the
// statement as its text, and the list and the rationale as the blocks below it.
import { BlockNoteEditor, BlockNoteSchema, createBlockSpec, defaultBlockSpecs, type PartialBlock } from "@blocknote/core";
import "@blocknote/core/style.css";
import { withCollaboration } from "@blocknote/core/yjs";
import type { Block, Run } from "../text.ts";
import { connect } from "./connect.ts";

const card = createBlockSpec(
  { type: "requirement", propSchema: { requirement: { default: "" } }, content: "inline" },
  {
    render: () => {
      const dom = document.createElement("section");
      dom.className = "card";
      const contentDOM = document.createElement("p");
      dom.append(contentDOM);
      return { dom, contentDOM };
    },
  },
);
const schema = BlockNoteSchema.create({ blockSpecs: { ...defaultBlockSpecs, requirement: card() } });
type Part = PartialBlock<typeof schema.blockSchema>;

const { doc, awareness, place } = await connect();
const editor = BlockNoteEditor.create(
  withCollaboration({
    schema,
    collaboration: { fragment: doc.getXmlFragment("default"), user: { name: "Ana", color: "#004488" }, provider: { awareness } },
  }),
);
editor.mount(place);

const inline = (runs: Run[]) => runs.map(({ text, bold }) => ({ type: "text" as const, text, styles: bold ? { bold: true as const } : {} }));

function parts(block: Block): Part[] {
  switch (block.kind) {
    case "paragraph":
      return [{ type: "paragraph", content: inline(block.runs) }];
    case "heading":
      return [{ type: "heading", props: { level: block.level === 2 ? 2 : 3 }, content: block.text }];
    case "list":
      return block.items.map((item) => ({ type: "bulletListItem", content: inline(item) }));
    case "requirement": {
      const [first, ...others] = block.statement;
      return [
        {
          type: "requirement",
          props: { requirement: block.id },
          content: first?.kind === "paragraph" ? inline(first.runs) : [],
          children: [...others, ...block.rationale].flatMap(parts),
        },
      ];
    }
  }
}

// Only this editor knows how it keeps its blocks, so it writes the text itself.
Object.assign(window, { fill: (blocks: Block[]) => editor.replaceBlocks(editor.document, blocks.flatMap(parts)) });
