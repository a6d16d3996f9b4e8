// A slow line: a large text opens over it, the page says how far it is, who has most of a text is sent
// the rest, and a member can soon write.
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import * as Y from "yjs";
import { writeFlows, writeTree } from "../bench/fill.ts";
import { programme } from "../bench/text.ts";
import { pieces } from "../src/editor/pieces.ts";
import * as protocol from "../src/editor/protocol.ts";
import { fast, Line } from "./line.ts";
import { openBrowser, Program, signIn, until, visit } from "./harness.ts";

const line = new Line();
let program: Program;
let browser: Browser;

beforeAll(async () => {
  program = await Program.start(line);
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await program?.stop();
  await line.close();
});

const part = (page: Page, name: string): Locator => page.locator(`[data-part="${name}"]`);

/** Begins a programme that holds what write writes in it, and returns its address. */
async function begin(title: string, write: (doc: Y.Doc, model: number) => void): Promise<string> {
  line.width = fast;
  const { page } = await visit(browser, program, "/inloggen");
  await signIn(page, "Coördinator");
  await page.goto("/werkgroepen");
  await page.getByRole("link", { name: "Lerende samenwerking" }).first().click();
  await page.goto(`${new URL(page.url()).pathname}/programmas/nieuw`);
  await page.getByLabel("Hoe heet het programma?").fill(title);
  await page.getByRole("button", { name: "Begin het programma" }).click();
  await page.waitForURL(/\/programmas\/[^/]+$/);
  const path = new URL(page.url()).pathname;
  const told = (await page.locator("[data-editor]").getAttribute("data-editor")) ?? "{}";
  const { document: id, socket } = JSON.parse(told) as { document: string; socket: string };
  const token = await program.command("token", "create", "docent@voorbeeld.test", "--document", id, "--write", "--name", "schrijver");
  await fill(new URL(socket, program.url.replace("http", "ws")).href, token, write);
  await page.context().close();
  return path;
}

/** Writes in a document as a script does. */
function fill(address: string, token: string, write: (doc: Y.Doc, model: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address, protocol.subprotocols, { headers: { Authorization: `Bearer ${token}` } });
    socket.on("error", reject);
    socket.on("close", (code) => reject(new Error(`the server closed with ${code}`)));
    socket.on("message", (data: Buffer) => {
      for (const message of protocol.decode(new Uint8Array(data))) {
        if (message.kind === "hello") {
          const doc = new Y.Doc();
          write(doc, message.schema);
          for (const update of pieces(Y.encodeStateAsUpdate(doc), message.maxUpdateBytes / 2) ?? []) socket.send(protocol.encodeUpdate(update));
          socket.send(protocol.encodeMark(1));
        } else if (message.kind === "kept") {
          resolve();
          socket.close();
        }
      }
    });
  });
}

async function member(): Promise<BrowserContext> {
  line.width = fast;
  const { page } = await visit(browser, program, "/inloggen");
  await signIn(page, "Bewoner");
  await page.goto("about:blank");
  return page.context();
}

/** Waits until the page can be written in, and returns how many milliseconds passed since it was asked for. */
async function writable(page: Page, seconds: number): Promise<number> {
  await page.locator('[data-part="text"] [contenteditable="true"]').waitFor({ timeout: seconds * 1000 });
  return page.evaluate(() => performance.now());
}

test("a text of 1.6 MB opens over 40 KB a second, and the page says how far it is", async () => {
  // Letters of 32 kinds: as compressible as a text in which people have written for years.
  const letters = Array.from({ length: 1_600_000 }, () => "abcdefghijklmnopqrstuvwxyz012345"[Math.floor(Math.random() * 32)]).join("");
  const path = await begin("Lang geleden begonnen", (doc) => doc.getText("bijlage").insert(0, letters));
  const context = await member();
  const page = await context.newPage();
  await page.addInitScript(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    new MutationObserver(() => {
      const words = document.querySelector('[data-part="line"]')?.textContent ?? "";
      if (words !== said.at(-1)) said.push(words);
    }).observe(document, { subtree: true, childList: true, characterData: true });
  });
  line.width = { bandwidth: 40_000, latency: 100 };
  let before = line.carried;
  await page.goto(path, { waitUntil: "commit" });
  const took = await writable(page, 55);
  const said = await page.evaluate(() => (window as unknown as { said: string[] }).said);
  const told = said.map((words) => /^Tekst wordt geladen: (\d+) %$/.exec(words)?.[1]).filter((number) => number !== undefined);
  console.log(`${line.carried - before} bytes in ${Math.round(took)} ms; told ${told.join(", ")} %`);
  expect(told.length).toBeGreaterThan(4);
  expect(told.map(Number)).toEqual([...new Set(told.map(Number))].sort((a, b) => a - b));
  expect(await part(page, "line").getAttribute("role")).toBe("status");
  await until("nothing is said any more", async () => (await part(page, "line").textContent()) === "");
  expect(line.carried - before, "the text is compressed").toBeLessThan(1_400_000);

  await until("it is kept on this device", async () => (await part(page, "saved").textContent()) === "Opgeslagen");
  before = line.carried;
  await page.reload({ waitUntil: "commit" });
  await writable(page, 20);
  await until("the line is there", async () => (await part(page, "line").textContent()) === "");
  const rest = line.carried - before;
  console.log(`with a copy on the device ${rest} bytes`);
  expect(rest, "who has most of it is sent the rest").toBeLessThan(60_000);
  await context.close();
});

test("over 400 kbit a second and 400 ms a text of 300 requirements comes together with the editor", async () => {
  const blocks = programme(1);
  const path = await begin("Driehonderd eisen", (doc, model) => {
    if (model >= 2) writeFlows(doc, blocks, 1);
    else writeTree(doc.getXmlFragment("default"), blocks);
  });
  const context = await member();
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.clearBrowserCache");
  const began = Date.now();
  let text = 0; // when the first and the last of it came
  let greeting = 0;
  session.on("Network.webSocketFrameReceived", ({ response }) => {
    if (response.payloadData.length > 5000) text = Date.now() - began;
    else greeting ||= Date.now() - began;
  });
  line.width = { bandwidth: 50_000, latency: 400 };
  const before = line.carried;
  await page.goto(path, { waitUntil: "commit" });
  const took = await writable(page, 40);
  const bytes = line.carried - before;
  const editor = await page.evaluate(() => {
    const script = performance.getEntriesByType("resource").find((entry) => /\/editor-[^/]*\.js$/.test(entry.name)) as PerformanceResourceTiming;
    return { began: script.startTime, ended: script.responseEnd };
  });
  console.log(
    `writable after ${Math.round(took)} ms and ${bytes} bytes; the line greets after ${greeting} ms, ` +
      `the text is there after ${text} ms, the editor's script after ${Math.round(editor.ended)} ms`,
  );
  expect(greeting, "the line does not wait for the editor").toBeLessThan(editor.ended);
  expect(editor.began, "nor the editor for the page").toBeLessThan(3000);
  expect(bytes, "all of it").toBeLessThan(380_000);
  expect(took).toBeLessThan(20_000);
  await context.close();
});
