// What a press did is said on the page that it leads to: at the top, in focus and in sight, also without JavaScript,
// and on a phone without moving sideways.
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { faults, openBrowser, phone, Program, shoot, signIn, visit } from "./harness.ts";

let program: Program;
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});

// Each test has a program of its own: who saves what stands there already is told that nothing changed.
beforeEach(async () => {
  program = await Program.start();
});

afterEach(async () => {
  await program?.stop();
});

afterAll(async () => {
  await browser?.close();
});

const long = "Eenheellangwoordzonderspatiesdathoortbijdezewijkenhaarbewoners";

interface Press {
  said: string;
  undo?: boolean;
  press: (page: Page) => Promise<void>;
}

async function open(page: Page, ...links: string[]): Promise<void> {
  for (const link of links) await page.getByRole("link", { name: link }).first().click();
}

const seats = (page: Page): Locator => page.locator('input[name="capacity"]').last();

const presses: Press[] = [
  {
    said: "U bent ingelogd als Coördinator.",
    press: (page) => signIn(page, "Coördinator"),
  },
  {
    said: "Er ligt 1 uitnodiging klaar, voor",
    press: async (page) => {
      await page.goto(`${program.url}/werkgroepen`);
      await open(page, "Lerende samenwerking", "Leden uitnodigen en beheren");
      await page.getByLabel("E-mailadres").fill(`${long}@voorbeeld.test`);
      await page.locator("label", { hasText: /^Bewoner$/ }).click();
      await page.getByRole("button", { name: "Maak de uitnodiging" }).click();
    },
  },
  {
    said: "De uitnodiging is ingetrokken.",
    press: async (page) => {
      await page.getByRole("link", { name: `Trek in ${long.toLowerCase()}` }).click();
      await page.getByRole("button", { name: "Trek de uitnodiging in" }).click();
    },
  },
  {
    said: "Het programma heet",
    undo: true,
    press: async (page) => {
      await page.goto(`${program.url}/programmas`);
      await page.locator("a.sw-card__link").first().click();
      await page.goto(`${page.url().replace(/\/lezen.*|\?.*/, "")}/titel`);
      await page.getByRole("textbox").last().fill(long);
      await page.locator("main form button").last().click();
    },
  },
  {
    said: "Er zijn 41 plekken.",
    undo: true,
    press: async (page) => {
      await page.goto(`${program.url}/bijeenkomsten`);
      await open(page, "Maak kennis", "Bekijk de aanmeldingen");
      await seats(page).fill("41");
      await page.getByRole("button", { name: "Wijzig het aantal" }).click();
    },
  },
];

for (const javaScriptEnabled of [false, true]) {
  test(`an answer is in focus and fits on a phone, ${javaScriptEnabled ? "with" : "without"} JavaScript`, async () => {
    const { page } = await visit(browser, program, "/inloggen", { ...phone, viewport: { width: 360, height: 740 }, javaScriptEnabled });
    for (const { said, undo, press } of presses) {
      await press(page);
      const answer = page.locator('main > [role="status"]');
      await answer.getByRole("heading", { name: said }).waitFor();
      await page.waitForLoadState(); // a heading can be there before what stands under it
      expect(await answer.getByRole("button").count(), `undo of ${said}`).toBe(undo === true ? 1 : 0);
      // The editor takes the focus to the requirement; this one is about the whole text.
      expect(await answer.evaluate((element) => element === document.activeElement), `${said} has the focus`).toBe(true);
      const box = await answer.boundingBox();
      expect(box !== null && box.y >= 0 && box.y < 740, `${said} is in sight`).toBe(true);
      const overflow = await page.locator("html").evaluate((root) => root.scrollWidth - root.clientWidth);
      expect(overflow, `${said} needs sideways scrolling`).toBe(0);
      expect(new URL(page.url()).searchParams.has("gedaan"), `${said} stays in the address`).toBe(!javaScriptEnabled);
      if (javaScriptEnabled) {
        if (new URL(page.url()).pathname !== "/") expect(await faults(page), said).toEqual([]); // the first page is looked at elsewhere
        await shoot(page, `answer-${presses.findIndex((one) => one.said === said)}`);
      }
      await page.reload();
      expect(await page.locator('main > [role="status"]').count(), "a page that is loaded anew says it again").toBe(0);
    }
  });
}

test("what is undone from the answer is said too", async () => {
  const { page } = await visit(browser, program, "/inloggen", { viewport: { width: 1280, height: 900 } });
  await signIn(page, "Coördinator");
  const change = presses.find(({ said }) => said === "Er zijn 41 plekken.");
  await change?.press(page);
  await page.getByRole("button", { name: "Maak ongedaan" }).click();
  await page.locator('main > [role="status"]', { hasText: "Er zijn" }).waitFor();
  expect(await seats(page).inputValue()).not.toBe("");
  await shoot(page, "answer-undone");
});
