// What a device shows and keeps: the saved text when no websocket opens, nothing of what is
// confidential, nothing after signing out; and who is there and what they change, for who cannot see.
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser, phone, Program, shoot, signIn, until, visit } from "./harness.ts";

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
const part = (page: Page, name: string): Locator => page.locator(`[data-part="${name}"]`);

async function says(page: Page, name: string, words: string): Promise<void> {
  await until(`the page says ${words}`, async () => ((await part(page, name).textContent()) ?? "").includes(words), 30);
}

async function open(who: string, path: string, options = {}): Promise<Page> {
  const { page } = await visit(browser, program, "/inloggen", options);
  await signIn(page, who);
  await page.goto(path);
  return page;
}

/** Begins a programme with a first line in it. */
async function begin(title: string, confidential = false): Promise<string> {
  const page = await open("Coördinator", "/werkgroepen");
  await page.getByRole("link", { name: "Lerende samenwerking" }).first().click();
  await page.goto(`${new URL(page.url()).pathname}/programmas/nieuw`);
  await page.getByLabel("Hoe heet het programma?").fill(title);
  if (confidential) await page.locator('label[for="veld-confidential"]').click();
  await page.getByRole("button", { name: "Begin het programma" }).click();
  await page.waitForURL(/\/programmas\/[^/]+$/);
  const path = new URL(page.url()).pathname;
  await editor(page).click();
  await page.keyboard.type("Dit is bewaard.");
  await says(page, "saved", "Bewaard");
  await page.context().close();
  return path;
}

const kept = (page: Page): Promise<string[]> =>
  page.evaluate(async () => [
    ...(await indexedDB.databases()).map((database) => database.name ?? ""),
    ...Object.keys(localStorage),
  ]);

test("when no websocket opens, the page shows the saved text and says that there is no connection", async () => {
  const path = await begin("Zonder websocket");
  const page = await open("Bewoner", "/", phone);
  const shows = async (without: string): Promise<void> => until(`the text is there ${without}`, async () => (await part(page, "text").innerText()).includes("Dit is bewaard."));

  await page.context().route(/\.js$/, (request) => request.abort());
  await page.goto(path);
  await part(page, "text").getByRole("link", { name: "Lees de tekst zonder te schrijven" }).click();
  await page.waitForURL(`**${path}/lezen`);
  expect(await page.locator("#tekst").innerText(), "without scripts").toContain("Dit is bewaard.");
  await page.context().unroute(/\.js$/);

  await page.context().route(/\/live\/.*\/ticket$/, (request) => request.abort());
  await page.goto(path);
  await says(page, "line", "Geen verbinding");
  await shows("without a ticket");
  await page.context().unroute(/\/live\/.*\/ticket$/);

  await page.context().routeWebSocket(/\/live\//, (socket) => socket.close({ code: 1011 }));
  await page.goto(path);
  await says(page, "line", "Geen verbinding");
  await shows("without a websocket");
  await shoot(page, "programma-zonder-websocket-360");
});

test("nothing of a confidential programme stays on the device", async () => {
  const path = await begin("Vertrouwelijk", true);
  const page = await open("Bewoner", path);
  await editor(page).click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" Ook dit.");
  await says(page, "saved", "Bewaard");
  expect(await kept(page)).toEqual([]);
  await page.context().setOffline(true);
  await page.keyboard.type(" Onderweg.");
  await says(page, "saved", "Niet bewaard");
  expect(await kept(page)).toEqual([]);
  await page.context().setOffline(false);
  await says(page, "saved", "Bewaard");
});

