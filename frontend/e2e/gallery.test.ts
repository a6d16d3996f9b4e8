// Looks at every component in a browser: axe, valid HTML, small screens, both colour schemes, and what
// a public page weighs. The pages come from the Go test of server/ui; e2e/shots keeps how they looked.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { brotliCompressSync } from "node:zlib";
import axe from "axe-core";
import { type ConfigData, HtmlValidate } from "html-validate";
import { type Browser, type Response, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const rules = JSON.parse(readFileSync(".htmlvalidate.json", "utf8")) as ConfigData;
const shots = resolve("e2e/shots");
const folder = mkdtempSync(join(tmpdir(), "gallery-"));
let browser: Browser;
let server: Server;
let base: string;

/** What the pages may do is what the real server allows them. */
const policy =
  "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; script-src 'nonce-bm9uY2U'; form-action 'self'";
const kinds: Record<string, string> = { html: "text/html; charset=utf-8", css: "text/css", svg: "image/svg+xml", woff2: "font/woff2", js: "text/javascript" };

execFileSync("go", ["test", "./server/ui", "-count=1", "-run", "TestGallery", "-gallery", folder], {
  cwd: resolve(".."),
  env: { ...process.env, CGO_ENABLED: "0" },
});
const pages = readdirSync(folder)
  .filter((name) => name.endsWith(".html"))
  .map((name) => name.slice(0, -5));

beforeAll(async () => {
  mkdirSync(shots, { recursive: true });
  server = createServer((request, response) => {
    const path = (request.url ?? "/").slice(1);
    const file = join(folder, path.startsWith("assets/") ? join("built", path) : `${path}.html`);
    if (!existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    const text = readFileSync(file);
    const kind = kinds[file.split(".").pop() ?? ""] ?? "application/octet-stream";
    const body = kind === "font/woff2" ? text : brotliCompressSync(text);
    const encoding = kind === "font/woff2" ? {} : { "content-encoding": "br" };
    response.writeHead(200, { "content-type": kind, "content-security-policy": policy, ...encoding }).end(body);
  }).listen(0);
  base = `http://localhost:${(server.address() as AddressInfo).port}`;
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});

afterAll(async () => {
  await browser.close();
  server.close();
});

async function open(name: string, width: number, colorScheme: "light" | "dark") {
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme, reducedMotion: "reduce" });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  const arrived = new Set<Response>();
  page.on("response", (response) => arrived.add(response));
  await page.goto(`${base}/${name}`, { waitUntil: "networkidle" });
  return { page, complaints, arrived, close: () => context.close() };
}

describe.each(pages)("the page %s", (name) => {
  test("is valid HTML", async () => {
    const validator = new HtmlValidate(rules);
    const report = await validator.validateFile(join(folder, `${name}.html`));
    expect(report.results.flatMap((r) => r.messages.map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`))).toEqual([]);
  });

  test.each([
    [360, "light"],
    [360, "dark"],
    [1280, "light"],
    [1280, "dark"],
  ] as const)("has no barrier at %i px, %s", async (width, scheme) => {
    const { page, complaints, close } = await open(name, width, scheme);
    await page.screenshot({ path: join(shots, `${name}-${width}-${scheme}.png`), fullPage: true });
    await page.evaluate(axe.source);
    const found = (await page.evaluate("axe.run()")) as axe.AxeResults;
    expect(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.any.map((a) => a.message).join()}`).join("\n")}`)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });

  test("needs no scrolling sideways, also on a small screen with large text and wide spacing", async () => {
    const { page, close } = await open(name, 320, "light");
    await page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync("*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-bottom:2em!important}");
      document.adoptedStyleSheets = [sheet];
    });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    await close();
  });
});

test.each(pages)("what can be pressed on the page %s is at least 44 px high", async (name) => {
  const { page, close } = await open(name, 360, "light");
  await page.locator("summary").first().click();
  const small = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("a, button, summary, select, textarea, input:not([type=hidden])")]
      .map((element) => {
        // A radio button or checkbox is pressed by its label as well; a link in a sentence is as high as the sentence.
        const box = element.matches("[type=radio], [type=checkbox]") ? element.closest(".sw-option") : element;
        const inline = getComputedStyle(element).display === "inline";
        return { name: element.outerHTML.slice(0, 120), height: box?.getBoundingClientRect().height ?? 0, inline };
      })
      .filter(({ height, inline }) => !inline && height > 0 && height < 44),
  );
  expect(small).toEqual([]);
  await close();
});

test.each(pages)("who moves by keyboard sees where on the page %s", async (name) => {
  const { page, close } = await open(name, 1280, "light");
  const seen: string[] = [];
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press("Tab");
    const here = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body) return undefined;
      const style = getComputedStyle(element);
      const yellow = "rgb(255, 221, 0)";
      const ring = style.outlineColor === yellow && style.outlineStyle === "solid";
      return { name: element.outerHTML.slice(0, 120), shown: ring || style.backgroundColor === yellow };
    });
    if (here === undefined) break;
    if (!here.shown) seen.push(here.name);
  }
  expect(seen).toEqual([]);
  await close();
});

test("a public page with its style, font and pictures weighs at most 30 KB", async () => {
  for (const name of ["home", "meeting", "registration", "mistakes"]) {
    const { arrived, close } = await open(name, 360, "light");
    const bytes = new Map<string, number>();
    for (const response of arrived) bytes.set(response.url(), (await response.request().sizes()).responseBodySize);
    const total = [...bytes.values()].reduce((sum, size) => sum + size, 0);
    console.log(name, total, [...bytes].map(([url, size]) => `${url.split("/").pop()} ${size}`).join(", "));
    expect(total).toBeLessThanOrEqual(30 * 1024);
    await close();
  }
});

test("the menu of a phone opens without JavaScript", async () => {
  const context = await browser.newContext({ viewport: { width: 360, height: 800 }, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${base}/meeting`);
  const word = page.getByRole("link", { name: "Werkgroepen" });
  expect(await word.isVisible()).toBe(false);
  await page.getByText("Menu", { exact: true }).click();
  expect(await word.isVisible()).toBe(true);
  await page.screenshot({ path: join(shots, "menu-360.png") });
  await context.close();
});

test("who comes back to a form with mistakes has the focus on the summary", async () => {
  const { page, close } = await open("mistakes", 360, "light");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("fouten");
  await page.getByRole("link", { name: "Kies hoe wij u kunnen bereiken." }).click();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("veld-bereik");
  await close();
});
