// People write together in one programme of requirements, in real browsers against the real program:
// at the same time, through a crash of the server, without a connection, and by keyboard alone.
import type { Browser, Locator, Page } from "playwright-core";
import type { EditorView } from "prosemirror-view";
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
const saved = (page: Page): Locator => page.locator(".sw-saved");

/** The words of the document, without carets and labels of others. */
async function words(page: Page): Promise<string> {
  return page.locator(".sw-text > .ProseMirror").evaluate((root) => {
    const copy = root.cloneNode(true) as HTMLElement;
    for (const other of copy.querySelectorAll(".sw-caret, [contenteditable=false], .ProseMirror-separator")) other.remove();
    return [...copy.querySelectorAll("p, h2, h3, h4")].map((block) => block.textContent).join("\n");
  });
}

/** The block in which the editor takes the caret to be, and what is chosen. It hears of a click a moment
 * after the browser does, and a test presses keys faster than anybody. */
const standing = (page: Page): Promise<{ block: string; chosen: string }> =>
  editor(page).evaluate((element) => {
    const { doc, selection } = (element as HTMLElement & { editor: EditorView }).editor.state;
    return { block: selection.$from.parent.textContent, chosen: doc.textBetween(selection.from, selection.to) };
  });

async function wait(page: Page, what: string): Promise<void> {
  await until(`the page says ${what}`, async () => (await saved(page).textContent()) === what, 30);
}

/** Begins a programme of its own for a test, so that tests do not meet each other's text. */
async function begin(title: string): Promise<string> {
  const { page } = await open("Coördinator", "/werkgroepen");
  await page.getByRole("link", { name: "Lerende samenwerking" }).first().click();
  const group = new URL(page.url()).pathname;
  await page.goto(`${group}/programmas/nieuw`);
  await page.getByLabel("Hoe heet het programma?").fill(title);
  await page.getByRole("button", { name: "Begin het programma" }).click();
  await page.waitForURL(/\/programmas\/[^/]+$/);
  const path = new URL(page.url()).pathname;
  await page.context().close();
  return path;
}

/** Opens a page as one of the people of the demonstration. */
async function open(who: string, path: string, options = {}): Promise<{ page: Page; complaints: string[] }> {
  const { page, complaints } = await visit(browser, program, "/inloggen", options);
  await signIn(page, who);
  await page.goto(path);
  return { page, complaints };
}

async function write(page: Page, text: string): Promise<void> {
  await editor(page).click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(text);
}

test("two people type at the same time, and see each other's text and caret", async () => {
  const path = await begin("Samen schrijven");
  const [ana, bo] = await Promise.all([open("Sociaal ondernemer", path), open("Bewoner", path)]);
  await write(ana.page, "Eerst dit.");
  await until("the other sees it", async () => (await words(bo.page)).includes("Eerst dit."));
  await editor(bo.page).click();
  await bo.page.keyboard.press("Control+End");
  await bo.page.keyboard.press("Enter");
  await Promise.all([
    (async () => {
      await ana.page.keyboard.type(" Van Ana, terwijl Bo schrijft.");
    })(),
    (async () => {
      await bo.page.keyboard.type("Van Bo, terwijl Ana schrijft.");
    })(),
  ]);
  await Promise.all([wait(ana.page, "Bewaard"), wait(bo.page, "Bewaard")]);
  const want = "Eerst dit. Van Ana, terwijl Bo schrijft.\nVan Bo, terwijl Ana schrijft.";
  await until("both have the same text", async () => (await words(ana.page)) === want && (await words(bo.page)) === want);

  await ana.page.locator(".sw-caret__label", { hasText: "Bewoner" }).waitFor();
  await bo.page.locator(".sw-caret__label", { hasText: "Sociaal ondernemer" }).waitFor();
  await ana.page.locator(".sw-presence li", { hasText: "Bewoner" }).waitFor();
  await until("others' changes are said", async () =>
    ((await ana.page.locator('[data-part="announcements"]').textContent()) ?? "").includes("Bewoner wijzigde de tekst"),
  );
  await shoot(ana.page, "programma-samen");
  expect([...ana.complaints, ...bo.complaints]).toEqual([]);
});

