// Two people at one spot, in real browsers: whatever one does to a paragraph or a card, the words that the
// other types there stay whole, once and in their place.
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { phone, until } from "./harness.ts";
import { alike, caretAt, editor, goBehind, Site, tree } from "./writing.ts";

let site: Site;

beforeAll(async () => {
  site = await Site.start();
});

afterAll(async () => {
  await site?.stop();
});

const press = async (page: Page, ...keys: string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key);
};

/** Types letter by letter while something else goes on; whoever types is nobody's machine. */
const types = (page: Page, words: string, delay = 30): Promise<void> => page.keyboard.type(words, { delay });

const insertCard = async (page: Page, statement: string, rationale = ""): Promise<void> => {
  await press(page, "Control+Shift+E");
  await types(page, statement, 0);
  await press(page, "Enter");
  await types(page, rationale, 0);
  await press(page, "Control+Enter");
};

test("a table in an empty text: the first cell has the caret, Tab makes a row, and it fills the width", async () => {
  const [ana, bo] = await site.pair("Tabel");
  await editor(ana).click();
  await ana.getByRole("button", { name: "Meer" }).click();
  await ana.getByRole("button", { name: "Tabel", exact: true }).click();
  for (const word of ["Wie", "Wat", "Ana", "koken", "Bo", "eten"]) {
    await types(ana, word, 0);
    await press(ana, "Tab");
  }
  await types(ana, "Cas", 0);
  const table = 'table(tableRow(tableHeader("Wie") tableHeader("Wat")) tableRow(tableCell("Ana") tableCell("koken")) ' +
    'tableRow(tableCell("Bo") tableCell("eten")) tableRow(tableCell("Cas") tableCell("")))';
  expect(await alike(ana, bo)).toBe(table);
  const widths = await editor(ana).evaluate((root) => [root.querySelector("table")?.offsetWidth ?? 0, root.clientWidth]);
  expect(widths[0]).toBe(widths[1]);

  // Both add a row and a column at the same spot: all four stay, and the words in the cells too.
  await goBehind(bo, "koken");
  await goBehind(ana, "Bo");
  const tool = (page: Page, name: string) => page.locator(".sw-card-tools").getByRole("button", { name }).click();
  await Promise.all([tool(ana, "Rij eronder"), tool(bo, "Rij eronder")]);
  await Promise.all([tool(ana, "Kolom rechts"), tool(bo, "Kolom rechts")]);
  const grown = await alike(ana, bo);
  expect(grown.match(/tableRow/g)).toHaveLength(6);
  expect(grown.match(/tableHeader/g)).toHaveLength(4);
  for (const word of ["Wie", "Wat", "Ana", "koken", "Bo", "eten", "Cas"]) expect(grown.split(`"${word}"`)).toHaveLength(2);
  await tool(ana, "Haal tabel weg");
  await ana.locator(".sw-return", { hasText: "De tabel is weggehaald." }).waitFor();
  await until("the table is gone for both", async () => (await tree(bo)) === '""');
  await ana.getByRole("button", { name: /^Zet .* terug$/ }).click();
  expect(await alike(ana, bo)).toBe(grown);
});

test("undo of a heading keeps the caret, and takes nothing of what the other wrote", async () => {
  const [ana, bo] = await site.pair("Kop", async (page) => types(page, "Wat wij willen", 0));
  await goBehind(ana, "Wat wij");
  await goBehind(bo, "willen");
  await press(ana, "Control+Alt+2");
  await until("it is a heading", async () => (await tree(bo)) === 'h2"Wat wij willen"');
  expect(await caretAt(ana)).toBe("Wat wij| willen");
  await types(bo, " bereiken");
  await until("the words came", async () => (await tree(ana)).includes("bereiken"));
  await press(ana, "Control+Z");
  expect(await alike(ana, bo)).toBe('"Wat wij willen bereiken"');
  expect(await caretAt(ana)).toBe("Wat wij| willen bereiken");
  expect(await caretAt(bo)).toBe("Wat wij willen bereiken|");
});

test("undo after the other wrote in the same line takes back one's own words alone", async () => {
  const [ana, bo] = await site.pair("Terug", async (page) => types(page, "begin eind", 0));
  await ana.waitForTimeout(600); // what is typed next is a step of its own
  await goBehind(ana, "begin");
  await types(ana, " midden");
  await alike(ana, bo);
  await goBehind(bo, "mid");
  await types(bo, "XYZ");
  await goBehind(bo, "eind");
  await types(bo, "e van Bo");
  await alike(ana, bo);
  await press(ana, "Control+Z");
  expect(await alike(ana, bo)).toBe('"beginXYZ einde van Bo"');
  await press(ana, "Control+Y");
  expect(await alike(ana, bo)).toBe('"begin midXYZden einde van Bo"');
});

