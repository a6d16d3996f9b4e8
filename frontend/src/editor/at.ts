// Where the caret is, in words that buttons and keys understand. It looks no further than what stands
// around the caret.
import type { MarkType, Node as PMNode } from "prosemirror-model";
import { type EditorState, NodeSelection } from "prosemirror-state";

export interface Around {
  /** Level of the heading, 0 for another line. */
  heading: number;
  list: "" | "bullet" | "ordered";
  /** How deep the item of a list is, 0 outside one. */
  level: number;
  /** The kind of the box. */
  box: string;
  /** The card that is chosen, or has the caret. */
  card: { kind: string; id: string; pos: number; node: PMNode } | undefined;
  /** The caret is in a cell of a table with a heading; undefined outside a table. */
  headed: boolean | undefined;
  /** The cell of the caret, counted from 0. */
  cell: { row: number; column: number } | undefined;
}

export function around({ selection }: EditorState): Around {
  const { $from, $to } = selection;
  const found: Around = { heading: 0, list: "", level: 0, box: "", card: undefined, headed: undefined, cell: undefined };
  if (selection instanceof NodeSelection && selection.node.type.spec.group === "card") {
    found.card = cardOf(selection.node, selection.from);
    return found;
  }
  if ($from.parent.type.name === "heading") found.heading = Number($from.parent.attrs["level"]);
  for (let depth = $from.depth; depth > 0; depth--) {
    const node = $from.node(depth);
    if (node.type.spec.group === "list") found.level++;
    if (found.list === "" && node.type.spec.group === "list") found.list = node.type.name === "bulletList" ? "bullet" : "ordered";
    if (node.type.name === "box") found.box = String(node.attrs["kind"]);
  }
  const top = $from.depth > 0 ? $from.node(1) : undefined;
  if (top?.type.spec.group !== "card" || $to.before(1) !== $from.before(1)) return found;
  found.card = cardOf(top, $from.before(1));
  if (top.type.name === "table") {
    found.headed = top.firstChild?.firstChild?.type.name === "tableHeader";
    if ($from.depth > 1) found.cell = { row: $from.index(1), column: $from.index(2) };
  }
  return found;
}

const cardOf = (node: PMNode, pos: number): Around["card"] => ({ kind: node.type.name, id: String(node.attrs["id"] ?? ""), pos, node });

/** Is all that is chosen, or would be typed, marked so? */
export function isMarked({ selection, storedMarks, doc }: EditorState, type: MarkType | undefined): boolean {
  if (!type) return false;
  const { $from, from, to, empty } = selection;
  if (empty) return type.isInSet(storedMarks ?? $from.marks()) !== undefined;
  let all = true;
  doc.nodesBetween(from, to, (node) => {
    if (node.isText) all &&= type.isInSet(node.marks) !== undefined;
    return all;
  });
  return all && doc.rangeHasMark(from, to, type);
}
