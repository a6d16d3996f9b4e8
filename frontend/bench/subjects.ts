// What is measured: the editor of the real program, and the two peers. Each has the same text, is
// opened in a browser, and is written in by somebody who is in no browser: a plain Yjs client.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { brotliCompressSync } from "node:zlib";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { build } from "vite";
import WebSocket, { type ClientOptions } from "ws";
import { WebsocketProvider } from "y-websocket";
import type { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { openBrowser, Program, signIn, until } from "../e2e/harness.ts";
import type { Line } from "../e2e/line.ts";
import { decode, subprotocols } from "../src/editor/protocol.ts";
import { endInFlow, endInTree, type Place, writeFlows, writeTree } from "./fill.ts";
import { Relay } from "./relay.ts";
import { type Block, mark, requirements } from "./text.ts";

export interface Subject {
  readonly name: string;
  /** The page with the editor, and one of the same site without it. */
  readonly page: string;
  readonly before: string;
  /** How the reader comes: signed in. */
  readonly reader: BrowserContextOptions;
  /** The scripts of the editor, with brotli. */
  readonly bytes: number;
  /** Those that its page has beside them, and that some pages load. */
  readonly around: number;
  /** Somebody else who writes in the text. */
  readonly writer: Y.Doc;
  /** The end of the first paragraph of card n. */
  end(n: number): Place;
  /** Shows others where the writer's caret is. */
  point(place: Place): void;
  close(): Promise<void>;
}

const ofEditor = /^(editor|after)-/; // the same two whose size a test guards

const brotli = (folder: string, names: string[]): number =>
  names.reduce((sum, name) => sum + brotliCompressSync(readFileSync(join(folder, name))).length, 0);

// --- the program ---------------------------------------------------------------------------------

const writerAddress = "docent@voorbeeld.test";

export async function samenwijk(blocks: Block[], seed: number, line?: Line): Promise<Subject> {
  const program = await Program.start(line);
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ baseURL: program.url });
    await signIn(page, "Coördinator");
    const cookies = await page.context().cookies();
    const path = await begin(page);
    const told = (await page.locator("[data-editor]").getAttribute("data-editor")) ?? "{}";
    const { document: id, socket } = JSON.parse(told) as { document: string; socket: string };
    const token = await program.command("token", "create", writerAddress, "--document", id, "--write", "--name", "schrijver");
    const live = new URL(socket, program.url.replace("http", "ws")).href;
    const schema = await schemaOf(live, token);
    const doc = new Y.Doc();
    const provider = new WebsocketProvider(live.slice(0, live.lastIndexOf("/")), id, doc, {
      WebSocketPolyfill: withToken(token),
      disableBc: true,
    });
    await new Promise<void>((resolve) => provider.once("sync", () => resolve()));
    if (schema >= 2) writeFlows(doc, blocks, seed);
    else writeTree(doc.getXmlFragment("default"), blocks);
    await keysAreGiven(page, path);
    const cards = new Map(blocks.filter((block) => block.kind === "requirement").map((block, n) => [n, block.id]));
    const dist = resolve("dist/assets");
    const scripts = readdirSync(dist).filter((name) => name.endsWith(".js"));
    return {
      name: `Samenwijk (model ${schema})`,
      page: program.url + path,
      before: `${program.url}/inloggen`,
      reader: { storageState: { cookies, origins: [] } }, // signed in, on a device that keeps nothing
      bytes: brotli(dist, scripts.filter((name) => ofEditor.test(name))),
      around: brotli(dist, scripts.filter((name) => !ofEditor.test(name))),
      writer: doc,
      end: (n) => (schema >= 2 ? endInFlow(doc, cards.get(n) ?? "") : endInTree(doc.getXmlFragment("default"), mark(n))),
      point: (place) => (schema >= 2 ? pointFlow(doc, provider.awareness, place) : pointTree(provider.awareness, place)),
      async close() {
        provider.destroy();
        doc.destroy();
        await program.stop();
      },
    };
  } catch (mistake) {
    await program.stop();
    throw mistake;
  } finally {
    await browser.close();
  }
}

/** Begins a programme of a workgroup, and returns its address. */
async function begin(page: Page): Promise<string> {
  await page.goto("/werkgroepen");
  await page.getByRole("link", { name: "Lerende samenwerking" }).first().click();
  await page.goto(`${new URL(page.url()).pathname}/programmas/nieuw`);
  await page.getByLabel("Hoe heet het programma?").fill("Driehonderd eisen");
  await page.getByRole("button", { name: "Begin het programma" }).click();
  await page.waitForURL(/\/programmas\/[^/]+$/);
  return new URL(page.url()).pathname;
}

