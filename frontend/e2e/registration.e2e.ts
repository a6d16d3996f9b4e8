// A resident on a phone without JavaScript comes to a meeting: registers, cancels, waits, moves up.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { faults, openBrowser, phone, Program, shoot, signIn, visit } from "./harness.ts";

let program: Program;
let browser: Browser;
let meeting: string; // the path of a meeting with one seat

const plain = { ...phone, javaScriptEnabled: false };

beforeAll(async () => {
  program = await Program.start();
  browser = await openBrowser();
  meeting = await planMeetingWithOneSeat();
});

afterAll(async () => {
  await browser?.close();
  await program?.stop();
});

async function planMeetingWithOneSeat(): Promise<string> {
  const { page } = await visit(browser, program, "/inloggen", plain);
  await signIn(page, "Coördinator");
  await page.goto("/bijeenkomsten/nieuw");
  const day = new Date(Date.now() + 20 * 24 * 3600 * 1000);
  await page.getByLabel("Van welke werkgroep").selectOption({ label: "Het hele netwerk" });
  await page.getByLabel("Hoe heet de bijeenkomst?").fill("Koffie met één stoel");
  await page.getByLabel("Waar gaat het over?").fill("Een gesprek voor één persoon tegelijk.");
  await page.getByLabel("Datum").fill(`${day.getDate()}-${day.getMonth() + 1}-${day.getFullYear()}`);
  await page.getByLabel("Begint om").fill("14.00");
  await page.getByLabel("Eindigt om").fill("16.00");
  await page.getByLabel("Hoeveel plekken").fill("1");
  await page.getByRole("button", { name: "Bewaar als concept" }).click();
  await page.getByRole("button", { name: "Open de aanmelding" }).click();
  return new URL(page.url()).pathname;
}

/** Opens the meeting on a phone and fills in the form as far as the answers to check. */
async function fillIn(name: string, channel: string, contact?: { label: string; value: string }): Promise<Page> {
  const { page } = await visit(browser, program, meeting, plain);
  await page.getByRole("link", { name: /Meld mij aan|Zet mij op de wachtlijst/ }).click();
  await page.getByLabel("Naam van wie er komt").fill(name);
  await page.getByText(channel, { exact: true }).click();
  if (contact) await page.getByLabel(contact.label).fill(contact.value);
  await page.getByRole("button", { name: "Controleer uw antwoorden" }).click();
  await page.getByRole("heading", { name: "Klopt dit?" }).waitFor();
  return page;
}

test("who registers somebody else is asked their own name, also without JavaScript", async () => {
  const { page } = await visit(browser, program, `${meeting}/aanmelden`, plain);
  const own = page.getByLabel("Uw eigen naam");
  expect(await own.isVisible()).toBe(false);
  await page.getByText("Voor een ander", { exact: true }).click();
  expect(await own.isVisible()).toBe(true);
  await page.getByLabel("Naam van wie er komt").fill("Buurman");
  await page.getByText("Dat hoeft niet", { exact: true }).click();
  await page.getByRole("button", { name: "Controleer uw antwoorden" }).click();
  await page.getByRole("link", { name: "Vul uw eigen naam in. U meldt een ander aan." }).waitFor();
  await own.fill("Buurvrouw");
  await page.getByRole("button", { name: "Controleer uw antwoorden" }).click();
  await page.getByRole("heading", { name: "Klopt dit?" }).waitFor();
  expect(await page.locator(".sw-main").innerText()).toMatch(/Aangemeld door\s+Buurvrouw/);
});

async function fitsThePhone(page: Page): Promise<void> {
  const wider = await page.locator("html").evaluate((root) => root.scrollWidth - root.clientWidth);
  expect(wider).toBe(0);
}

test("a resident registers, waits, cancels and moves up on a phone without JavaScript", async () => {
  const first = await fillIn("Eerste bewoner", "Dat hoeft niet");
  await fitsThePhone(first);
  await first.getByRole("button", { name: "Meld mij aan" }).click();
  await first.getByRole("heading", { name: "U bent aangemeld", exact: true }).waitFor();
  const reference = (await first.locator(".sw-reference__code").innerText()).trim();
  expect(reference).toMatch(/^[a-z]+-[a-z]+-\d\d$/);
  await fitsThePhone(first);
  await shoot(first, "registration-confirmed");

  const second = await fillIn("Tweede bewoner", "Bel mij", { label: "Uw telefoonnummer", value: "06 12 34 56 78" });
  await second.getByRole("button", { name: "Zet mij op de wachtlijst" }).click();
  await second.getByText("De zaal is vol. U bent nummer 1 op de wachtlijst. Komt er een plek vrij? Dan bellen wij u.").waitFor();
  await fitsThePhone(second);
  await shoot(second, "registration-waiting");

  // Cancels at home, on another device, with the code that was said on the phone.
  const { page: elsewhere } = await visit(browser, program, "/aanmeldingen", plain);
  await elsewhere.getByLabel("Uw code").fill(reference.replaceAll("-", " ").toUpperCase());
  await elsewhere.getByLabel("Uw naam").fill("Eerste bewoner");
  await elsewhere.getByRole("button", { name: "Bekijk mijn aanmelding" }).click();
  await elsewhere.getByRole("link", { name: "Meld mij af" }).click();
  await elsewhere.getByRole("button", { name: "Meld mij af" }).click();
  await elsewhere.getByRole("heading", { name: "U bent afgemeld", exact: true }).waitFor();
  await fitsThePhone(elsewhere);

  await second.reload();
  await second.getByRole("heading", { name: "U bent aangemeld", exact: true }).waitFor();
});