test("a card moves and goes by keyboard while the other types in it, and comes back with all words", async () => {
  const [ana, bo] = await site.pair("Kaart", async (page) => {
    await types(page, "voor", 0);
    await press(page, "Enter");
    await types(page, "na", 0);
    await goBehind(page, "voor");
    await insertCard(page, "vaste begeleider", "vertrouwen");
    await press(page, "Backspace"); // the empty line behind the card
  });
  await goBehind(bo, "begeleider");
  await goBehind(ana, "vertrouwen");
  await Promise.all([types(bo, " voor iedere deelnemer"), press(ana, "Alt+Shift+ArrowDown", "Alt+Shift+ArrowUp", "Alt+Shift+ArrowUp")]);
  const card = 'requirement(statement("vaste begeleider voor iedere deelnemer") rationale("vertrouwen"))';
  expect(await alike(ana, bo)).toContain(card);
  expect(await caretAt(bo)).toBe("vaste begeleider voor iedere deelnemer|");
  expect(await caretAt(ana)).toBe("vertrouwen|");

  // Both move it, each to another place, while words come at both ends: it stands once, with all of them.
  const moves = async (page: Page, words: string, ...keys: string[]): Promise<void> => {
    for (const [i, key] of keys.entries()) {
      await types(page, words.slice(i * 6, i * 6 + 6));
      await press(page, key);
    }
    await types(page, words.slice(keys.length * 6));
  };
  const [down, up] = ["Alt+Shift+ArrowDown", "Alt+Shift+ArrowUp"];
  await Promise.all([moves(ana, " groeit langzaam", down, up, down), moves(bo, ", ook in de avond", down, down, up)]);
  const grown = 'requirement(statement("vaste begeleider voor iedere deelnemer, ook in de avond") rationale("vertrouwen groeit langzaam"))';
  expect((await alike(ana, bo)).split(grown)).toHaveLength(2);

  // One takes it away while the other types in it.
  await types(bo, ", elke week");
  await alike(ana, bo);
  const gone = ana.locator(".sw-toolbar").getByRole("button", { name: "Eis weghalen" });
  await press(ana, "Alt+F10");
  await ana.getByRole("button", { name: "Meer" }).click();
  await gone.click();
  await bo.locator(".sw-return", { hasText: "PVE-1 is weggehaald door Sociaal ondernemer. Uw woorden zijn bewaard." }).waitFor();
  expect(await tree(bo)).not.toContain("requirement");
  await bo.getByRole("button", { name: /^Zet .* terug$/ }).click();
  const back = await alike(ana, bo);
  expect(back).toContain('requirement(statement("vaste begeleider voor iedere deelnemer, ook in de avond, elke week") rationale("vertrouwen groeit langzaam"))');
  await until("the notice is gone where it is no longer true", async () => (await ana.locator(".sw-return").count()) === 0);
});