/** A socket that brings its token along in the header, as a program can. */
function withToken(token: string): typeof globalThis.WebSocket {
  const Tokened = class extends WebSocket {
    constructor(address: string | URL, protocols?: string | string[], options: ClientOptions = {}) {
      super(address, protocols, { ...options, headers: { Authorization: `Bearer ${token}` } });
    }
  };
  return Tokened as unknown as typeof globalThis.WebSocket;
}

/** Which version of the model the server speaks: it says so first, to who understands it. */
function schemaOf(live: string, token: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(live, subprotocols, { headers: { Authorization: `Bearer ${token}` } });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the server said nothing of its model")));
    socket.on("message", (data: Buffer) => {
      for (const message of decode(data)) {
        if (message.kind !== "hello") continue;
        resolve(message.schema);
        socket.close();
      }
    });
  });
}

/** Tells of a caret as the program's own editor does: a place in a flow, bound to the letter on its left. */
function pointFlow(doc: Y.Doc, awareness: Awareness, { text, index }: Place): void {
  const flow = [...doc.share].find(([, type]) => type === (text as unknown))?.[0];
  const position = Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(text, index, -1)) as unknown;
  awareness.setLocalStateField("cursor", { anchor: { flow, position }, head: { flow, position } });
}

/** The first who opens the text asks keys for its cards; afterwards nobody has to. */
async function keysAreGiven(page: Page, path: string): Promise<void> {
  await page.goto(path);
  const keys = page.locator(".sw-requirement__key", { hasText: /PVE-\d/ });
  await until("every card has its key", async () => (await keys.count()) === requirements, 180);
}

// --- the peers -----------------------------------------------------------------------------------

/** Builds the pages of the peers as the program's own are built, and serves both. */
export async function peers(blocks: Block[]): Promise<Subject[]> {
  const folder = mkdtempSync(join(tmpdir(), "samenwijk-bench-"));
  for (const name of ["prosemirror", "blocknote"]) {
    await build({
      configFile: false,
      root: resolve("bench/peers"),
      logLevel: "error",
      build: {
        outDir: folder,
        emptyOutDir: false,
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        rolldownOptions: {
          input: resolve(`bench/peers/${name}.ts`),
          output: { entryFileNames: "[name].js", chunkFileNames: `${name}-[name]-[hash].js`, assetFileNames: `${name}[extname]` },
        },
      },
    });
  }
  const relay = await Relay.start(folder);
  let open = 2;
  const close = async (): Promise<void> => {
    if (--open > 0) return;
    await relay.close();
    rmSync(folder, { recursive: true, force: true });
  };
  const subject = (name: string, room: string, files: string[]): Subject => {
    const { doc, awareness } = relay.room(room);
    return {
      name,
      page: `${relay.url}/${room}`,
      before: `${relay.url}/nothing`,
      reader: {},
      bytes: brotli(folder, files),
      around: 0,
      writer: doc,
      end: (n) => endInTree(doc.getXmlFragment("default"), mark(n)),
      point: (place) => pointTree(awareness, place),
      close,
    };
  };
  writeTree(relay.room("prosemirror").doc.getXmlFragment("default"), blocks);
  const browser = await openBrowser();
  try {
    await fillBlockNote(browser, `${relay.url}/blocknote`, blocks);
  } finally {
    await browser.close();
  }
  const scripts = readdirSync(folder).filter((name) => name.endsWith(".js"));
  return [
    subject("y-prosemirror", "prosemirror", scripts.filter((name) => name.startsWith("prosemirror"))),
    subject("BlockNote", "blocknote", scripts.filter((name) => name.startsWith("blocknote"))),
  ];
}

async function fillBlockNote(browser: Browser, address: string, blocks: Block[]): Promise<void> {
  const page = await browser.newPage();
  await page.goto(address);
  await page.locator('[contenteditable="true"]').waitFor();
  await page.evaluate((blocks) => (window as unknown as { fill: (blocks: Block[]) => void }).fill(blocks), blocks);
  await page.getByText(mark(requirements - 1)).waitFor();
  await new Promise((resolve) => setTimeout(resolve, 1000)); // until the socket has carried it
  await page.close();
}

/** Tells of a caret as y-prosemirror does. */
function pointTree(awareness: Awareness, place: Place): void {
  const at = Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(place.text, place.index)) as unknown;
  awareness.setLocalState({ user: { name: "Bo", color: "#aa3300" }, cursor: { anchor: at, head: at } });
}
