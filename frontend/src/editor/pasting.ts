// Joins what paste/ makes of the clipboard to the editor.
import { DOMParser, Fragment, type Mark, type Node as PMNode, type Schema, Slice } from "prosemirror-model";
import { Plugin } from "prosemirror-state";
import { newID } from "./id.ts";
import { type Cleaned, cleanHTML, cleanText, clipboardSerializer, copiedText, fitting } from "./paste/index.ts";

export interface PastingOptions {
  /** What was pasted was too much: its end was left out. */
  cut: () => void;
  /** How many cells there is room for. */
  room: () => number;
  /** There was no room for all cells of a table: its last rows were left out. */
  full: () => void;
}

export function pasting(schema: Schema, { cut, room, full }: PastingOptions): Plugin {
  const taken = ({ html, cut: short }: Cleaned): string => {
    if (short) cut();
    return html;
  };
  const parser = DOMParser.fromSchema(schema);
  let dropped = false; // what is dropped goes where it fits, and not where the caret is
  let moved = false; // it was dragged from here: it needs no room that it does not have already
  return new Plugin({
    props: {
      handleDOMEvents: {
        drop: (view) => {
          dropped = true;
          moved = view.dragging !== null;
          queueMicrotask(() => (dropped = moved = false));
        },
      },
      transformPastedHTML: (html) => taken(cleanHTML(html)),
      clipboardTextParser: (text, $context) => {
        const holder = document.createElement("div");
        holder.innerHTML = taken(cleanText(text)); // clean: lines and lists, with the letters escaped
        const slice = parser.parseSlice(holder, { context: $context, preserveWhitespace: true });
        return Slice.maxOpen(marked(slice.content, $context.marks()));
      },
      transformPasted: (slice, view) => {
        const fits = dropped ? slice : fitting(slice, view.state.selection.$from);
        return named(moved ? fits : within(room(), full, fits));
      },
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

/** A slice with no more cells than there is room for. Tables stand only at its top. */
function within(room: number, full: () => void, slice: Slice): Slice {
  const nodes: PMNode[] = [];
  let short = false;
  slice.content.forEach((node) => {
    if (node.type.name !== "table") return nodes.push(node);
    const columns = node.firstChild?.childCount ?? 1;
    const rows = Math.min(node.childCount, Math.floor(room / columns));
    room -= rows * columns;
    if (rows === node.childCount) return nodes.push(node);
    short = true;
    return rows > 0 && nodes.push(node.copy(Fragment.from(node.children.slice(0, rows))));
  });
  if (!short) return slice;
  full();
  return new Slice(Fragment.from(nodes), slice.openStart, slice.openEnd);
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
