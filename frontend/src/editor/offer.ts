// What waits on this device for documents that its writer can no longer open; the island "unsent" asks for
// it, which is why it is part of the editor: there is nothing more to load for who writes.
import { documentsOf, leftOf } from "./copy.ts";
import { plainWords, wordsNotice } from "./words.ts";
import type { Config } from "../unsent/index.ts";

/** Shows in root the words of every document that the person may no longer open. */
export async function offer(root: HTMLElement, config: Config): Promise<void> {
  for (const document of documentsOf(config.person)) {
    if (!(await isLost(document, config))) continue;
    for (const { text, forget } of await leftOf(config.person, document, plainWords)) {
      root.append(wordsNotice(text, config.texts, forget));
    }
  }
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
