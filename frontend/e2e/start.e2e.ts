import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { faults, openBrowser, phone, Program, visit } from "./harness.ts";

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

test("a page that does not exist says what to do, on a phone without JavaScript", async () => {
  const { page } = await visit(browser, program, "/bestaat-niet", { ...phone, javaScriptEnabled: false });
  await page.getByRole("link", { name: "Naar de beginbladzijde" }).waitFor();
  const overflow = await page.locator("html").evaluate((root) => root.scrollWidth - root.clientWidth);
  expect(overflow).toBe(0);
});

test("it is accessible and valid", async () => {
  const { page } = await visit(browser, program, "/bestaat-niet");
  expect(await faults(page)).toEqual([]);
});
