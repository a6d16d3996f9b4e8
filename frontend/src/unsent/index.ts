// The island of a page that says "not found" or "you may not": it looks whether words of the reader wait on
// this device for a document that they can no longer open, and offers them. Without a copy on this device it
// loads nothing.
import { copies } from "../early.ts";
import type { NoticeTexts } from "../editor/words.ts";

export interface Config {
  /** Who is signed in. */
  person: string;
  csrf: string;
  /** Where a ticket for a document is asked for; DOCUMENT stands for its id. */
  ticket: string;
  texts: NoticeTexts;
}

export async function start(root: HTMLElement): Promise<void> {
  const config = JSON.parse(root.dataset["unsent"] ?? "") as Config;
  if (!keepsSomething(config.person)) return;
  const { offer } = await import("../editor/index.ts");
  await offer(root, config);
}

function keepsSomething(person: string): boolean {
  try {
    return (localStorage.getItem(copies) ?? "").includes(`samenwijk:${person}:`);
  } catch {
    return false; // a browser that keeps nothing
  }
}
