// Words that wait on a device: for a document which their writer may no longer open, and what was set aside
// beside the copy that goes on.
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { faults, openBrowser, Program, shoot, signIn, until, visit } from "./harness.ts";

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
const offered = (page: Page): Locator => page.getByRole("heading", { name: "Er staat nog tekst van u op dit apparaat" });
const kept = (page: Page): Promise<string> => page.evaluate(() => localStorage.getItem("samenwijk:copies") ?? "");

async function says(page: Page, name: string, words: string): Promise<void> {
  await until(`the page says ${words}`, async () => ((await part(page, name).textContent()) ?? "").includes(words), 30);
}

async function person(who: string): Promise<Page> {
  const { page } = await visit(browser, program, "/inloggen");
  await signIn(page, who);
  return page;
}

/** Begins a programme, and returns the address of its group and its own. */
async function begin(page: Page, title: string): Promise<{ group: string; path: string }> {
  await page.goto("/werkgroepen");
  await page.getByRole("link", { name: "Lerende samenwerking" }).first().click();
  const group = new URL(page.url()).pathname;
  await page.goto(`${group}/programmas/nieuw`);
  await page.getByLabel("Hoe heet het programma?").fill(title);
  await page.getByRole("button", { name: "Begin het programma" }).click();
  await page.waitForURL(/\/programmas\/[^/]+$/);
  return { group, path: new URL(page.url()).pathname };
}

test("words of a person who lost the right are offered after a reload, and then cleared", async () => {
  const coordinator = await person("Coördinator");
  const { group, path } = await begin(coordinator, "Zonder mij");
  const page = await person("Bewoner");
  await page.goto(path);
  await editor(page).click();
  await page.keyboard.type("Dit is bewaard.");
  await says(page, "saved", "Opgeslagen");
  await page.context().setOffline(true);
  await page.keyboard.type(" En dit schreef ik onderweg.");
  await says(page, "saved", "Offline");

  await coordinator.goto(`${group}/leden`);
  await coordinator.getByRole("link", { name: /Bewoner/ }).first().click();
  await coordinator.getByRole("button", { name: /^Haal|^Verwijder/ }).first().click();
  await coordinator.waitForURL(/\/leden$/);

  await page.context().setOffline(false);
  await until("the line says why", async () => /niet meer/.test((await part(page, "line").textContent()) ?? ""), 30);
  page.on("dialog", (dialog) => void dialog.accept()); // "leave what is not saved?"
  await page.reload();
  await offered(page).waitFor();
  expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Niet gevonden");
  expect(await page.locator(".sw-words").textContent()).toContain("En dit schreef ik onderweg.");
  expect((await faults(page)).filter((fault) => !fault.includes("404"))).toEqual([]);
  await shoot(page, "woorden-na-verlies-van-recht");

  const other = await page.context().newPage(); // another page of the site says nothing of it, and keeps it
  await other.goto("/werkgroepen");
  expect(await offered(other).count()).toBe(0);
  await page.getByRole("button", { name: "Verwijder deze tekst van dit apparaat" }).click();
  expect(await offered(page).count()).toBe(0);
  await until("nothing is kept", async () => (await kept(page)) === "");
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Niet gevonden" }).waitFor();
  expect(await offered(page).count()).toBe(0);
  await page.context().close();
  await coordinator.context().close();
});

test("what the server does not take is set aside for copying, and the text goes on without it", async () => {
  const page = await person("Coördinator");
  let refusing = false;
  await page.context().routeWebSocket(/\/live\//, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((message) => {
      if (refusing && typeof message !== "string" && message[0] === 0 && message[1] === 2) {
        void socket.close({ code: 4422, reason: "not what everybody could show" });
      } else {
        server.send(message);
      }
    });
  });
  const { path } = await begin(page, "Niet voor iedereen");
  await editor(page).click();
  await page.keyboard.type("Dit is bewaard.");
  await says(page, "saved", "Opgeslagen");
  refusing = true;
  await page.keyboard.insertText(" Dit wil de server niet.");
  await says(page, "line", "kan hier niet worden bewaard");
  expect(await part(page, "text").innerText(), "the words stay for copying").toContain("Dit wil de server niet.");
  refusing = false;
  page.on("dialog", (dialog) => void dialog.accept());
  await page.goto(path);
  await offered(page).waitFor();
  expect(await page.locator(".sw-words").textContent()).toContain("Dit wil de server niet.");
  await until("it can be written in", async () => (await editor(page).getAttribute("contenteditable")) === "true");
  await editor(page).click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" En verder.");
  await says(page, "saved", "Opgeslagen");
  await page.reload();
  await offered(page).waitFor();
  await until("the text is there", async () => (await part(page, "text").innerText()).includes("En verder."));
  expect(await part(page, "text").innerText()).not.toContain("Dit wil de server niet.");
  await page.getByRole("button", { name: "Verwijder deze tekst van dit apparaat" }).click();
  await page.reload();
  await until("the text is there again", async () => (await part(page, "text").innerText()).includes("En verder."));
  expect(await offered(page).count()).toBe(0);
  await page.context().close();
});

test("a page that is older than the document says so, reads on and writes nothing", async () => {
  const page = await person("Coördinator");
  let model: string | null = null;
  let outdated = false;
  await page.context().routeWebSocket(/\/live\//, (socket) => {
    model = new URL(socket.url()).searchParams.get("model");
    const server = socket.connectToServer();
    socket.onMessage((message) => {
      if (outdated && typeof message !== "string" && message[0] === 0 && message[1] === 2) {
        void socket.close({ code: 4426, reason: "the client speaks an older model of the document" });
      } else {
        server.send(message);
      }
    });
  });
  await begin(page, "Nieuwer dan de bladzijde");
  await editor(page).click();
  await page.keyboard.type("Op tijd.");
  await says(page, "saved", "Opgeslagen");
  outdated = true;
  await page.keyboard.insertText(" Te laat.");
  await says(page, "line", "Laad de bladzijde opnieuw");
  expect(Number(model), "it said which model it speaks").toBeGreaterThan(0);
  expect(await part(page, "saved").textContent()).toBe("Niet opgeslagen");
  expect(await part(page, "text").innerText()).toContain("Te laat.");
  expect(await page.locator('[data-part="text"] [contenteditable="true"]').count()).toBe(0);
  await page.context().close();
});

test("a page that is not there loads no editor for who keeps nothing", async () => {
  const page = await person("Sociaal ondernemer");
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto("/programmas/nergens");
  await page.waitForLoadState("networkidle");
  expect(asked.filter((name) => name.includes("editor-"))).toEqual([]);
  expect(asked.some((name) => name.includes("unsent-"))).toBe(true);
  await page.context().close();
});
