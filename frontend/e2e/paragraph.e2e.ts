// Two people in one paragraph, in real browsers: at the speed at which people type, one of them changes
// what the paragraph is, or cuts everything, and no word of the other is lost, torn or in another place.
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "./harness.ts";
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
const types = (page: Page, words: string, delay = 40): Promise<void> => page.keyboard.type(words, { delay });
const start = (words: string) => (page: Page): Promise<void> => types(page, words, 0);

test("cut and paste of everything while the other has a caret in the text: what they type stands once", async () => {
  const [ana, bo] = await site.pair("Knippen", async (page) => {
    await types(page, "eerste regel", 0);
    await press(page, "Enter");
    await types(page, "tweede regel", 0);
  });
  await goBehind(bo, "tweede");
  await Promise.all([types(bo, " lange mooie"), press(ana, "Control+A", "Control+X", "Control+V")]);
  const text = await alike(ana, bo);
  for (const word of ["eerste", "tweede", "lange", "mooie"]) expect(text.split(word), `${word} in ${text}`).toHaveLength(2);
  expect(text.match(/regel/g), text).toHaveLength(2);
  await types(bo, " slot");
  await types(ana, " einde");
  const after = await alike(ana, bo);
  for (const word of ["slot", "einde"]) expect(after.split(word), `${word} in ${after}`).toHaveLength(2);
});

test.each([70, 400])("in one empty line of a new text both type %d ms a key, and two phrases can be read", async (pace) => {
  const [ana, bo] = await site.pair("Lege regel");
  await Promise.all([editor(ana).click(), editor(bo).click()]);
  await Promise.all([types(ana, "Hallo allemaal.", pace), types(bo, "Goed dat je er bent.", pace)]);
  // In one line or, when both began it, in two.
  expect((await alike(ana, bo)).replace('" "', "")).toMatch(/^"(Hallo allemaal\.Goed dat je er bent\.|Goed dat je er bent\.Hallo allemaal\.)"$/);
});

test.each([70, 400])("in one empty statement both type %d ms a key, and two phrases can be read", async (pace) => {
  const [ana, bo] = await site.pair("Lege eis", async (page) => {
    await press(page, "Control+Shift+E");
    await until("the card is there", async () => (await tree(page)).includes("requirement"));
  });
  await editor(bo).locator(".sw-requirement__statement").click();
  await Promise.all([types(ana, "Elke week eten.", pace), types(bo, "Samen koken.", pace)]);
  expect(await alike(ana, bo)).toMatch(
    /^requirement\(statement\("(Elke week eten\.Samen koken\.|Samen koken\.Elke week eten\.)"\) rationale\(""\)\)/,
  );
});

test("Enter at one spot by both: the line is split, and both halves stand once", async () => {
  const [ana, bo] = await site.pair("Enter", start("links rechts"));
  await Promise.all([goBehind(ana, "links"), goBehind(bo, "links")]);
  await Promise.all([press(ana, "Enter"), press(bo, "Enter")]);
  await Promise.all([types(ana, "Ana"), types(bo, "Bo")]);
  const text = await alike(ana, bo);
  expect(text).toMatch(/^"links"/);
  for (const word of ["links", "rechts", "Ana", "Bo"]) expect(text.split(word), `${word} in ${text}`).toHaveLength(2);
});

test("one splits and joins while the other types at the end: the words stay whole in their line", async () => {
  const [ana, bo] = await site.pair("Splitsen", start("een twee drie"));
  await goBehind(ana, "een");
  await goBehind(bo, "drie");
  const word = " en nog een heel lang stuk tekst";
  await Promise.all([
    types(bo, word),
    (async () => {
      for (let i = 0; i < 3; i++) await press(ana, "Enter", "Backspace");
      await press(ana, "Enter");
    })(),
  ]);
  expect(await alike(ana, bo)).toBe(`"een" " twee drie${word}"`);
  expect(await caretAt(bo)).toBe(` twee drie${word}|`);
});

test("heading, list and indent on and off three times while the other types: the words and the caret stay", async () => {
  const [ana, bo] = await site.pair("Soorten", async (page) => {
    await types(page, "boven", 0);
    await press(page, "Enter");
    await types(page, "wat wij willen", 0);
  });
  await goBehind(ana, "wat");
  await goBehind(bo, "wij");
  const words = " samen met de hele buurt echt heel graag";
  await Promise.all([
    types(bo, words),
    (async () => {
      for (let i = 0; i < 3; i++) await press(ana, "Control+Alt+2", "Control+Alt+2", "Control+Shift+8", "Control+Shift+8");
    })(),
  ]);
  expect(await alike(ana, bo)).toBe(`"boven" "wat wij${words} willen"`);
  expect(await caretAt(bo)).toBe(`wat wij${words}| willen`);
  expect(await caretAt(ana)).toBe(`wat| wij${words} willen`);

  await press(ana, "Control+A", "Control+Shift+8");
  await goBehind(ana, "wat");
  await Promise.all([
    types(bo, words),
    (async () => {
      for (let i = 0; i < 3; i++) await press(ana, "Tab", "Shift+Tab");
      await press(ana, "Tab");
    })(),
  ]);
  expect(await alike(ana, bo)).toBe(`bulletList(listItem("boven" bulletList(listItem("wat wij${words}${words} willen"))))`);
});