test("the server is cut off while people write: both go on, nothing is missing and nothing is doubled", async () => {
  const path = await begin("Stroomuitval");
  const [{ page: ana }, { page: bo }] = await Promise.all([open("Sociaal ondernemer", path), open("Bewoner", path)]);
  await write(ana, "Begin. ");
  await wait(ana, "Bewaard");
  await until("the other sees it", async () => (await words(bo)).includes("Begin. "));
  await editor(bo).click();
  await bo.keyboard.press("Control+End");
  await bo.keyboard.press("Enter");

  const typing = Promise.all([type(ana, "a", 60), type(bo, "b", 60)]);
  await until("something was shown to the other", async () => (await words(bo)).includes("a10 "));
  await program.kill();
  const acknowledged = await Promise.all([words(ana), words(bo)]);
  await typing;
  await until("it is said that it is not saved", async () => (await saved(ana).textContent()) !== "Bewaard");
  await program.again();
  await Promise.all([wait(ana, "Bewaard"), wait(bo, "Bewaard")]);

  const all = (who: string): string[] => Array.from({ length: 60 }, (_, i) => `${who}${i}`);
  await until("both have the same text", async () => (await words(ana)) === (await words(bo)));
  const text = await words(ana);
  for (const word of [...all("a"), ...all("b"), "Begin."]) {
    expect(text.split(/\s+/).filter((w) => w === word), `${word} in\n${text}\nwas\n${acknowledged.join("\n--\n")}`).toHaveLength(1);
  }
  const { page: late } = await open("Gebiedspartner", path);
  await until("who comes later reads the same", async () => (await words(late)) === text);
});

async function type(page: Page, who: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await page.keyboard.type(`${who}${i} `, { delay: 5 });
}

test("who loses the connection goes on writing, and it is merged on return", async () => {
  const path = await begin("Zonder verbinding");
  const [{ page: ana }, { page: bo }] = await Promise.all([open("Sociaal ondernemer", path), open("Bewoner", path)]);
  await write(ana, "Samen. ");
  await wait(ana, "Bewaard");
  await until("the other sees it", async () => (await words(bo)).includes("Samen. "));

  await ana.context().setOffline(true);
  await ana.keyboard.type("Onderweg geschreven.");
  await wait(ana, "Geen verbinding – bewaard op dit apparaat");
  await editor(bo).click();
  await bo.keyboard.press("Control+Home");
  await bo.keyboard.type("Thuis geschreven. ");
  await wait(bo, "Bewaard");
  expect(await words(bo)).not.toContain("Onderweg");

  await ana.context().setOffline(false);
  await wait(ana, "Bewaard");
  const want = "Thuis geschreven. Samen. Onderweg geschreven.";
  await until("both have everything", async () => (await words(ana)) === want && (await words(bo)) === want);
});

test("what was written without a connection survives a closed window", async () => {
  const path = await begin("Dicht en weer open");
  const { page } = await open("Sociaal ondernemer", path);
  await write(page, "Eerst. ");
  await wait(page, "Bewaard");
  await program.kill();
  await page.keyboard.type("Daarna zonder server.");
  await wait(page, "Geen verbinding – bewaard op dit apparaat");
  await page.close({ runBeforeUnload: false });
  await program.again();
  const again = await page.context().newPage();
  await again.goto(path);
  await editor(again).waitFor();
  await wait(again, "Bewaard");
  expect(await words(again)).toBe("Eerst. Daarna zonder server.");
  const { page: bo } = await open("Bewoner", path);
  await until("the other reads it", async () => (await words(bo)) === "Eerst. Daarna zonder server.");

  await again.goto("/");
  await again.goto(path);
  await editor(again).waitFor();
  const kept = () => again.evaluate(async () => (await indexedDB.databases()).filter((d) => d.name?.startsWith("samenwijk:")).length);
  expect(await kept()).toBe(1);
  await again.locator('form[action="/uitloggen"] button').evaluate((button: HTMLButtonElement) => button.click());
  await again.waitForURL((url) => url.pathname !== path);
  await until("nothing stays on the device after signing out", async () => (await kept()) === 0);
});

