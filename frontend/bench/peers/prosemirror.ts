// The first peer: ProseMirror with y-prosemirror and nothing else. Its cards are plain nested nodes.
import { baseKeymap, toggleMark } from "prosemirror-commands";
import { keymap } from "prosemirror-keymap";
import { Schema } from "prosemirror-model";
import { splitListItem } from "prosemirror-schema-list";
import { EditorState } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import { initProseMirrorDoc, redo, undo, yCursorPlugin, ySyncPlugin, yUndoPlugin } from "y-prosemirror";
import { connect } from "./connect.ts";

const schema = new Schema({
  nodes: {
    doc: { content: "block*" },
    paragraph: { group: "block", content: "inline*", toDOM: () => ["p", 0] },
    heading: { group: "block", content: "inline*", attrs: { level: { default: 2 } }, toDOM: (node) => [`h${node.attrs["level"]}`, 0] },
    bulletList: { group: "block", content: "listItem*", toDOM: () => ["ul", 0] },
    listItem: { content: "block*", toDOM: () => ["li", 0] },
    requirement: { group: "block", content: "block*", isolating: true, attrs: { id: { default: "" } }, toDOM: () => ["section", { class: "card" }, 0] },
    statement: { group: "block", content: "block*", toDOM: () => ["div", 0] },
    rationale: { group: "block", content: "block*", toDOM: () => ["div", { class: "why" }, 0] },
    text: { group: "inline" },
  },
  marks: { bold: { toDOM: () => ["strong", 0] } },
});

const bold = schema.marks["bold"];
const item = schema.nodes["listItem"];
if (!bold || !item) throw new Error("the schema lacks what the keys need");

const { doc, awareness, place } = await connect();
const fragment = doc.getXmlFragment("default");
const { doc: first, mapping } = initProseMirrorDoc(fragment, schema);
new EditorView(place, {
  state: EditorState.create({
    doc: first,
    plugins: [
      ySyncPlugin(fragment, { mapping }),
      yCursorPlugin(awareness),
      yUndoPlugin(),
      keymap({ "Mod-z": undo, "Mod-y": redo, "Mod-b": toggleMark(bold), Enter: splitListItem(item) }),
      keymap(baseKeymap),
    ],
  }),
});
