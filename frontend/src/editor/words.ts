// The words of a copy that will never be merged, for their writer to take along: what a document says in
// either version of its model, and how it is shown.
import type * as Y from "yjs";
import { toClipboard } from "./clipboard.ts";

const parts = ["statement", "rationale", "plain", "caption"];

/** From which letter of each client on; of a client that it does not name none. */
type Since = ReadonlyMap<number, number>;

/** The words of a document, a line for each paragraph, in the order in which one reads them; of one in flows those alone
 * that are wanted. */
export function plainWords(doc: Y.Doc, since?: Since): string {
  const lines = doc.share.has("default") ? ofTree(doc.getXmlFragment("default")) : ofFlows(doc, since);
  return lines.filter((line) => line.trim() !== "").join("\n");
}

/** The first version: a tree of XML elements. */
function ofTree(text: Y.XmlFragment): string[] {
  const lines: string[] = [];
  for (const node of text.createTreeWalker((n) => "toDelta" in n)) {
    const pieces = (node as Y.XmlText).toDelta() as { insert: unknown }[];
    lines.push(pieces.map((piece) => (typeof piece.insert === "string" ? piece.insert : "")).join(""));
  }
  return lines;
}

/** Flows: the running text with its cards where they stand, then what stands nowhere any more. */
function ofFlows(doc: Y.Doc, since: Since | undefined): string[] {
  const flows = new Set([...doc.share.keys()].filter((name) => name === "body" || /^(statement|rationale|plain|caption|cell):/.test(name)));
  const lines: string[] = [];
  const read = (name: string): void => {
    if (!flows.delete(name)) return;
    let line = "";
    const end = (): void => {
      lines.push(line);
      line = "";
    };
    for (const insert of unitsOf(doc.getText(name), since)) {
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

/** What stands in a flow: words, and embeds. */
function unitsOf(text: Y.Text, since: Since | undefined): unknown[] {
  const units: unknown[] = [];
  for (let item = text._start; item; item = item.right) {
    if (item.deleted) continue;
    const { content, id } = item;
    const from = since ? Math.max(0, (since.get(id.client) ?? Infinity) - id.clock) : 0;
    if ("str" in content) units.push((content.str as string).slice(from));
    else if ("embed" in content) units.push(content.embed);
  }
  return units;
}

export interface NoticeTexts {
  title: string;
  why: string;
  copy: string;
  copied: string;
  forget: string;
  /** It asks first: the question, and its answers; and what is so then. */
  sure: string;
  yes: string;
  no: string;
  forgotten: string;
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
    if (await toClipboard(text, () => (words.focus(), document.getSelection()?.selectAllChildren(words)))) told.textContent = says.copied;
  });
  const remove = button(says.forget, () => {
    told.textContent = says.sure;
    actions.replaceChildren(yes, no);
    no.focus();
  });
  const no = button(says.no, () => {
    told.textContent = "";
    actions.replaceChildren(copy, remove);
    remove.focus();
  });
  const yes = button(says.yes, () => {
    forget();
    told.textContent = says.forgotten;
    told.tabIndex = -1;
    notice.replaceChildren(told);
    told.focus();
  });
  const actions = document.createElement("div");
  actions.className = "sw-actions";
  actions.append(copy, remove);
  notice.append(title, why, words, told, actions);
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
