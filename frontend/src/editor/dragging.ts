// A card that is dropped somewhere moves there: its words are not taken out and put back.
import type { Slice } from "prosemirror-model";
import { Plugin } from "prosemirror-state";
import { dropPoint } from "prosemirror-transform";
import type { EditorView } from "prosemirror-view";
import type { Binding } from "./binding/index.ts";

export function dragging(binding: Binding, moved: (card: { kind: string; id: string }) => void): Plugin {
  return new Plugin({
    props: {
      handleDrop: (view, event, slice, moves) => {
        const card = moves ? cardIn(slice) : undefined;
        if (!card) return false;
        const to = placeOf(view, event, slice);
        binding.undoing.manager.stopCapturing();
        if (to !== undefined && binding.commands.moveCard(card.kind, card.id, to)) moved(card);
        view.focus();
        return true;
      },
    },
  });
}

/** The card that a slice holds, when it holds nothing else. */
function cardIn({ content }: Slice): { kind: string; id: string } | undefined {
  const node = content.firstChild;
  if (content.childCount !== 1 || node?.type.spec.group !== "card") return undefined;
  const id: unknown = node.attrs["id"];
  return typeof id === "string" && id !== "" ? { kind: node.type.name, id } : undefined;
}

/** Between which blocks it is dropped: the nearest place at which a card can stand. */
function placeOf(view: EditorView, event: DragEvent, slice: Slice): number | undefined {
  const under = view.posAtCoords({ left: event.clientX, top: event.clientY });
  return (under && dropPoint(view.state.doc, under.pos, slice)) ?? undefined;
}
