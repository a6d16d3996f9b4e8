// The lists of an organiser on a phone: every row is a card, nothing is wider than the screen, and who hears it reads a table.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
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

async function openList(page: Page): Promise<void> {
  await signIn(page, "Coördinator");
  await page.goto("/bijeenkomsten");
  await page.locator("a.sw-card__link").first().click();
  await page.waitForURL(/\/bijeenkomsten\/[0-9a-f]/);
  await page.goto(`${page.url().replace(/[?#].*/, "")}/lijst`);
}

/** Whether anything can be moved sideways. */
const sideways = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll("main, main *")]
      .filter((one) => one.scrollWidth > one.clientWidth + 1 && /auto|scroll|visible/.test(getComputedStyle(one).overflowX) && one.clientWidth > 0)
      .filter((one) => one === document.documentElement || getComputedStyle(one).overflowX !== "visible")
      .map((one) => one.outerHTML.slice(0, 80)),
  );

test("on a phone the list of attendees is cards, with one thing to press each", async () => {
  const { page } = await visit(browser, program, "/inloggen", phone);
  await openList(page);
  expect(await sideways(page)).toEqual([]);
  expect(await tooLow(page)).toEqual([]);
  const table = page.getByRole("table", { name: "Aanmeldingen in volgorde van binnenkomst" });
  const rows = table.getByRole("row");
  expect(await rows.count()).toBeGreaterThan(3);
  expect(await table.getByRole("columnheader").allInnerTexts()).toContain("Naam");
  const card = rows.nth(1);
  expect(await card.getByRole("rowheader").count()).toBe(1);
  expect(await card.getByRole("cell").count()).toBeGreaterThan(3);
  const action = card.getByRole("link", { name: /^Meld af/ });
  const box = await action.boundingBox();
  expect(box?.height).toBeGreaterThanOrEqual(44);
  expect(box?.width).toBeGreaterThan(200);
  expect(await faults(page)).toEqual([]);
  await shoot(page, "lijst-telefoon");
});

test("on a wide screen it is a table", async () => {
  const { page } = await visit(browser, program, "/inloggen", { viewport: { width: 1280, height: 900 } });
  await openList(page);
  expect(await sideways(page)).toEqual([]);
  expect(await page.locator("#aanmeldingen tbody tr").first().evaluate((row) => getComputedStyle(row).display)).toBe("table-row");
  expect(await faults(page)).toEqual([]);
  await shoot(page, "lijst-breed");
});