test("who signs out on any page leaves nothing on the device, and what stood open elsewhere says so", async () => {
  const path = await begin("Uitgelogd");
  const page = await open("Bewoner", path);
  await editor(page).click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" Van een bewoner.");
  await says(page, "saved", "Bewaard");
  expect((await kept(page)).some((name) => name.startsWith("samenwijk:"))).toBe(true);
  const cookie = async (): Promise<string | undefined> => (await page.context().cookies(program.url + path)).find(({ name }) => name === "kopie")?.value;
  const config = JSON.parse((await page.locator("[data-editor]").getAttribute("data-editor")) ?? "{}") as { document: string };
  expect(await cookie()).toBe(config.document.slice(-12));

  const other = await page.context().newPage();
  await other.goto("/account");
  await Promise.all([other.waitForURL((url) => url.pathname === "/"), other.locator('form[action="/uitloggen"] button').evaluate((button: HTMLButtonElement) => button.click())]);
  await says(page, "line", "U bent niet meer ingelogd");
  expect(await part(page, "text").innerText()).toContain("Van een bewoner.");
  await until("nothing stays", async () => (await kept(other)).length === 0);
  expect(await cookie()).toBeUndefined();
});

test("who signs out elsewhere while words wait here is asked first, and may go back", async () => {
  const path = await begin("Bijna uitgelogd");
  const page = await open("Bewoner", path);
  await editor(page).click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" Bewaard.");
  await says(page, "saved", "Bewaard");
  const other = await page.context().newPage();
  const asked: string[] = [];
  let go = false;
  other.on("dialog", (dialog) => {
    asked.push(dialog.message());
    void (go ? dialog.accept() : dialog.dismiss());
  });
  await other.goto("/account");
  await page.evaluate(() => dispatchEvent(new Event("offline")));
  await page.context().setOffline(true);
  await page.keyboard.type(" Nog niet.");
  await says(page, "saved", "bewaard op dit apparaat");
  const context = page.context();
  await page.close({ runBeforeUnload: false });
  await context.setOffline(false);
  const signOut = (): Promise<void> => other.locator('form[action="/uitloggen"] button').evaluate((button: HTMLButtonElement) => button.click());
  await signOut();
  await until("it asks", async () => asked.length === 1);
  expect(asked[0]).toContain("alleen nog op dit apparaat");
  expect(new URL(other.url()).pathname).toBe("/account");
  expect((await kept(other)).length).toBeGreaterThan(0);
  await other.goto(path);
  await until("it is there", async () => (await other.locator('[data-part="text"]').innerText()).includes("Nog niet."));
  await says(other, "saved", "Bewaard");
  go = true;
  await Promise.all([other.waitForURL((url) => url.pathname === "/"), signOut()]);
  expect(asked, "nothing waits any more").toHaveLength(1);
  await until("nothing stays", async () => (await kept(other)).length === 0);
});

test("who is there is a list, what they change is told politely, and no tab speaks to another but through the server", async () => {
  const path = await begin("Wie is er");
  const { page: ana } = await visit(browser, program, "/inloggen");
  await ana.addInitScript(() => {
    const opened: string[] = [];
    Object.assign(window, { opened });
    window.BroadcastChannel = class extends BroadcastChannel {
      constructor(name: string) {
        super(name);
        opened.push(name);
      }
    };
  });
  await signIn(ana, "Sociaal ondernemer");
  await ana.goto(path);
  const bo = await open("Bewoner", path);
  const others = part(ana, "presence").locator("li");
  await until("the other is in the list", async () => (await others.count()) === 1);
  expect(await part(ana, "presence").getAttribute("aria-label")).toBe("Nu ook aanwezig");
  expect(await part(ana, "presence").innerText()).toContain("Bewoner");

  expect(await part(ana, "announcements").getAttribute("aria-live")).toBe("polite");
  await editor(bo).click();
  await bo.keyboard.press("Control+End");
  await bo.keyboard.type(" En dit.");
  await says(ana, "announcements", "Bewoner wijzigde de tekst");
  expect(await part(ana, "announce").isChecked()).toBe(true);
  await part(ana, "announce").evaluate((box: HTMLInputElement) => box.click());
  await ana.reload();
  await until("the other is there again", async () => (await others.count()) === 1);
  expect(await part(ana, "announce").isChecked(), "what was switched off stays off").toBe(false);

  await bo.close();
  await until("the list is empty", async () => (await others.count()) === 0);
  expect(await ana.evaluate(() => (window as unknown as { opened: string[] }).opened)).toEqual([]);
});
