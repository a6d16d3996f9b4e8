// Words that wait on a device: for a document which their writer may no longer open, and what was set aside
// beside the copy that goes on.
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { faults, openBrowser, phone, Program, shoot, signIn, until, visit } from "./harness.ts";
import { alike, caretAt, goBehind, saved, tree } from "./writing.ts";

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

/** Two people in a programme with a card in the middle of a text. */
async function pair(title: string, options = {}): Promise<[ana: Page, bo: Page]> {
  const coordinator = await person("Coördinator");
  const { path } = await begin(coordinator, title);
  await coordinator.goto(path);
  await editor(coordinator).click();
  await coordinator.keyboard.type("Ervoor.");
  await coordinator.keyboard.press("Control+Shift+E");
  await coordinator.keyboard.type("Een eis.");
  await coordinator.keyboard.press("Control+Enter");
  await coordinator.keyboard.type("Erna.");
  const { page } = await visit(browser, program, "/inloggen", options);
  await signIn(page, "Sociaal ondernemer");
  await page.goto(path);
  await until("the text is there", async () => (await editor(page).count()) === 1 && (await tree(page)).includes("Erna."));
  await alike(coordinator, page);
  return [page, coordinator];
}

async function removeCard(page: Page, statement: string): Promise<void> {
  await goBehind(page, statement);
  await page.locator(".sw-card-tools").getByRole("button", { name: "Eis weghalen" }).click();
}

const alphabet = "abcdefghijklmnopqrstuvwxyz";
const box = (page: Page): Locator => page.getByRole("textbox", { name: "Uw woorden" });

/** Lets go of what waits on the device, and is asked first. */
async function letGo(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Verwijder deze tekst van dit apparaat" }).click();
  expect(await page.locator(".sw-words").count()).toBe(1);
  await shoot(page, "woorden-weg-zeker");
  await page.getByRole("button", { name: "Ja, verwijder de tekst" }).click();
  await page.getByText("De tekst is van dit apparaat verwijderd.").waitFor();
}

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
  await says(page, "saved", "Bewaard");
  await page.context().setOffline(true);
  await page.keyboard.type(" En dit schreef ik onderweg.");
  await says(page, "saved", "Geen verbinding");

  await coordinator.goto(`${group}/leden`);
  await coordinator.getByRole("link", { name: /Bewoner/ }).first().click();
  await coordinator.getByRole("button", { name: /^Haal|^Verwijder/ }).first().click();
  await coordinator.waitForURL(/\/leden$/);

  await page.context().setOffline(false);
  await until("the line says why", async () => /niet meer/.test((await part(page, "line").textContent()) ?? ""), 30);
  const why = page.locator(".sw-return", { hasText: "U kunt dit programma niet meer openen." });
  expect(await why.evaluate((notice) => notice.getBoundingClientRect().bottom <= innerHeight), "and so it does where one was writing").toBe(true);
  page.on("dialog", (dialog) => void dialog.accept()); // "leave what is not saved?"
  await page.reload();
  await offered(page).waitFor();
  expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Niet gevonden");
  expect((await page.locator(".sw-words").textContent())?.trim(), "and nothing that was saved").toBe("En dit schreef ik onderweg.");
  expect((await faults(page)).filter((fault) => !fault.includes("404"))).toEqual([]);
  await shoot(page, "woorden-na-verlies-van-recht");

  const other = await page.context().newPage(); // another page of the site says nothing of it, and keeps it
  await other.goto("/werkgroepen");
  expect(await offered(other).count()).toBe(0);
  await letGo(page);
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
  await says(page, "saved", "Bewaard");
  refusing = true;
  await page.keyboard.insertText(" Dit wil de server niet.");
  await says(page, "line", "kan hier niet worden bewaard");
  expect(await part(page, "text").innerText(), "the words stay for copying").toContain("Dit wil de server niet.");
  refusing = false;
  page.on("dialog", (dialog) => void dialog.accept());
  await page.goto(path);
  await offered(page).waitFor();
  expect((await page.locator(".sw-words").textContent())?.trim()).toBe("Dit wil de server niet.");
  await until("it can be written in", async () => (await editor(page).getAttribute("contenteditable")) === "true");
  await editor(page).click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" En verder.");
  await says(page, "saved", "Bewaard");
  await page.reload();
  await offered(page).waitFor();
  await until("the text is there", async () => (await part(page, "text").innerText()).includes("En verder."));
  expect(await part(page, "text").innerText()).not.toContain("Dit wil de server niet.");
  await letGo(page);
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
  await says(page, "saved", "Bewaard");
  outdated = true;
  await page.keyboard.insertText(" Te laat.");
  await says(page, "line", "Laad de bladzijde opnieuw");
  expect(Number(model), "it said which model it speaks").toBeGreaterThan(0);
  expect(await part(page, "saved").textContent()).toBe("Niet bewaard");
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

test("what is typed in a card that goes away is in no other place, and comes back whole with the card", async () => {
  const [ana, bo] = await pair("Halverwege");
  await goBehind(ana, "Een eis.");
  const typing = ana.keyboard.type(` ${alphabet}`, { delay: 50 });
  await until("half of it is there", async () => (await tree(bo)).includes("ghijk"));
  await removeCard(bo, "Een eis.");
  await typing;
  await until("all of it is in the box", async () => (await box(ana).inputValue()) === `Een eis. ${alphabet}`);
  expect(await ana.locator('[data-part="back"] .sw-return').count()).toBe(1);
  expect(await alike(ana, bo)).toBe('"Ervoor." "Erna."');
  for (const key of ["Enter", "Backspace", "Backspace", "Delete"]) await ana.keyboard.press(key);
  await ana.keyboard.type("z");
  await shoot(ana, "woorden-zonder-plek");
  expect(await faults(ana)).toEqual([]);
  expect(await alike(ana, bo)).toBe('"Ervoor." "Erna."');

  await ana.getByRole("button", { name: /^Zet .* terug$/ }).click();
  expect(await alike(ana, bo)).toContain(`requirement(statement("Een eis. ${alphabet}") rationale(""))`);
  expect(await caretAt(ana)).toBe(`Een eis. ${alphabet}|`);
  await ana.keyboard.type("!");
  expect(await alike(ana, bo)).toContain(`${alphabet}!"`);
  expect(await ana.locator(".sw-return").count()).toBe(0);
  for (const page of [ana, bo]) await page.context().close();
});

