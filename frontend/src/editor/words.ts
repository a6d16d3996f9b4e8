// The words of a shared document, a line for each paragraph, for somebody to copy from.
import * as Y from "yjs";

/** Reads any document, also one of the model before, in which the text was a tree. */
export function wordsOf(doc: Y.Doc): string {
  const names = [...doc.share.keys()].filter((name) => name === "body" || name.includes(":")).sort();
  const lines = ["body", ...names.filter((name) => name !== "body")].map((name) => flowWords(doc.getText(name)));
  if (doc.share.has("default")) lines.push(treeWords(doc.getXmlFragment("default")));
  return lines.filter((line) => line !== "").join("\n");
}

function flowWords(text: Y.Text): string {
  const pieces = text.toDelta() as { insert: unknown }[];
  const words = pieces.map(({ insert }) => (typeof insert === "string" ? insert : "\n")).join("");
  return words.replace(/\n{2,}/g, "\n").trim();
}

function treeWords(tree: Y.XmlFragment): string {
  const lines: string[] = [];
  for (const node of tree.createTreeWalker((n) => n instanceof Y.XmlText)) {
    if (!(node instanceof Y.XmlText)) continue;
    const pieces = node.toDelta() as { insert: unknown }[];
    lines.push(pieces.map((piece) => (typeof piece.insert === "string" ? piece.insert : "")).join(""));
  }
  return lines.filter((line) => line !== "").join("\n");
}
