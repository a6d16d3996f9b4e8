// What was never merged and waits on this device: beside a document that goes on, or for one that its writer can
// no longer open, which the island "unsent" asks for. Hardly anybody has any, so this is fetched for who has.
import type { Config as Page, Say } from "./config.ts";
import type { Kept, shelf } from "./copy.ts";
import { plainWords, wordsNotice } from "./words.ts";
import type { Config } from "../unsent/index.ts";

type Shelf = typeof shelf;

/** Shows in root the words of every document that the person may no longer open. */
export async function offer(root: HTMLElement, config: Config, kept: Shelf): Promise<void> {
  const mine = kept.read().filter(({ person }) => person === config.person);
  for (const document of new Set(mine.map((copy) => copy.document))) {
    if (!(await isLost(document, config))) continue;
    for (const copy of mine.filter((one) => one.document === document)) {
      const words = await wordsIn(copy, kept);
      if (words === "") kept.remove([copy]);
      else root.append(wordsNotice(words, config.texts, () => kept.remove([copy])));
    }
  }
}

/** Shows what was set aside beside a document, to copy from or to let go. */
export async function showAsides(place: HTMLElement, { person, document }: Page, say: Say, kept: Shelf): Promise<void> {
  for (const copy of kept.read()) {
    if (copy.aside === undefined || copy.person !== person || copy.document !== document) continue;
    const texts = {
      title: say("asideTitle"),
      why: say(copy.aside === "content" ? "asideContent" : "asideWhy"),
      copy: say("asideCopy"),
      copied: say("asideCopied"),
      forget: say("asideForget"),
      sure: say("asideSure"),
      yes: say("asideYes"),
      no: say("asideNo"),
      forgotten: say("asideForgotten"),
    };
    place.append(wordsNotice(await wordsIn(copy, kept), texts, () => kept.remove([copy])));
  }
}

/** The words of a copy that the server may not have. Of a text that was put back to an earlier state it may lack any. */
async function wordsIn(copy: Kept, kept: Shelf): Promise<string> {
  const opened = kept.open(copy);
  await opened.loaded.catch(() => false);
  const words = plainWords(opened.doc, copy.aside === true ? undefined : await opened.unsaved().catch(() => undefined));
  await opened.close();
  opened.doc.destroy();
  return words;
}

/** Reports whether the server refuses the document to its reader, and not just at this moment. */
async function isLost(document: string, { ticket, csrf }: Config): Promise<boolean> {
  try {
    const answer = await fetch(ticket.replace("DOCUMENT", encodeURIComponent(document)), {
      method: "POST",
      headers: { "X-CSRF-Token": csrf, Accept: "application/json" },
    });
    if (![403, 404, 410].includes(answer.status)) return false;
    const { code } = (await answer.json()) as { code?: string };
    return code !== "web.form_expired"; // then it is the page that is too old
  } catch {
    return false;
  }
}
