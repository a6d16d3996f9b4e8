// The past of a programme: one person writes in the editor while another, without JavaScript and without
// a mouse, names a version, compares, and brings it back.
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { faults, openBrowser, phone, Program, shoot, signIn, until, visit } from "./harness.ts";

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

const editor = (page: Page): Locator => page.getByRole("textbox", { name: "Tekst van het programma" });

async function open(who: string, path: string, options = {}): Promise<{ page: Page; complaints: string[] }> {
  const { page, complaints } = await visit(browser, program, "/inloggen", options);
  await signIn(page, who);
  await page.goto(path);
  return { page, complaints };
}

async function begin(title: string): Promise<string> {
  const { page } = await open("Coördinator", "/werkgroepen");
  await page.getByRole("link", { name: "Lerende samenwerking" }).first().click();
  await page.goto(`${new URL(page.url()).pathname}/programmas/nieuw`);
  await page.getByLabel("Hoe heet het programma?").fill(title);
  await page.getByRole("button", { name: "Begin het programma" }).click();
  await page.waitForURL(/\/programmas\/[^/]+$/);
  const path = new URL(page.url()).pathname;
  await page.context().close();
  return path;
}

/** Writes at the end of the text, and waits until it is on disk. */
async function write(page: Page, text: string): Promise<void> {
  await editor(page).click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(text);
  await until("the page says it is saved", async () => (await page.locator(".sw-saved").textContent()) === "Bewaard");
}

/** Goes on with the keyboard until what is looked for has the focus. */
async function tabTo(page: Page, to: Locator): Promise<void> {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    if (await to.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`the keyboard does not reach ${to}`);
}

async function follow(page: Page, name: string | RegExp, role: "link" | "button" = "link"): Promise<void> {
  const target = page.getByRole(role, { name, exact: true });
  await tabTo(page, target);
  await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
}

test("a version is brought back by keyboard and without JavaScript, and who writes meanwhile sees it and goes on", async () => {
  const path = await begin("Wat er stond");
  const { page: ana, complaints } = await open("Sociaal ondernemer", path);
  await write(ana, "Eerst spraken wij dit af.");

  const { page: bo } = await open("Bewoner", `${path}/versies`, { ...phone, javaScriptEnabled: false });
  const name = bo.getByLabel("Hoe heet deze versie?");
  await tabTo(bo, name);
  await bo.keyboard.type("Zo was het");
  await Promise.all([bo.waitForEvent("load"), bo.keyboard.press("Enter")]);

  await write(ana, " Later kwam dit erbij.");
  await bo.goto(`${path}/versies`);
  await follow(bo, /^Zo was het \(.*\)$/); // and when it was
  await follow(bo, "Vergelijk met de tekst van nu");
  expect(await bo.locator(".sw-compare ins").textContent()).toContain("erbij door Sociaal ondernemer:  Later kwam dit erbij.");
  await bo.goBack();
  await follow(bo, "Zet deze versie terug");
  await follow(bo, "Zet deze versie terug", "button");
  await bo.getByText("Bewoner zette een oudere versie terug: Zo was het.").waitFor();
  const told = bo.getByText("De tekst is teruggezet naar “Zo was het”.");
  expect(await told.evaluate((element) => document.activeElement?.getAttribute("role") === "status" && document.activeElement.contains(element)), "that it was done is read first").toBe(true);
  await shoot(bo, "versies-na-terugzetten-360");

  await until("the open editor shows the version", async () => {
    const text = await editor(ana).innerText();
    return text.includes("Eerst spraken wij dit af.") && !text.includes("Later kwam");
  });
  await ana.locator(".sw-return", { hasText: "Bewoner zette de tekst terug naar “Zo was het”." }).waitFor();
  await write(ana, " En zo gaan wij verder.");
  await bo.goto(`${path}/lezen`);
  await bo.getByText("Eerst spraken wij dit af. En zo gaan wij verder.").waitFor();
  await bo.goto(`${path}/versies`);
  await bo.getByText("Dit stond er tot Bewoner een oudere versie terugzette: Zo was het.").waitFor();
  expect(complaints).toEqual([]);
}, 120_000);

test("the pages of a past are accessible, on a phone and on a screen", async () => {
  for (const options of [phone, { viewport: { width: 1280, height: 900 } }]) {
    const { page } = await open("Bewoner", "/programmas", options);
    await page.getByRole("link", { name: "Programma van eisen van de lerende samenwerking" }).click();
    const path = new URL(page.url()).pathname;
    const wrong: string[] = [];
    await page.goto(`${path}/versies`);
    const version = new URL((await page.getByRole("link", { name: /^Eerste opzet \(.*\)$/ }).getAttribute("href")) as string, program.url).pathname;
    for (const at of [`${path}/versies`, version, `${version}/naam`, `${version}/terugzetten`, `${path}/vergelijken`, `${path}/wie-schreef-wat`]) {
      await page.goto(at === `${path}/vergelijken` ? `${at}?van=${version.split("/").pop()}` : at);
      for (const fault of await faults(page)) wrong.push(`${at}: ${fault}`);
      const overflow = await page.locator("html").evaluate((root) => root.scrollWidth - root.clientWidth);
      if (overflow > 0) wrong.push(`${at}: ${overflow} px too wide`);
    }
    expect(wrong).toEqual([]);
  }
}, 120_000);