test("on a phone, composing and pasting beside a card that went away change nothing, and a tap goes on elsewhere", async () => {
  const [ana, bo] = await pair("Op de telefoon", phone);
  await ana.getByText("Een eis.", { exact: true }).last().tap();
  await ana.keyboard.type("X");
  await alike(ana, bo);
  await removeCard(bo, "Een eis.");
  await box(ana).waitFor();
  const line = await ana.context().newCDPSession(ana);
  await line.send("Input.imeSetComposition", { text: "caf", selectionStart: 3, selectionEnd: 3 });
  await line.send("Input.imeSetComposition", { text: "café", selectionStart: 4, selectionEnd: 4 });
  await line.send("Input.insertText", { text: "café" });
  expect(await box(ana).inputValue()).toContain("café");
  await editor(ana).evaluate((text) => {
    const clipboard = new DataTransfer();
    clipboard.setData("text/plain", "geplakt");
    for (const Kind of [ClipboardEvent, DragEvent]) {
      const name = Kind === ClipboardEvent ? "paste" : "drop";
      text.dispatchEvent(new Kind(name, { clipboardData: clipboard, dataTransfer: clipboard, bubbles: true, cancelable: true }));
    }
  });
  expect(await tree(ana)).toBe('"Ervoor." "Erna."');
  await shoot(ana, "woorden-zonder-plek-telefoon");

  const before = ana.getByText("Ervoor.", { exact: true }).last();
  await before.evaluate((line) => scrollBy(0, line.getBoundingClientRect().top - 160)); // from under the notice
  await before.tap();
  await ana.keyboard.press("End");
  await ana.keyboard.type(" Hier verder.");
  expect(await alike(ana, bo)).toBe('"Ervoor. Hier verder." "Erna."');
  expect(await box(ana).inputValue(), "the words stay in sight").toContain("café");
  await ana.getByRole("button", { name: /^Sluit melding/ }).tap();
  expect(await box(ana).count()).toBe(0);
  await until("it is saved", async () => (await saved(ana).textContent()) === "Bewaard");
  for (const page of [ana, bo]) await page.context().close();
});

test("who types in a row that goes away finds the words in the box, and an arrow key leads back to the text", async () => {
  const [ana, bo] = await pair("Rij");
  await goBehind(ana, "Erna.");
  await ana.getByRole("button", { name: "Meer" }).click();
  await ana.getByRole("button", { name: "Tabel", exact: true }).click();
  await ana.keyboard.type("cel");
  await alike(ana, bo);
  await goBehind(bo, "cel");
  await bo.locator(".sw-card-tools").getByRole("button", { name: "Haal rij weg" }).click();
  await bo.locator(".sw-return", { hasText: "De rij is weggehaald." }).waitFor();
  await box(ana).waitFor();
  await ana.keyboard.type(" verder");
  expect(await box(ana).inputValue()).toBe("cel verder");
  const before = await alike(ana, bo);
  expect(before).not.toContain("cel verder");
  await ana.keyboard.press("ArrowDown");
  await until("the caret is in the text", () => editor(ana).evaluate((text) => text.contains(document.activeElement)));
  await ana.getByRole("button", { name: /^Zet .* terug$/ }).click();
  expect(await alike(ana, bo)).toContain('"cel verder"');
  expect(await caretAt(ana)).toBe("cel verder|");
  for (const page of [ana, bo]) await page.context().close();
});

test("words typed without a line in a row that somebody removes are offered when the page is opened again", async () => {
  const [ana, bo] = await pair("Onderweg");
  await goBehind(ana, "Erna.");
  await ana.getByRole("button", { name: "Meer" }).click();
  await ana.getByRole("button", { name: "Tabel", exact: true }).dblclick(); // as some do
  await ana.keyboard.type("cel");
  await alike(ana, bo);
  const before = await tree(bo);
  await ana.context().setOffline(true);
  await ana.keyboard.type(" onderweg ingevuld");
  await says(ana, "saved", "Geen verbinding – bewaard op dit apparaat");
  const address = ana.url();
  const context = ana.context();
  await ana.close();
  await goBehind(bo, "cel");
  await bo.locator(".sw-card-tools").getByRole("button", { name: "Haal rij weg" }).click();
  await until("it is saved", async () => (await saved(bo).textContent()) === "Bewaard");

  await context.setOffline(false);
  const again = await context.newPage();
  await again.goto(address);
  const notice = again.locator(".sw-return", { hasText: "onderweg ingevuld" });
  await notice.waitFor();
  expect(await alike(again, bo)).not.toContain("onderweg");
  await shoot(again, "woorden-uit-een-rij-die-weg-is");
  await notice.getByRole("button", { name: /^Zet .* terug$/ }).click();
  expect(await alike(again, bo)).toBe(before.replace('"cel"', '"cel onderweg ingevuld"'));
  expect(await again.locator(".sw-return").count()).toBe(0);
  await context.close();
  await bo.context().close();
});
