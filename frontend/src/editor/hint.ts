// What one could write, in the places where nothing stands yet.
import { Extension } from "@tiptap/core";
import type { Node as PMNode } from "@tiptap/pm/model";
import { Plugin } from "@tiptap/pm/state";
import { Decoration, DecorationSet } from "@tiptap/pm/view";
import type { Say } from "./config.ts";

/** Shows hints while the text can be changed. */
export function hints(say: Say): Extension {
  return Extension.create({
    name: "hints",
    addProseMirrorPlugins() {
      const { editor } = this;
      return [
        new Plugin({
          props: {
            attributes: ({ doc }): Record<string, string> =>
              editor.isEditable && doc.childCount === 0
                ? { class: "sw-placeholder", "data-placeholder": say("emptyHint") }
                : {},
            decorations: ({ doc }) => (editor.isEditable ? DecorationSet.create(doc, marks(doc, say)) : null),
          },
        }),
      ];
    },
  });
}

function marks(doc: PMNode, say: Say): Decoration[] {
  const found: Decoration[] = [];
  doc.descendants((node, pos, parent) => {
    if (!node.isTextblock || node.content.size > 0 || parent?.childCount !== 1) return !node.isTextblock;
    const hint = { statement: "statementHint", rationale: "rationaleHint", doc: "emptyHint" }[parent.type.name];
    if (hint) {
      found.push(Decoration.node(pos, pos + node.nodeSize, { class: "sw-placeholder", "data-placeholder": say(hint) }));
    }
    return false;
  });
  return found;
}
