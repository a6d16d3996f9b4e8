// What stands on paper when somebody prints a page: the words, from when and from where, and nothing to press.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser, Program, shoot, signIn, visit } from "./harness.ts";

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

/** What can be pressed or filled in, and ways to other pages that are no words of the text. */
const tools = "button, .utrecht-button, nav, form, .sw-skip, .sw-back, .sw-breadcrumb, .sw-toolbar, .sw-menu, .sw-alone, .sw-vacant";

async function onPaper(page: Page, name: string): Promise<void> {
  const address = page.locator(".sw-paper");
  expect(await address.isVisible()).toBe(false);
  await page.emulateMedia({ media: "print" });
  const seen = await page.locator(tools).evaluateAll((all) => all.filter((one) => one.checkVisibility()).map((one) => one.outerHTML.slice(0, 120)));
  expect(seen, page.url()).toEqual([]);
  expect(await address.innerText()).toContain(page.url().replace(/\?.*/, ""));
  expect(await address.innerText()).toMatch(/\d{1,2} [a-z]+ 20\d\d/);
  await shoot(page, `papier-${name}`);
}

test("a meeting is printed with its date and address, and without what can be pressed", async () => {
  const { page } = await visit(browser, program, "/bijeenkomsten");
  await page.locator("a.sw-card__link").first().click();
  await page.waitForURL(/\/bijeenkomsten\/[0-9a-f]/);
  await onPaper(page, "bijeenkomst");
});

test("the list at the door has a box to tick for everybody who comes", async () => {
  const { page } = await visit(browser, program);
  await signIn(page, "Coördinator");
  await page.goto("/bijeenkomsten");
  await page.locator("a.sw-card__link").first().click();
  await page.waitForURL(/\/bijeenkomsten\/[0-9a-f]/);
  await page.goto(`${page.url().replace(/[?#].*/, "")}/lijst`);
  await onPaper(page, "deurlijst");
  const rows = page.locator("#aanmeldingen tbody tr");
  const boxes = await rows.evaluateAll((all) =>
    all.map((row) => Number.parseFloat(getComputedStyle((row as HTMLTableRowElement).cells[0] as Element, "::before").width)),
  );
  expect(boxes.filter((width) => width > 10).length).toBe(await page.locator("#aanmeldingen tr.sw-tick").count());
  expect(boxes[0]).toBeGreaterThan(10);
  // A code opens the registration of the name beside it: it lies on no table at a door.
  const printed = await page.locator("#aanmeldingen").innerText();
  expect(printed).not.toMatch(/[a-z]+-[a-z]+-\d\d/);
  expect(printed).not.toMatch(/Code|Afmelden|Meld af/);
  await page.emulateMedia({ media: "screen" });
  expect(await rows.first().evaluate((row) => getComputedStyle((row as HTMLTableRowElement).cells[0] as Element, "::before").content)).toBe("none");
});

test("a programme is printed without its tools and without words that only ask for words", async () => {
  const { page } = await visit(browser, program);
  await signIn(page, "Coördinator");
  await page.goto("/programmas");
  await page.locator("a.sw-card__link").first().click();
  await page.locator(".ProseMirror").waitFor();
  await onPaper(page, "programma");
});