test("by keyboard alone: sign in, open the document, add and change a requirement, leave the text", async () => {
  const path = await begin("Zonder muis");
  const { page } = await visit(browser, program, "/");
  const press = (key: string): Promise<void> => page.keyboard.press(key);
  const on = (text: string): Promise<boolean> => page.evaluate((text) => document.activeElement?.textContent?.trim() === text, text);
  await tabTo(page, () => on("Inloggen"));
  await press("Enter");
  await page.waitForURL("**/inloggen*");
  await tabTo(page, () => on("Als sociaal ondernemer"));
  await press("Enter");
  await page.waitForURL((url) => !url.pathname.startsWith("/inloggen"));
  await page.goto("/programmas");
  const focused = (): Promise<string> => page.evaluate(() => (document.activeElement as HTMLElement | null)?.innerText ?? "");
  await tabTo(page, () => page.evaluate(() => document.activeElement?.matches("a.sw-card__link") === true && document.activeElement.textContent === "Zonder muis"));
  await press("Enter");
  await page.waitForURL(`**${path}`);
  await editor(page).waitFor();
  await tabTo(page, () => editor(page).evaluate((root) => root === document.activeElement));

  await press("Control+Shift+E");
  await page.keyboard.type("Iedere deelnemer heeft een vaste begeleider");
  await press("Enter");
  await page.keyboard.type("Wisselende gezichten kosten vertrouwen");
  await page.getByText("PVE-1").first().waitFor();
  await press("Alt+F10");
  expect(await focused()).toBe("Eis invoegen");
  await press("ArrowRight");
  expect(await focused()).toBe("Kop");
  await press("ArrowLeft");
  await press("Enter");
  await page.keyboard.type("Werkgevers doen mee");
  await wait(page, "Bewaard");
  expect(await words(page)).toBe(
    "Iedere deelnemer heeft een vaste begeleider\nWisselende gezichten kosten vertrouwen\nWerkgevers doen mee\n",
  );
  await page.locator(".sw-requirement__key", { hasText: "PVE-2" }).waitFor();

  await press("Escape");
  expect(await focused()).toContain("U bent uit de tekst");
  await press("Shift+Tab");
  expect(await editor(page).evaluate((root) => root === document.activeElement || root.contains(document.activeElement))).toBe(true);
  expect(await faults(page)).toEqual([]);
  await shoot(page, "programma-eisen");
});

async function tabTo(page: Page, there: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 60; i++) {
    if (await there()) return;
    await page.keyboard.press("Tab");
  }
  throw new Error("sixty times Tab did not get there");
}

test("a copied requirement is another requirement with a key of its own", async () => {
  const path = await begin("Kopiëren");
  const { page } = await open("Coördinator", path);
  await editor(page).click();
  await page.keyboard.press("Control+Shift+E");
  await page.keyboard.type("Eén afspraak");
  await page.locator(".sw-requirement__key", { hasText: "PVE-1" }).waitFor();
  await page.keyboard.press("Control+A");
  await page.keyboard.press("Control+C");
  await page.keyboard.press("Control+End");
  await page.keyboard.press("Control+Enter");
  await page.keyboard.press("Control+V");
  await page.locator(".sw-requirement__key", { hasText: "PVE-2" }).waitFor();
  expect(await page.locator(".sw-requirement").evaluateAll((cards) => new Set(cards.map((c) => c.id)).size)).toBe(2);
});

