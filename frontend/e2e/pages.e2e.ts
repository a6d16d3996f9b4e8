// Walks through the whole site as different people, by its own links, and looks at each kind of page
// once: accessible (axe), valid, no sideways scrolling on a phone, no complaint from the browser.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { faults, openBrowser, phone, Program, shoot, signIn, tooLow, visit } from "./harness.ts";

let program: Program;
let browser: Browser;

beforeAll(async () => {
  program = await Program.start();
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await program?.stop();
});

/** Two addresses are the same kind of page when they differ in ids and queries only. */
function kindOf(url: string): string {
  return new URL(url).pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27,}/g, ":id").replace(/(\/[^/]*\d[^/]*)$/, "/:id");
}

/** What a script keeps hidden leads nowhere yet: the toolbar has a link to the form of the requirement that is chosen. */
async function linksOf(page: Page): Promise<string[]> {
  return page.locator("a[href]").evaluateAll((links) =>
    links.filter((link) => !link.closest("[hidden]")).map((link) => (link as HTMLAnchorElement).href.replace(/#.*/, "")),
  );
}

/** Follows the links of our own pages; files to download are no pages. */
async function walk(page: Page, start: string, look: (page: Page, kind: string) => Promise<void>): Promise<string[]> {
  const waiting = [new URL(start, program.url).href];
  const seen = new Set<string>();
  while (waiting.length > 0) {
    const url = waiting.shift() as string;
    const kind = kindOf(url);
    if (new URL(url).origin !== program.url || seen.has(kind) || /\.[a-z]{2,5}$/.test(kind)) continue;
    seen.add(kind);
    const answer = await page.goto(url);
    expect(answer?.status(), `${url} linked from our own pages`).toBeLessThan(400);
    await look(page, kind);
    waiting.push(...(await linksOf(page)));
  }
  return [...seen];
}

/** What a screen of 1280 pixels has left at 200 % and at 400 % (WCAG 1.4.10), and a phone, which comes last. */
const widths = [640, 320, 360];

/** Tells what is too wide for a phone on which the text is twice as large (WCAG 1.4.4). */
async function sideways(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const root = document.documentElement;
    root.style.fontSize = "200%";
    const wide = root.scrollWidth - root.clientWidth;
    const found: string[] = [];
    if (wide > 0) {
      for (const element of document.querySelectorAll("main *, footer *")) {
        if (element.getBoundingClientRect().right > root.clientWidth + 1 && element.childElementCount === 0) found.push(element.outerHTML.slice(0, 120));
      }
      found.splice(3);
      found.unshift(`${wide} px too wide`);
    }
    root.style.fontSize = "";
    return found;
  });
}

const people = [
  { who: "a visitor", role: "", atLeast: 6 },
  { who: "a coordinator", role: "Coördinator", atLeast: 15 },
  { who: "a student", role: "Student", atLeast: 10 },
  { who: "an administrator", role: "Beheerder", atLeast: 10 },
];

describe.each(people)("as $who", ({ role, atLeast }) => {
  test("every page is accessible and valid, and fits on a phone", async () => {
    const { page, complaints } = await visit(browser, program, "/", phone);
    if (role !== "") await signIn(page, role);
    const wrong: string[] = [];
    const kinds = await walk(page, "/", async (page, kind) => {
      for (const fault of await faults(page)) wrong.push(`${kind}: ${fault}`);
      for (const width of widths) {
        await page.setViewportSize({ width, height: 740 });
        const overflow = await page.locator("html").evaluate((root) => root.scrollWidth - root.clientWidth);
        if (overflow > 0) wrong.push(`${kind}: ${overflow} px too wide for ${width} px`);
      }
      for (const fault of await sideways(page)) wrong.push(`${kind}: at twice the size of the text ${fault}`);
      for (const low of await tooLow(page)) wrong.push(`${kind}: ${low}`);
      await shoot(page, `${role || "bezoeker"}${kind.replaceAll("/", "_")}-360`);
    });
    expect(wrong).toEqual([]);
    expect(complaints).toEqual([]);
    expect(kinds.length, kinds.join(" ")).toBeGreaterThanOrEqual(atLeast);
  }, 300_000);
});
