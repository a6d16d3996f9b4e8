// What scripts write: every requirement has its key, and what no browser could show stays outside.
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as Y from "yjs";
import { shoot, until, visit } from "./harness.ts";
import { scripted } from "./script.ts";
import { Site } from "./writing.ts";

let site: Site;

beforeAll(async () => {
  site = await Site.start();
});

afterAll(() => site?.stop());

/** Begins a programme, and returns its address and what writes in it as a script. */
async function begin(title: string): Promise<{ path: string; write: (make: (doc: Y.Doc) => void) => Promise<void> }> {
  const path = await site.begin(title);
  const { page } = await site.open("Coördinator", path);
  const told = (await page.locator("[data-editor]").getAttribute("data-editor")) ?? "{}";
  await page.context().close();
  const { document, socket } = JSON.parse(told) as { document: string; socket: string };
  const token = await site.program.command("token", "create", "docent@voorbeeld.test", "--document", document, "--write", "--name", "script");
  return { path, write: (make) => scripted(new URL(socket, site.program.url.replace("http", "ws")).href, token, make) };
}

/** Requirements at the end of the text, with ids as a script chooses them. */
const requirements = (from: number, to: number) => (doc: Y.Doc): void => {
  const body = doc.getText("body");
  for (let i = from; i < to; i++) {
    body.insertEmbed(body.length, { requirement: `r${i}`, place: 1 });
    doc.getText(`statement:r${i}`).insert(0, `Eis ${i}`);
  }
};

const table = (doc: Y.Doc, id: string, rows: number, columns: number): void => {
  const tables = doc.getMap("tables");
  doc.getText("body").insertEmbed(0, { table: id, place: 1 });
  for (let r = 0; r < rows; r++) tables.set(`${id}:row:r${1000 + r}`, "");
  for (let c = 0; c < columns; c++) tables.set(`${id}:column:c${1000 + c}`, "");
};

const keysOn = (page: Page): Promise<(string | null)[]> =>
  page.locator(".sw-requirement__key").evaluateAll((all) => all.map((one) => one.textContent));
const keys = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `PVE-${from + i}`);

test("thousands of requirements have their keys in the order of the text, after a few requests and without a complaint", async () => {
  const { path, write } = await begin("Duizenden eisen");
  await write(requirements(0, 2500));
  const { page, complaints } = await site.open("Docent", "/werkgroepen");
  const asked: string[] = [];
  page.on("request", (request) => void (request.url().includes("/eisen") && asked.push(`${request.method()} ${request.url().replace(/.*\//, "")}`)));
  await page.goto(path);
  await until("all have their keys", async () => (await keysOn(page)).at(-1) === "PVE-2500", 60);
  expect(await keysOn(page)).toEqual(keys(1, 2501));
  expect(asked.filter((one) => one.startsWith("POST"))).toEqual([]);
  expect(asked.length).toBeLessThan(5);

  await write(requirements(2500, 2800)); // while somebody looks on
  // The script knew nothing of what there was: its requirements stand together, before the others or behind them.
  await until("those that came have theirs", async () => (await keysOn(page)).includes("PVE-2800"), 60);
  const all = await keysOn(page);
  expect(all.slice(-300).includes("PVE-2800") ? all : [...all.slice(300), ...all.slice(0, 300)]).toEqual(keys(1, 2801));
  expect(asked.length).toBeLessThan(12);
  const form = await site.open("Docent", `${path}/eisen/r2799`);
  await form.page.getByRole("heading", { name: "Eis PVE-" }).waitFor();
  expect(complaints).toEqual([]);
}, 180_000);

test("tables that no browser could show are refused, and the document stays as it was", async () => {
  const { path, write } = await begin("Tabellen zonder eind");
  await write((doc) => table(doc, "eerst", 3, 2));
  await expect(write((doc) => {
    for (let t = 0; t < 20; t++) table(doc, `t${t}`, 500, 60);
  })).rejects.toThrow("4422");
  const { page, complaints } = await site.open("Docent", path);
  await page.locator('[contenteditable="true"] td').first().waitFor();
  expect(await page.locator('[contenteditable="true"] td').count()).toBe(6);
  expect(complaints).toEqual([]);
});

test("a table in which nobody wrote yet is there without scripts too", async () => {
  const { path, write } = await begin("Een lege tabel");
  await write((doc) => table(doc, "leeg", 3, 2));
  for (const [name, width] of [["smal", 360], ["breed", 1280]] as const) {
    const { page } = await visit(site.browser, site.program, "/inloggen", { javaScriptEnabled: false, viewport: { width, height: 740 } });
    await page.getByRole("button", { name: "Docent" }).click();
    await page.goto(`${path}/lezen`);
    expect(await page.locator(".sw-table td").count()).toBe(6);
    expect(await page.getByText("In dit programma staat nog niets.").count()).toBe(0);
    const box = await page.locator(".sw-table").boundingBox();
    expect(box?.height).toBeGreaterThan(60);
    expect(box?.width).toBeGreaterThan(200);
    await shoot(page, `lege-tabel-${name}`);
    await page.context().close();
  }
});