test("a student reads along and cannot write; a visitor needs no account for a public text", async () => {
  const path = await begin("Meelezen");
  const { page: ana } = await open("Sociaal ondernemer", path);
  await write(ana, "Alleen lezen.");
  await wait(ana, "Bewaard");
  const { page: student } = await open("Student", path);
  await until("the student reads it", async () => (await words(student)) === "Alleen lezen.");
  expect(await student.locator(".sw-text > .ProseMirror").getAttribute("contenteditable")).toBe("false");
  expect(await editor(student).count(), "what one only reads is no field, and no keys are told").toBe(0);
  expect(await student.locator("#schrijfhulp").count()).toBe(0);
  expect(await editor(ana).getAttribute("aria-describedby")).toBe("schrijfhulp");
  const mode = ana.locator('[data-part="mode"]');
  await mode.getByRole("button", { name: "Lezen" }).click();
  await until("it is a field no more", async () => (await editor(ana).count()) === 0);
  await mode.getByRole("button", { name: "Schrijven" }).click();
  await editor(ana).focus();
  await ana.keyboard.press("Control+End");
  await ana.keyboard.type(" Live.");
  await until("and sees changes", async () => (await words(student)) === "Alleen lezen. Live.");
  const { page: visitor } = await visit(browser, program, path);
  expect(await visitor.locator("body").innerText()).not.toContain("Alleen lezen");
  const { page: coordinator } = await open("Coördinator", `${path}/lezers`);
  await coordinator.getByText("Iedereen, ook zonder account").click();
  await coordinator.getByRole("button", { name: "Bewaar wie het leest" }).click();
  await coordinator.waitForURL((url) => url.pathname === path);
  await visitor.goto(path);
  expect(await visitor.locator("#tekst").innerText()).toContain("Alleen lezen. Live.");
  await visitor.getByRole("link", { name: "Lees live mee" }).click();
  await ana.keyboard.type(" Voor allen.");
  await until("and a visitor, when they ask", async () => (await words(visitor)) === "Alleen lezen. Live. Voor allen.");
});

test("without JavaScript the saved text is there, and a form changes it under the eyes of who writes", async () => {
  const path = await begin("Zonder JavaScript");
  const { page: ana } = await open("Sociaal ondernemer", path);
  await editor(ana).click();
  await ana.keyboard.press("Control+Shift+E");
  await ana.keyboard.type("Eén afspraak");
  await ana.locator(".sw-requirement__key", { hasText: "PVE-1" }).waitFor();
  await wait(ana, "Bewaard");
  const { page: bo } = await open("Bewoner", path, { ...phone, javaScriptEnabled: false });
  expect(await bo.locator(".sw-requirement__statement").innerText()).toBe("Eén afspraak");
  await bo.getByRole("link", { name: "Wijzig deze eis PVE-1" }).click();
  await bo.getByLabel("Eis", { exact: true }).fill("Eén afspraak die staat");
  await bo.getByLabel("Hoe belangrijk is het?").selectOption("Moet");
  await bo.getByRole("button", { name: "Bewaar de eis" }).click();
  await bo.locator(".sw-requirement__line", { hasText: "Moet · Concept" }).waitFor();
  const told = bo.getByText("PVE-1 is bewaard.");
  expect(await told.evaluate((element) => element.closest("section") === document.activeElement && element.getBoundingClientRect().top >= 0)).toBe(true);
  await until("who writes sees it", async () => (await words(ana)).startsWith("Eén afspraak die staat"));
});

test("who saved a form in a new browser goes on in the text", async () => {
  const path = await begin("Terug van het formulier");
  const { page: ana } = await open("Sociaal ondernemer", path);
  await editor(ana).click();
  await ana.keyboard.press("Control+Shift+E");
  await ana.keyboard.type("Eén afspraak");
  await wait(ana, "Bewaard");
  const form = (await ana.locator(".sw-requirement a", { hasText: "Wijzig deze eis" }).getAttribute("href")) ?? "";
  const { page: bo } = await visit(browser, program, "/inloggen");
  await signIn(bo, "Bewoner");
  await bo.goto(form);
  await bo.getByRole("button", { name: "Bewaar de eis" }).click();
  await until("the caret is in it", async () => (await standing(bo)).block === "Eén afspraak");
  await until("one can type there", () => editor(bo).evaluate((root) => root === document.activeElement));
  await bo.keyboard.press("End");
  await bo.keyboard.type(" die staat");
  await wait(bo, "Bewaard");
  await until("the other sees it", async () => (await words(ana)).startsWith("Eén afspraak die staat"));
});

