// A person makes, sees and revokes a token for a script, on a phone without JavaScript.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { faults, openBrowser, phone, Program, shoot, signIn, visit } from "./harness.ts";

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

test("a token is shown once, and stays in the list until it is revoked", async () => {
  for (const [size, options] of [["360", { ...phone, javaScriptEnabled: false }], ["1280", { viewport: { width: 1280, height: 900 } }]] as const) {
    const { page } = await visit(browser, program, "/inloggen", options);
    const fits = async (): Promise<void> => expect(await page.locator("html").evaluate((root) => root.scrollWidth - root.clientWidth)).toBe(0);
    const valid = async (): Promise<void> => {
      if (size === "1280") expect(await faults(page)).toEqual([]);
    };
    await signIn(page, "Bewoner");
    await page.goto("/account");
    await shoot(page, `account-${size}`);
    await page.getByRole("link", { name: "Bekijk of maak sleutels" }).click();
    await fits();
    await valid();
    await shoot(page, `sleutels-leeg-${size}`);
    await page.getByRole("button", { name: "Maak de sleutel" }).click();
    await page.getByRole("heading", { name: "Sleutels voor scripts" }).waitFor();
    expect(await page.locator("#fouten").innerText()).toContain("Geef de sleutel een naam");
    await page.getByLabel("Naam", { exact: true }).fill("Weekrapport");
    await page.getByLabel("Voor welke documenten?").selectOption({ index: 2 });
    await page.getByText("Lezen en schrijven", { exact: true }).click();
    await page.getByRole("button", { name: "Maak de sleutel" }).click();
    await page.getByRole("heading", { name: "Uw nieuwe sleutel" }).waitFor();
    const token = await page.locator(".sw-secret").innerText();
    expect(token.split(".")).toHaveLength(3);
    expect(page.url()).not.toContain(token);
    await fits();
    await valid();
    await shoot(page, `sleutel-nieuw-${size}`);
    await page.getByRole("link", { name: "Naar uw sleutels" }).click();
    await page.getByRole("heading", { name: "Weekrapport" }).waitFor();
    expect(await page.content()).not.toContain(token);
    await fits();
    await valid();
    await shoot(page, `sleutels-${size}`);
    await page.getByRole("button", { name: "Trek Weekrapport in" }).click();
    await page.getByRole("heading", { name: "Maak een sleutel" }).waitFor();
    expect(await page.getByRole("heading", { name: "Weekrapport" }).count()).toBe(0);
    await page.context().close();
  }
});
