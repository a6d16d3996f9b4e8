// People who write in one programme: pages that are signed in, and what stands in their text.
import type { Browser, Locator, Page } from "playwright-core";
import type { EditorView } from "prosemirror-view";
import { openBrowser, Program, signIn, until, visit } from "./harness.ts";

export const editor = (page: Page): Locator => page.getByRole("textbox", { name: "Tekst van het programma" });
export const saved = (page: Page): Locator => page.locator(".sw-saved");

type Edited = HTMLElement & { editor: EditorView };

/** The program and a browser, for as long as a file of tests runs. */
export class Site {
  private constructor(
    readonly program: Program,
    readonly browser: Browser,
  ) {}

  static async start(): Promise<Site> {
    return new Site(await Program.start(), await openBrowser());
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.program.stop();
  }

  /** Begins a programme of its own for a test, so that tests do not meet each other's text. */
  async begin(title: string): Promise<string> {
    const { page } = await this.open("Coördinator", "/werkgroepen");
    await page.getByRole("link", { name: "Lerende samenwerking" }).first().click();
    const group = new URL(page.url()).pathname;
    await page.goto(`${group}/programmas/nieuw`);
    await page.getByLabel("Hoe heet het programma?").fill(title);
    await page.getByRole("button", { name: "Begin het programma" }).click();
    await page.waitForURL(/\/programmas\/[^/]+$/);
    const path = new URL(page.url()).pathname;
    await page.context().close();
    return path;
  }

  /** Opens a page as one of the people of the demonstration. */
  async open(who: string, path: string, options = {}): Promise<{ page: Page; complaints: string[] }> {
    const { page, complaints } = await visit(this.browser, this.program, "/inloggen", options);
    await signIn(page, who);
    await page.goto(path);
    return { page, complaints };
  }

  /** Two people in a new programme, with a text in it when one is given. */
  async pair(title: string, fill?: (ana: Page) => Promise<void>): Promise<[ana: Page, bo: Page]> {
    const path = await this.begin(title);
    const [{ page: ana }, { page: bo }] = await Promise.all([this.open("Sociaal ondernemer", path), this.open("Bewoner", path)]);
    await Promise.all([editor(ana).waitFor(), editor(bo).waitFor()]);
    if (fill) {
      await editor(ana).click();
      await fill(ana);
      await alike(ana, bo);
    }
    return [ana, bo];
  }
}

/** What the editor holds: kinds of blocks, and the words in them. */
export const tree = (page: Page): Promise<string> =>
  editor(page).evaluate((root) => {
    type Node = EditorView["state"]["doc"];
    const write = (node: Node): string => {
      if (node.isText) return node.text ?? "";
      const inside = node.children.map(write).join(node.isTextblock ? "" : " ");
      if (node.isLeaf && !node.isTextblock) return "/";
      const name = node.type.name === "heading" ? `h${String(node.attrs["level"])}` : node.type.name === "paragraph" ? "" : node.type.name;
      return node.isTextblock ? `${name}"${inside}"` : `${name}(${inside})`;
    };
    return (root as Edited).editor.state.doc.children.map(write).join(" ");
  });

/** Where the caret of the editor is: the words of its line before and behind it. */
export const caretAt = (page: Page): Promise<string> =>
  editor(page).evaluate((root) => {
    const { $head } = (root as Edited).editor.state.selection;
    const { parent, parentOffset } = $head;
    return `${parent.textBetween(0, parentOffset)}|${parent.textBetween(parentOffset, parent.content.size)}`;
  });

/** Puts the caret behind some words, as a click there would. */
export async function goBehind(page: Page, words: string): Promise<void> {
  await editor(page).evaluate((root, words) => {
    const view = (root as Edited).editor;
    let place = -1;
    view.state.doc.descendants((node, pos) => {
      const at = node.isTextblock ? node.textContent.indexOf(words) : -1;
      if (at >= 0 && place < 0) place = pos + 1 + at + words.length;
    });
    if (place < 0) throw new Error(`"${words}" is nowhere`);
    view.focus();
    const Selection = view.state.selection.constructor as unknown as { near?: (at: unknown) => typeof view.state.selection };
    const near = Selection.near;
    if (!near) throw new Error("no selections");
    view.dispatch(view.state.tr.setSelection(near.call(Selection, view.state.doc.resolve(place))));
  }, words);
}

/** Waits until both hold the same, and the server has it all. */
export async function alike(...pages: Page[]): Promise<string> {
  for (const page of pages) await until("it is saved", async () => (await saved(page).textContent()) === "Bewaard", 30);
  await until("all have the same text", async () => new Set(await Promise.all(pages.map(tree))).size === 1);
  return tree(pages[0] as Page);
}