test("marks and attributes reach the other editor and the server, and what the server writes reaches both", async () => {
  const path = await begin("Vet en schuin");
  const [{ page: ana }, { page: bo }] = await Promise.all([open("Sociaal ondernemer", path), open("Bewoner", path)]);
  await editor(ana).click();
  await ana.keyboard.press("Control+Alt+3");
  await ana.keyboard.type("Wat wij willen");
  await ana.keyboard.press("Enter");
  await ana.keyboard.type("Een ");
  await ana.keyboard.press("Control+B");
  await ana.keyboard.type("vet");
  await ana.keyboard.press("Control+B");
  await ana.keyboard.type(" woord.");
  await ana.keyboard.press("Control+Shift+E");
  await ana.keyboard.type("Eén afspraak");
  await ana.locator(".sw-requirement__key", { hasText: "PVE-1" }).waitFor();
  await wait(ana, "Bewaard");

  // The other editor shows them, adds a mark of its own and changes an attribute.
  await editor(bo).locator("h3", { hasText: "Wat wij willen" }).click();
  await until("the editor knows of the click", async () => (await standing(bo)).block === "Wat wij willen");
  await bo.keyboard.press("Control+Alt+2");
  await editor(bo).locator("p strong", { hasText: /^vet$/ }).dblclick();
  await until("the editor knows which word was chosen", async () => (await standing(bo)).chosen === "vet");
  await bo.keyboard.press("Control+I");
  await wait(bo, "Bewaard");
  await editor(ana).locator("p :is(strong em, em strong)", { hasText: /^vet$/ }).waitFor();
  await editor(ana).locator("h2", { hasText: "Wat wij willen" }).waitFor();

  // The server reads them from the document that its engine holds, and writes into it.
  const { page: reader } = await open("Coördinator", path, { javaScriptEnabled: false });
  await reader.waitForURL(`**${path}/lezen`);
  expect(await reader.locator("h2", { hasText: "Wat wij willen" }).count()).toBe(1);
  expect(await reader.locator("p strong em", { hasText: /^vet$/ }).count()).toBe(1);
  await reader.getByRole("link", { name: "Wijzig deze eis PVE-1" }).click();
  await reader.getByLabel("Eis", { exact: true }).fill("Eén afspraak die staat");
  await reader.getByRole("button", { name: "Bewaar de eis" }).click();
  for (const page of [ana, bo]) {
    await until("both editors see the words of the form", async () => (await words(page)).includes("Eén afspraak die staat"));
    expect(await editor(page).locator("p :is(strong em, em strong)", { hasText: /^vet$/ }).count()).toBe(1);
  }
});