test.each([
  ["at the same spot", "samen"],
  ["elsewhere in the line", "eind"],
])("a composition is not broken while the other types %s", async (_, spot) => {
  const [ana, bo] = await site.pair("Samenstellen", start("samen en eind"));
  await goBehind(ana, "samen");
  await goBehind(bo, spot);
  const browser = await ana.context().newCDPSession(ana);
  const compose = (text: string) => browser.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
  for (const [i, piece] of ["に", "にほ", "にほん"].entries()) {
    await compose(piece);
    await types(bo, "xyz".charAt(i));
  }
  await browser.send("Input.insertText", { text: "日本" });
  const text = await alike(ana, bo);
  expect(text.split("日本"), text).toHaveLength(2);
  expect(text.split("xyz"), text).toHaveLength(2);
  expect(text).not.toContain("に");
  expect(text.replace("日本", "").replace("xyz", "")).toBe('"samen en eind"');
});

test("arrow keys count while the other types in the same line", async () => {
  const [ana, bo] = await site.pair("Pijlen", async (page) => types(page, "0123456789", 0));
  for (let round = 0; round < 3; round++) {
    await goBehind(ana, "9");
    await press(bo, "Home");
    await Promise.all([
      types(bo, "abcdefghijkl"),
      (async () => {
        for (let i = 0; i < 8; i++) await press(ana, "ArrowLeft");
        await types(ana, "q");
      })(),
    ]);
    expect((await alike(ana, bo)).replace(/[a-l]/g, ""), `round ${round}`).toBe('"01q23456789"');
    await press(ana, "Backspace");
    await alike(ana, bo);
  }
});

test("a key counts where the caret of the browser is, however soon it comes after an arrow", async () => {
  const { page } = await site.open("Sociaal ondernemer", await site.begin("Meteen"));
  await editor(page).click();
  await types(page, "een", 0);
  await press(page, "Enter");
  await types(page, "twee", 0);
  // The caret moves and the key comes before the browser has told anybody.
  const prevented = await editor(page).evaluate((root) => {
    document.getSelection()?.collapse(root.lastElementChild?.firstChild ?? null, 0);
    return !root.dispatchEvent(new KeyboardEvent("keydown", { key: "Backspace", keyCode: 8, bubbles: true, cancelable: true }));
  });
  expect(prevented).toBe(true);
  expect(await tree(page)).toBe('"eentwee"');
  expect(await caretAt(page)).toBe("een|twee");
});

test("a keyboard that names no key joins paragraphs, and takes no card apart", async () => {
  const { page } = await site.open("Sociaal ondernemer", await site.begin("Zonder toets"));
  await editor(page).click();
  await types(page, "voor", 0);
  await press(page, "Control+Shift+E");
  await until("the card is there", async () => (await tree(page)).includes("requirement"));
  await types(page, "een", 0);
  await press(page, "Enter");
  await types(page, "twee", 0);
  await press(page, "Enter");
  await types(page, "drie", 0);
  const devtools = await page.context().newCDPSession(page);
  const deletes = async (command: string): Promise<void> => {
    await devtools.send("Input.dispatchKeyEvent", { type: "keyDown", key: "Unidentified", windowsVirtualKeyCode: 229, commands: [command] });
    await devtools.send("Input.dispatchKeyEvent", { type: "keyUp", key: "Unidentified", windowsVirtualKeyCode: 229 });
  };
  const whole = '"voor" requirement(statement("een") rationale("twee" "drie"))';
  expect(await tree(page)).toBe(whole);
  await deletes("deleteBackward");
  expect(await tree(page)).toBe(whole.replace("drie", "dri"));
  await types(page, "e", 0);
  for (const [words, key, command] of [["een", "Home", "deleteBackward"], ["een", "End", "deleteForward"], ["twee", "Home", "deleteBackward"]] as const) {
    await goBehind(page, words);
    await press(page, key);
    await deletes(command);
    expect(await tree(page), `${command} at ${words}`).toBe(whole);
  }
  await goBehind(page, "drie");
  await press(page, "Home");
  await deletes("deleteWordBackward");
  const joined = whole.replace('twee" "drie', "tweedrie");
  expect(await tree(page)).toBe(joined);
  await goBehind(page, "tweedrie");
  await deletes("deleteWordBackward");
  expect(await tree(page)).toBe(joined.replace("tweedrie", ""));
});

test("a composition comes in place of no card, and Enter without a key opens it", async () => {
  const { page } = await site.open("Sociaal ondernemer", await site.begin("Gekozen eis"));
  const devtools = await page.context().newCDPSession(page);
  const composes = async (...pieces: string[]): Promise<void> => {
    for (const text of pieces) await devtools.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
    await devtools.send("Input.insertText", { text: pieces.at(-1) ?? "" });
  };
  await editor(page).click();
  await press(page, "Control+Shift+E");
  await until("the card is there", async () => (await tree(page)).includes("requirement"));
  await types(page, "eis", 0);
  await press(page, "Tab");
  await types(page, "reden", 0);
  await press(page, "Control+Enter");
  await types(page, "erna", 0);
  const card = 'requirement(statement("eis") rationale("reden"))';
  await goBehind(page, "erna");
  await press(page, "Home", "Backspace");
  await composes("´", "é");
  expect(await alike(page)).toBe(`${card} "é" "erna"`);
  await press(page, "Control+Z");
  await until("it is taken back", async () => (await tree(page)).replace(' ""', "") === `${card} "erna"`);

  await editor(page).locator(".sw-requirement__key").click();
  await devtools.send("Input.dispatchKeyEvent", { type: "keyDown", key: "Unidentified", windowsVirtualKeyCode: 229, commands: ["insertNewline"] });
  await composes("n", "nw");
  expect((await alike(page)).replace("nw", "").replace(' ""', "")).toBe(`${card} "erna"`);

  await press(page, "Control+A");
  await composes("z", "zz");
  expect(await alike(page)).toBe('"zz"');
  await press(page, "Control+Z", "Control+Z");
  await until("all is back", async () => (await tree(page)).replace("nw", "").replace(' ""', "").includes(`${card} "erna"`));
  await alike(page);
});
