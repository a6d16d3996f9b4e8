// What is said of a card that was moved. It comes after the text.
import type { Node } from "prosemirror-model";
import type { Say } from "./config.ts";
import { shorten } from "./entries.ts";
import type { Keys } from "./keys.ts";
import { calledIn } from "./losses.ts";

/** Says where a card stands now: after which card or heading, or which words. */
export function movedWords(doc: Node, card: { kind: string; id: string }, say: Say, keys: Keys): string {
  let before = "";
  let found: string | undefined;
  doc.forEach((node) => {
    const id = String(node.attrs["id"] ?? "");
    if (node.type.name === card.kind && id === card.id) found = before;
    const isCard = node.type.name === "requirement" || node.type.name === "table";
    const called = isCard ? calledIn(say, keys, { kind: node.type.name, id }) : quoted(shorten(node.textContent));
    before = called === "" ? before : called;
  });
  const key = calledIn(say, keys, card, true);
  return found === undefined || found === "" ? say("movedTop", { key }) : say("movedAfter", { key, where: found });
}

const quoted = (words: string): string => (words === "" ? "" : `“${words}”`);