test("the programme of the demonstration can be shown", async () => {
  const { page, complaints } = await open("Coördinator", "/programmas", { viewport: { width: 1280, height: 900 } });
  await page.locator("a.sw-card__link", { hasText: "eisen" }).first().click();
  await editor(page).waitFor();
  await page.locator(".sw-requirement__key", { hasText: "PVE-7" }).waitFor();
  expect(await faults(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await shoot(page, "programma-demonstratie-1280");
  await page.setViewportSize({ width: 360, height: 740 });
  await shoot(page, "programma-demonstratie-360");
  await page.emulateMedia({ media: "print" });
  expect(await page.locator(".sw-toolbar").isVisible()).toBe(false);
  await shoot(page, "programma-demonstratie-papier");
});

test("at 200 % and at 320 pixels nobody scrolls sideways to write, with all buttons unfolded", async () => {
  const { page } = await open("Coördinator", "/programmas", { viewport: { width: 1280, height: 800 } });
  await page.locator("a.sw-card__link", { hasText: "eisen" }).first().click();
  await page.locator(".sw-requirement__key", { hasText: "PVE-7" }).waitFor();
  await editor(page).locator("p").first().click();
  for (const [width, height] of [[640, 400], [320, 256], [320, 640]] as const) {
    await page.setViewportSize({ width, height });
    const unfold = page.locator('.sw-toolbar [aria-expanded="false"]:visible').first();
    if (await unfold.count()) await unfold.click();
    await until(`${width} px are enough`, () => page.locator("html").evaluate((root) => root.scrollWidth <= root.clientWidth), 5);
    const outside = await page.locator(".sw-toolbar button:visible, .sw-requirement:visible").evaluateAll((all, width) =>
      all.filter((one) => one.getBoundingClientRect().right > width + 0.5 || one.getBoundingClientRect().left < -0.5).map((one) => one.outerHTML.slice(0, 120)), width);
    expect(outside, `at ${width} px`).toEqual([]);
    await shoot(page, `programma-${width}x${height}`);
  }
});

test("who loads the page anew is where they were", async () => {
  const { page } = await open("Coördinator", "/programmas", { viewport: { width: 1280, height: 900 } });
  await page.locator("a.sw-card__link", { hasText: "eisen" }).first().click();
  const third = page.locator(".sw-requirement").nth(2);
  const top = async (): Promise<number> => Math.round((await third.boundingBox())?.y ?? NaN);
  await page.locator(".sw-requirement__key", { hasText: "PVE-7" }).waitFor();
  await page.locator(".sw-toolbar__button").first().waitFor();
  await third.evaluate((card) => scrollTo({ top: scrollY + card.getBoundingClientRect().top - 400, behavior: "instant" }));
  await until("the card lies where it was brought", async () => Math.abs((await top()) - 400) < 3);
  await page.reload();
  await page.locator(".sw-requirement__key", { hasText: "PVE-7" }).waitFor();
  await until("it lies there again", async () => Math.abs((await top()) - 400) < 3);
});

test("on a phone the document and its form need no sideways scrolling", async () => {
  const path = await begin("Op de telefoon");
  const { page } = await open("Bewoner", path, phone);
  await editor(page).tap();
  await page.getByRole("button", { name: "Eis invoegen" }).tap();
  await page.keyboard.type("Een lange afspraak over vaste begeleiding van deelnemers op een telefoon");
  await page.locator(".sw-requirement__key", { hasText: "PVE-1" }).waitFor();
  await wait(page, "Bewaard");
  const overflow = (): Promise<number> => page.locator("html").evaluate((root) => root.scrollWidth - root.clientWidth);
  expect(await overflow()).toBe(0);
  await shoot(page, "programma-telefoon");
  const bar = page.locator(".sw-column > .sw-toolbar");
  const shown = async (): Promise<string[]> => {
    const buttons = await bar.locator("> button").all();
    const boxes = await Promise.all(buttons.map((button) => button.boundingBox()));
    expect(new Set(boxes.map((box) => box?.y)).size, "they stand on one line").toBe(1);
    for (const box of boxes) expect((box?.x ?? 0) + (box?.width ?? 999)).toBeLessThanOrEqual(360);
    return Promise.all(buttons.map(async (button) => (await button.getAttribute("aria-label")) ?? (await button.innerText())));
  };
  expect(await shown()).toEqual(["Eis invoegen", "Kop", "Vet", "Ongedaan maken", "Meer"]);
  const more = page.getByRole("button", { name: "Meer" });
  await more.tap();
  await bar.getByRole("button", { name: "Lijst" }).tap();
  expect(await more.getAttribute("aria-expanded"), "the text can be seen again").toBe("false");
  await page.setViewportSize({ width: 320, height: 256 });
  expect(await bar.evaluate((element) => getComputedStyle(element).position), "the text has all of a low screen").toBe("static");
  await page.setViewportSize({ width: 360, height: 740 });
  await page.emulateMedia({ forcedColors: "active" });
  const colours = await page.getByRole("group", { name: "Wat wilt u doen?" }).locator("button").evaluateAll((all) => all.map((one) => getComputedStyle(one).backgroundColor));
  expect(new Set(colours).size, "what is pressed can be told without our colours").toBe(2);
  await page.emulateMedia({ forcedColors: "none" });
  await page.getByRole("link", { name: "Wijzig deze eis" }).tap();
  await page.getByRole("heading", { name: "Eis PVE-1" }).waitFor();
  expect(await overflow()).toBe(0);
  expect(await faults(page)).toEqual([]);
  await page.getByLabel("Hoe belangrijk is het?").selectOption("Moet");
  await page.getByRole("button", { name: "Bewaar de eis" }).tap();
  await page.locator(".sw-return", { hasText: "PVE-1 is bewaard." }).waitFor();
  await bar.getByRole("button", { name: "Meer" }).waitFor();
  await until("the caret is in it", async () => (await standing(page)).block.startsWith("Een lange afspraak"));
  await until("one can type there", () => editor(page).evaluate((root) => root === document.activeElement));
  await until("the buttons do not lie over it", async () => {
    const [card, over] = [await page.locator(".sw-requirement").boundingBox(), await bar.boundingBox()];
    return (card?.y ?? 0) >= (over?.y ?? 0) + (over?.height ?? 999);
  });
  expect(new URL(page.url()).search, "it is not said again").toBe("");
});
