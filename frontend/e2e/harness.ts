// What every browser test needs: the built program with a database of its own, a browser, people who
// are signed in, and a look at whether a page is accessible and valid. See *.e2e.ts for its use.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import axe from "axe-core";
import { type ConfigData, HtmlValidate } from "html-validate";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import type { Line } from "./line.ts";

const binary = resolve("../bin/samenwijk");
const rules = JSON.parse(readFileSync(".htmlvalidate.json", "utf8")) as ConfigData;

/** The program as an installation runs it: a process, a port, a SQLite file. */
export class Program {
  readonly url: string;
  private readonly folder = mkdtempSync(join(tmpdir(), "samenwijk-e2e-"));
  private process: ChildProcess | undefined;
  private output = "";

  private constructor(
    private readonly port: number,
    url: string,
  ) {
    this.url = url;
  }

  /** Starts the demonstration on a free port and waits until it is ready. Behind a line, people come in
   * by that. */
  static async start(line?: Line): Promise<Program> {
    if (!existsSync(binary)) throw new Error("The program is not built: run make build.");
    const port = await freePort();
    const program = new Program(port, `http://127.0.0.1:${line ? await line.open(port) : port}`);
    await program.again();
    return program;
  }

  /** Starts the program on the database and the port it had before. */
  async again(): Promise<void> {
    this.output = "";
    const child = spawn(binary, ["serve", "--demonstration", "--database", this.database], {
      env: this.environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const keep = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString()).slice(-20_000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    this.process = child;
    await until(`the program answers at ${this.url}`, async () => {
      if (child.exitCode !== null) throw new Error(`The program stopped:\n${this.output}`);
      const answer = await fetch(`${this.url}/readyz`).catch(() => undefined);
      return answer?.ok === true;
    });
  }

  /** Runs a command of the program on the database that it serves, and returns what it prints. */
  command(...words: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      execFile(binary, [...words, "--database", this.database], { env: this.environment }, (mistake, printed) => {
        if (mistake) reject(mistake);
        else resolve(printed.trim());
      });
    });
  }

  private get database(): string {
    return join(this.folder, "samenwijk.db");
  }

  private get environment(): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      HOME: this.folder,
      SAMENWIJK_LISTEN: `127.0.0.1:${this.port}`,
      SAMENWIJK_BASE_URL: this.url,
      SAMENWIJK_SECRET_FILE: join(this.folder, "secret"),
      SAMENWIJK_LOG_LEVEL: "warn",
    };
  }

  /** Ends the program as a power cut would: at once, without a word. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  /** Ends the program as an administrator would, and removes its data. */
  async stop(): Promise<void> {
    await this.end("SIGTERM");
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What the program said last, for the message of a test that fails. */
  get said(): string {
    return this.output;
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
  }
}

/** Debian's browser, which makes no connection of its own. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A phone of 360 pixels wide; with `javaScriptEnabled: false` one that runs no scripts. */
export const phone: BrowserContextOptions = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

/** Opens a page in a browser of its own; what the browser complains about fails the test through `complaints`. */
export async function visit(browser: Browser, program: Program, path = "/", options: BrowserContextOptions = {}): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ baseURL: program.url, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(path);
  return { page, complaints };
}

/** Signs in as one of the people of the demonstration, by the name on their button. */
export async function signIn(page: Page, name: string): Promise<void> {
  await page.goto("/inloggen");
  await Promise.all([page.waitForURL((url) => !url.pathname.startsWith("/inloggen")), page.getByRole("button", { name }).click()]);
}

/** Returns what axe and html-validate say against the page as it stands; empty is good. */
export async function faults(page: Page): Promise<string[]> {
  const found: string[] = [];
  const source = await page.context().request.get(page.url());
  const report = await new HtmlValidate(rules).validateString(await source.text());
  for (const result of report.results) {
    for (const message of result.messages) found.push(`html: ${message.ruleId} line ${message.line}: ${message.message}`);
  }
  await page.evaluate(axe.source);
  const result = await page.evaluate(async () => {
    const run = (window as unknown as { axe: typeof axe }).axe.run;
    return run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
  });
  const asked = [...result.passes, ...result.violations, ...result.incomplete, ...result.inapplicable].map((rule) => rule.id);
  for (const id of ["landmark-unique", "empty-table-header"]) {
    if (!asked.includes(id)) found.push(`axe: ${id} was not asked`);
  }
  for (const violation of result.violations) {
    found.push(`axe: ${violation.id}: ${violation.help}: ${violation.nodes.map((node) => node.html).join(" | ")}`);
  }
  return found;
}

/** Returns the links and buttons that stand alone and are less than 44 px high, as a finger finds them. A link in
 * a sentence is as high as its words (WCAG 2.5.8). */
export async function tooLow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const least = 43.5;
    const inSentence = (element: Element): boolean => {
      if (getComputedStyle(element).display !== "inline") return false;
      let around: Element | null = element.parentElement;
      while (around && getComputedStyle(around).display === "inline") around = around.parentElement;
      const words = (text: string | null | undefined): string => (text ?? "").replace(/[\s·]+/g, " ").trim();
      return words(around?.textContent).length > words(element.textContent).length;
    };
    /* What lies over the words of a link may belong to it as well: a card opens as a whole. */
    const reach = (element: Element): number => {
      element.scrollIntoView({ block: "center", behavior: "instant" });
      const box = element.getBoundingClientRect();
      const x = box.left + box.width / 2;
      const middle = box.top + box.height / 2;
      const hits = (y: number): boolean => element.contains(document.elementFromPoint(x, y));
      let up = 0;
      let down = 0;
      while (up < 30 && hits(middle - up - 1)) up++;
      while (down < 30 && hits(middle + down + 1)) down++;
      return up + down + 1;
    };
    const found: string[] = [];
    for (const element of document.querySelectorAll("a[href], button, summary, input[type=submit]")) {
      const box = element.getBoundingClientRect();
      if (!element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }) || box.width <= 1 || box.height <= 1) continue;
      if (box.bottom <= 0 || box.height >= least || inSentence(element) || reach(element) >= least) continue;
      found.push(`${Math.round(box.height)} px high: ${element.outerHTML.slice(0, 160)}`);
    }
    return found;
  });
}

/** Keeps a picture of the page in e2e/shots, for people to look at. */
export async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync("e2e/shots", { recursive: true });
  await page.screenshot({ path: `e2e/shots/${name}.png`, fullPage: true });
}

/** Waits until a condition holds; a test never waits for a time. */
export async function until(what: string, condition: () => Promise<boolean> | boolean, seconds = 20): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`In vain waited until ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
