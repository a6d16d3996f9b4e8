// The way through the document: its headings, and under them the requirements.
import type { Editor } from "@tiptap/core";
import type { Node as PMNode } from "@tiptap/pm/model";
import type { Keys } from "./keys.ts";

export interface Entry {
  pos: number;
  level: number; // of a heading; a requirement hangs under the heading before it
  key: string;
  text: string;
}

const longest = 60;

export function entries(doc: PMNode, keyOf: (id: string) => string): Entry[] {
  const found: Entry[] = [];
  doc.descendants((node, pos) => {
    if (node.type.name === "heading") {
      found.push({ pos, level: Number(node.attrs["level"]), key: "", text: shorten(node.textContent) });
      return false;
    }
    if (node.type.name === "requirement") {
      const text = node.firstChild?.textContent ?? "";
      found.push({ pos, level: 0, key: keyOf(String(node.attrs["id"])), text: shorten(text) });
      return false;
    }
    return !node.isTextblock;
  });
  return found.filter((entry) => entry.text !== "" || entry.key !== "");
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= longest ? line : `${line.slice(0, line.lastIndexOf(" ", longest) + 1 || longest).trim()}…`;
}

/** Keeps the list up to date, at most once a frame, and takes the reader to the place of an entry. */
export function keepOutline(list: HTMLElement, editor: Editor, keys: Keys, pending: string): () => void {
  let asked = 0;
  let shown = "";
  const draw = (): void => {
    asked = 0;
    if (editor.isDestroyed) return;
    const found = entries(editor.state.doc, (id) => keys.of(id)?.key ?? pending);
    const now = JSON.stringify(found);
    if (now === shown) return;
    shown = now;
    list.replaceChildren(...nested(found, (entry) => go(editor, entry)));
  };
  const ask = (): void => {
    asked ||= requestAnimationFrame(draw);
  };
  editor.on("update", ask);
  editor.on("create", ask);
  const stop = keys.observe(ask);
  ask();
  return () => {
    stop();
    cancelAnimationFrame(asked);
  };
}

/** Headings of level 2 are the list; everything below one hangs under it. */
function nested(found: Entry[], open: (entry: Entry) => void): HTMLElement[] {
  const items: HTMLElement[] = [];
  let heading: HTMLElement | undefined;
  for (const entry of found) {
    const link = document.createElement("a");
    link.href = `#${entry.pos}`;
    if (entry.key !== "") {
      const key = document.createElement("span");
      key.className = "sw-outline__key";
      key.textContent = entry.key;
      link.append(key, " ");
    }
    link.append(entry.text);
    link.addEventListener("click", (event) => {
      event.preventDefault();
      open(entry);
    });
    const item = document.createElement("li");
    item.append(link);
    if (entry.level === 2 || !heading) {
      items.push(item);
      if (entry.level > 0) heading = item;
    } else {
      let below = heading.querySelector(":scope > ol");
      if (!below) {
        below = document.createElement("ol");
        heading.append(below);
      }
      below.append(item);
    }
  }
  return items;
}

function go(editor: Editor, entry: Entry): void {
  const place = editor.view.nodeDOM(entry.pos);
  if (place instanceof HTMLElement) place.scrollIntoView({ block: "start" });
  editor.commands.focus(entry.pos + 1, { scrollIntoView: false });
}
