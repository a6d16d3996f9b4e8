// The menu of a phone and that of who is signed in close with Escape, and the focus is where it was.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser, phone, Program, signIn, visit } from "./harness.ts";

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

test("a visitor closes the menu of a phone with Escape", async () => {
  const { page, complaints } = await visit(browser, program, "/", phone);
  const menu = page.locator(".sw-menu");
  const button = page.locator(".sw-menu__button");
  await button.focus();
  await page.keyboard.press("Enter");
  expect(await menu.getAttribute("open")).not.toBeNull();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Escape");
  expect(await menu.getAttribute("open")).toBeNull();
  expect(await button.evaluate((it) => it === document.activeElement)).toBe(true);

  await page.keyboard.press("Enter");
  const words = page.locator(".sw-menu .sw-search__field");
  await words.fill("wijk");
  await page.keyboard.press("Escape");
  expect(await menu.getAttribute("open"), "what was typed goes before the menu").not.toBeNull();
  await words.fill("");
  await page.keyboard.press("Escape");
  expect(await menu.getAttribute("open")).toBeNull();
  expect(complaints).toEqual([]);
});

test("Escape closes the innermost menu first, and leaves the page alone", async () => {
  const { page, complaints } = await visit(browser, program, "/", phone);
  await signIn(page, "Student");
  await page.locator(".sw-menu__button").click();
  await page.locator(".sw-viewer__summary").click();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Escape");
  expect(await page.locator(".sw-viewer").getAttribute("open")).toBeNull();
  expect(await page.locator(".sw-viewer__summary").evaluate((it) => it === document.activeElement)).toBe(true);
  expect(await page.locator(".sw-menu").getAttribute("open")).not.toBeNull();
  await page.keyboard.press("Escape");
  expect(await page.locator(".sw-menu").getAttribute("open")).toBeNull();

  await page.setViewportSize({ width: 1280, height: 800 });
  await page.locator(".sw-viewer__summary").click();
  await page.locator("main").focus();
  await page.keyboard.press("Escape");
  expect(await page.locator("main").evaluate((it) => it === document.activeElement)).toBe(true);
  expect(complaints).toEqual([]);
});