test("a card that somebody else removed comes back between its neighbours, with the caret where it was typed in", async () => {
  const [ana, bo] = await site.pair("Zet terug", async (page) => {
    for (const words of ["een", "twee", "drie"]) await insertCard(page, words, "omdat");
  });
  const order = async (): Promise<string[]> => ((await alike(ana, bo)).match(/(?<=statement\(")[^"]*/g) ?? []);
  await goBehind(bo, "twee");
  await types(bo, " armen");
  await goBehind(bo, "tw");
  await types(bo, "e");
  expect(await order()).toEqual(["een", "tweee armen", "drie"]);
  await goBehind(ana, "tweee");
  await press(ana, "Alt+F10");
  await ana.getByRole("button", { name: "Meer" }).click();
  await ana.locator(".sw-toolbar").getByRole("button", { name: "Eis weghalen" }).click();
  await bo.locator(".sw-return", { hasText: "is weggehaald door" }).waitFor();
  expect(await order()).toEqual(["een", "drie"]);
  await goBehind(bo, "drie"); // the caret has nothing to do with where it comes
  await bo.getByRole("button", { name: /^Zet .* terug$/ }).click();
  expect(await order()).toEqual(["een", "tweee armen", "drie"]);
  expect(await caretAt(bo)).toBe("twe|ee armen");
});

test("a card is dragged by its handle while the other types in it, and undo brings it back to its place", async () => {
  const [ana, bo] = await site.pair("Slepen", async (page) => {
    await types(page, "boven", 0);
    await insertCard(page, "eerste", "een");
    await types(page, "midden", 0);
    await insertCard(page, "tweede", "twee");
    await types(page, "onder", 0);
  });
  await ana.setViewportSize({ width: 1280, height: 1400 });
  const before = await tree(ana);
  await goBehind(bo, "tweede");
  await goBehind(ana, "twee");
  const said = await ana.evaluateHandle(() => {
    const region = document.querySelector('[data-part="announcements"]');
    const all: string[] = [];
    if (region) new MutationObserver(() => all.push(region.textContent ?? "")).observe(region, { childList: true });
    return all;
  });
  const handle = await ana.locator(".sw-card-tools__handle").boundingBox();
  const first = await ana.locator(".sw-requirement").first().boundingBox();
  if (!handle || !first) throw new Error("nothing to drag");
  await ana.mouse.move(handle.x + 20, handle.y + 20);
  await ana.mouse.down();
  await ana.mouse.move(handle.x + 20, handle.y - 20, { steps: 4 });
  await ana.mouse.move(first.x + 100, first.y + 5, { steps: 8 });
  await Promise.all([types(bo, " eis"), ana.mouse.up()]);
  const card = 'requirement(statement("tweede eis") rationale("twee"))';
  const after = await alike(ana, bo);
  expect(after.startsWith(`"boven" ${card}`), after).toBe(true);
  expect(after.split("requirement")).toHaveLength(3);
  expect(await said.jsonValue()).toContainEqual(expect.stringContaining("staat nu na “boven”"));
  await press(ana, "Control+Z");
  expect(await alike(ana, bo)).toBe(before.replace('"tweede"', '"tweede eis"'));
});

test("on a phone nothing moves when one taps in another card, and a card is written in whole though its label is tapped", async () => {
  const path = await site.begin("Tikken");
  const { page } = await site.open("Coördinator", path, phone);
  await editor(page).click();
  for (const words of ["eerste", "tweede"]) await insertCard(page, words, "omdat");
  await alike(page);
  const [first, second] = [page.locator(".sw-requirement").first(), page.locator(".sw-requirement").nth(1)];
  const tools = page.locator(".sw-card-tools");
  const heights = (): Promise<number[]> => page.locator(".ProseMirror").evaluate((text) => [...text.children].map((block) => block.getBoundingClientRect().height));
  await first.getByText("eerste").tap();
  await until("its buttons are there", async () => (await first.locator(tools).count()) === 1);
  const before = await heights();
  await second.getByText("tweede").tap();
  await until("those of the other are", async () => (await second.locator(tools).count()) === 1);
  expect(await heights()).toEqual(before);

  await first.locator(".sw-requirement__key").click({ clickCount: 3 });
  await page.keyboard.type("x");
  const text = await alike(page);
  for (const words of ["eerste", "tweede"]) expect(text).toContain(words);
  expect(text.match(/requirement\(/g)).toHaveLength(2);
  await page.context().close();
});

test("who may not write is told so, and sees neither a field nor a form", async () => {
  const { page } = await site.open("Student", "/programmas");
  await page.locator("main .sw-card a").first().click();
  await page.getByText(/^U leest mee\. Bewoners/).waitFor();
  await until("the text is there", async () => (await page.locator(".ProseMirror .sw-requirement").count()) > 0);
  await page.locator(".ProseMirror .sw-requirement__statement").first().click();
  await page.keyboard.press("ArrowDown");
  const drawn = await page.locator('[data-part="text"]').evaluate((text) => [getComputedStyle(text).outlineStyle, getComputedStyle(text).boxShadow]);
  expect(drawn).toEqual(["none", "none"]);
  expect(await page.getByRole("link", { name: "Wijzig deze eis" }).count()).toBe(0);
  await page.context().close();
});

test("an address that names a requirement goes there, and the browser finds words in cards out of sight", async () => {
  const [ana] = await site.pair("Lang", async (page) => {
    for (let i = 0; i < 12; i++) await insertCard(page, `eis nummer ${String.fromCharCode(97 + i)}`, "omdat het kan");
  });
  const id = await ana.locator(".sw-requirement").nth(9).getAttribute("id");
  const path = new URL(ana.url()).pathname;
  await ana.goto("about:blank");
  await ana.goto(`${path}#${id ?? ""}`);
  await editor(ana).waitFor();
  const top = () => ana.locator(`#${id ?? ""}`).evaluate((card) => card.getBoundingClientRect().top);
  await until("the card is in view", async () => (await top()) > 0 && (await top()) < 400);
  await ana.evaluate(() => scrollTo(0, 0));
  type Finds = Window & { find: (words: string) => boolean };
  expect(await ana.evaluate(() => (window as unknown as Finds).find("nummer l") && String(getSelection()))).toBe("nummer l");
  await ana.emulateMedia({ media: "print" });
  const drawn = (cards: Element[]) => cards.map((card) => card.firstElementChild?.checkVisibility({ contentVisibilityAuto: true }));
  await until("all twelve are drawn on paper", async () => (await ana.locator(".sw-requirement").evaluateAll(drawn)).filter(Boolean).length === 12);
});
