// What buttons and keys do to the text, each said in one short sentence: who does not see the page does not
// see that a line became a heading, or that a row came.
import { type Around, around, isMarked } from "./at.ts";
import type { Binding } from "./binding/index.ts";
import type { Say } from "./config.ts";

export interface Acting {
  binding: Binding;
  say: Say;
  /** Says it aloud. */
  tell: (words: string) => void;
}

/** Does what is called name to the text, and says what became of it. */
export function act(acting: Acting, name: string, run: () => boolean): boolean {
  const before = around(acting.binding.state);
  const done = run();
  acting.tell(done ? became(acting, name, before) : failed(acting, name));
  return done;
}

function became({ say, binding }: Acting, name: string, before: Around): string {
  const after = around(binding.state);
  const isOn = (on: boolean): string => say(on ? "didOn" : "didOff", { what: say(`tool_${name}`) });
  switch (name) {
    case "undo":
    case "redo":
      return say(`did_${name}`);
    case "bold":
    case "italic":
    case "strike":
      return isOn(isMarked(binding.state, binding.schema.marks[name]));
    case "heading2":
    case "heading3":
    case "heading4":
      return isOn(after.heading === Number(name.at(-1)));
    case "bulletList":
    case "orderedList":
      return isOn(after.list !== "" && name.startsWith(after.list));
    case "principle":
    case "term":
    case "note":
    case "quote":
      return isOn(after.box === name);
    case "headingRow":
      return isOn(after.headed === true);
    case "indent":
    case "outdent":
      return say("didLevel", { number: after.level });
    case "table":
      return say("didTable");
    case "rowAfter":
    case "rowBefore":
      return say("didAddRow", { number: (after.cell?.row ?? 0) + 1 });
    case "columnAfter":
    case "columnBefore":
      return say("didAddColumn", { number: (after.cell?.column ?? 0) + 1 });
    case "removeRow":
    case "removeColumn":
      if (!before.cell || !after.cell) return "";
      return say(`did_${name}`, { number: (name === "removeRow" ? before.cell.row : before.cell.column) + 1 });
    default:
      return ""; // it is said elsewhere
  }
}

const failed = ({ say }: Acting, name: string): string => (name === "indent" || name === "outdent" ? say(`didNot_${name}`) : "");