test("a form with mistakes says at each field what to do, and keeps what was typed", async () => {
  const { page } = await visit(browser, program, `${meeting}/aanmelden`, plain);
  await page.getByLabel("Met hoeveel mensen komt u?").fill("twee");
  await page.getByText("Bel mij", { exact: true }).click();
  await page.getByRole("button", { name: "Controleer uw antwoorden" }).click();
  const summary = page.getByRole("alert");
  expect(await summary.getByRole("link").allInnerTexts()).toHaveLength(3);
  expect(await page.getByLabel("Met hoeveel mensen komt u?").inputValue()).toBe("twee");
  await summary.getByRole("link", { name: "Vul de naam in van wie er komt." }).click();
  expect(new URL(page.url()).hash).toBe("#veld-name");
  await fitsThePhone(page);
});

test.each([360, 1280])("the register button is at most four tab stops from the top, and the menu one of them, at %i px", async (width) => {
  const { page } = await visit(browser, program, "/bijeenkomsten", { viewport: { width, height: 800 }, javaScriptEnabled: false });
  const path = await page.getByRole("link", { name: "Maak kennis met het wijkleernetwerk" }).getAttribute("href");
  for (const of of [path ?? "", meeting]) { // of a workgroup, and of the whole network
    await page.goto(of);
    const stops: string[] = [];
    while (stops.length < 12 && !/Meld mij aan|wachtlijst/.test(stops.at(-1) ?? "")) {
      await page.keyboard.press("Tab");
      stops.push(await page.locator(":focus").innerText());
    }
    expect(stops.length, stops.join(" | ")).toBeLessThanOrEqual(4);
    expect(stops).toContain("Menu");
  }
  // All words of navigation are behind that one stop.
  await page.locator("summary", { hasText: "Menu" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("navigation", { name: "Hoofdmenu" }).getByRole("link", { name: "Programma's" }).press("Enter");
  await page.getByRole("heading", { level: 1, name: "Programma's van eisen" }).waitFor();
});

test("the pages of a meeting are accessible and valid, for residents and organisers", async () => {
  const found: string[] = [];
  const look = async (page: Page, what: string): Promise<void> => {
    found.push(...(await faults(page)).map((fault) => `${what}: ${fault}`));
  };
  const { page } = await visit(browser, program, "/bijeenkomsten", phone);
  await look(page, "list");
  for (const path of [meeting, `${meeting}/aanmelden`, "/aanmeldingen"]) {
    await page.goto(path);
    await look(page, path);
  }
  await page.goto(`${meeting}/aanmelden`);
  await page.getByRole("button", { name: "Controleer uw antwoorden" }).click();
  await look(page, "mistakes");
  await page.getByLabel("Naam van wie er komt").fill("Derde bewoner");
  await page.getByText("Dat hoeft niet", { exact: true }).click();
  await page.getByRole("button", { name: "Controleer uw antwoorden" }).click();
  await look(page, "check");
  await page.getByRole("button", { name: "Zet mij op de wachtlijst" }).click();
  await look(page, "registration");
  await page.getByRole("link", { name: "Wijzig mijn aanmelding" }).click();
  await look(page, "change");
  await page.goBack();
  await page.getByRole("link", { name: "Meld mij af" }).click();
  await look(page, "cancel");

  const { page: organiser } = await visit(browser, program, "/inloggen", phone);
  await signIn(organiser, "Coördinator");
  for (const path of [meeting, `${meeting}/lijst`, `${meeting}/bewerken`, `${meeting}/afgelasten`, "/bijeenkomsten/nieuw"]) {
    await organiser.goto(path);
    await look(organiser, `organiser ${path}`);
    await fitsThePhone(organiser);
  }
  expect(found).toEqual([]);
});
