// The words of a copy that will never be merged, for their writer to take along: what a document says in
// either version of its model, and how it is shown.
import * as Y from "yjs";

const parts = ["statement", "rationale", "plain", "caption"];

/** The words of a document, a line for each paragraph, in the order in which one reads them. */
export function plainWords(doc: Y.Doc): string {
  const lines = doc.share.has("default") ? ofTree(doc.getXmlFragment("default")) : ofFlows(doc);
  return lines.filter((line) => line.trim() !== "").join("\n");
}

/** The first version: a tree of XML elements. */
function ofTree(text: Y.XmlFragment): string[] {
  const lines: string[] = [];
  for (const node of text.createTreeWalker((n) => n instanceof Y.XmlText)) {
    if (!(node instanceof Y.XmlText)) continue;
    const pieces = node.toDelta() as { insert: unknown }[];
    lines.push(pieces.map((piece) => (typeof piece.insert === "string" ? piece.insert : "")).join(""));
  }
  return lines;
}

/** Flows: the running text with its cards where they stand, then what stands nowhere any more. */
function ofFlows(doc: Y.Doc): string[] {
  const flows = new Set([...doc.share.keys()].filter((name) => name === "body" || /^(statement|rationale|plain|caption|cell):/.test(name)));
  const lines: string[] = [];
  const read = (name: string): void => {
    if (!flows.delete(name)) return;
    let line = "";
    const end = (): void => {
      lines.push(line);
      line = "";
    };
    for (const { insert } of doc.getText(name).toDelta() as { insert: unknown }[]) {
      if (typeof insert === "string") {
        line += insert;
        continue;
      }
      const { p, requirement, table } = insert as Record<string, unknown>;
      if (p === undefined && requirement === undefined && table === undefined) continue;
      end();
      if (typeof requirement === "string") for (const part of parts) read(`${part}:${requirement}`);
      if (typeof table === "string") for (const cell of [...flows].filter((name) => name.startsWith(`cell:${table}:`))) read(cell);
    }
    end();
  };
  read("body");
  for (const name of [...flows]) read(name);
  return lines;
}

export interface NoticeTexts {
  title: string;
  why: string;
  copy: string;
  copied: string;
  forget: string;
}

/** A notice with words to copy from or to let go. */
export function wordsNotice(text: string, says: NoticeTexts, forget: () => void): HTMLElement {
  const notice = document.createElement("section");
  notice.className = "sw-notice sw-notice--warning";
  const title = document.createElement("h2");
  title.className = "sw-notice__title";
  title.textContent = says.title;
  const why = document.createElement("p");
  why.textContent = says.why;
  const words = document.createElement("pre");
  words.className = "sw-words";
  words.tabIndex = 0;
  words.setAttribute("role", "region");
  words.setAttribute("aria-label", says.title);
  words.textContent = text;
  const told = document.createElement("p");
  told.setAttribute("role", "status");
  const copy = button(says.copy, async () => {
    if (await toClipboard(text, words)) told.textContent = says.copied;
  });
  const remove = button(says.forget, () => {
    forget();
    notice.remove();
  });
  const actions = document.createElement("div");
  actions.className = "sw-actions";
  actions.append(copy, remove);
  notice.append(title, why, words, actions, told);
  return notice;
}

function button(label: string, act: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "utrecht-button utrecht-button--secondary-action";
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
}

/** Copies text; a browser that does not let us gets it selected, for its reader to copy. */
async function toClipboard(text: string, shown: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    shown.focus();
    document.getSelection()?.selectAllChildren(shown);
    return false;
  }
}
