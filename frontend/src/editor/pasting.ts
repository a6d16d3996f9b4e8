// Joins what paste/ makes of the clipboard to the editor.
import { DOMParser, Fragment, type Mark, type Node as PMNode, type Schema, Slice } from "prosemirror-model";
import { Plugin } from "prosemirror-state";
import { newID } from "./id.ts";
import { type Cleaned, cleanHTML, cleanText, clipboardSerializer, copiedText, fitting } from "./paste/index.ts";

/** cut hears that what was pasted was too much, and that its end was left out. */
export function pasting(schema: Schema, cut: () => void): Plugin {
  const taken = ({ html, cut: short }: Cleaned): string => {
    if (short) cut();
    return html;
  };
  const parser = DOMParser.fromSchema(schema);
  let dropped = false; // what is dropped goes where it fits, and not where the caret is
  return new Plugin({
    props: {
      handleDOMEvents: {
        drop: () => {
          dropped = true;
          queueMicrotask(() => (dropped = false));
        },
      },
      transformPastedHTML: (html) => taken(cleanHTML(html)),
      clipboardTextParser: (text, $context) => {
        const holder = document.createElement("div");
        holder.innerHTML = taken(cleanText(text)); // clean: lines and lists, with the letters escaped
        const slice = parser.parseSlice(holder, { context: $context, preserveWhitespace: true });
        return Slice.maxOpen(marked(slice.content, $context.marks()));
      },
      transformPasted: (slice, view) => named(dropped ? slice : fitting(slice, view.state.selection.$from)),
      clipboardSerializer: clipboardSerializer(schema),
      clipboardTextSerializer: (slice) => copiedText(slice),
    },
  });
}

/** Plain text looks as what is typed there does. */
function marked(content: Fragment, marks: readonly Mark[]): Fragment {
  if (marks.length === 0) return content;
  const nodes: PMNode[] = [];
  content.forEach((node) => nodes.push(node.isInline ? node.mark(marks) : node.copy(marked(node.content, marks))));
  return Fragment.from(nodes);
}

/** A box that is pasted is a box of its own. */
function named(slice: Slice): Slice {
  const go = (content: Fragment): Fragment => {
    const nodes: PMNode[] = [];
    let same = true;
    content.forEach((node) => {
      const inside = node.isTextblock ? node.content : go(node.content);
      const box = node.type.name === "box";
      same &&= inside === node.content && !box;
      nodes.push(box ? node.type.create({ ...node.attrs, id: newID() }, inside) : inside === node.content ? node : node.copy(inside));
    });
    return same ? content : Fragment.from(nodes);
  };
  return new Slice(go(slice.content), slice.openStart, slice.openEnd);
}
