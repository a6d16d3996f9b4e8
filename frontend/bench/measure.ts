// One visit to a subject: open it, type in it, and let somebody else write in it.
import type { Browser, BrowserContext, CDPSession, Page } from "playwright-core";
import { until } from "../e2e/harness.ts";
import type { Subject } from "./subjects.ts";
import { mark } from "./text.ts";
import { between, now, point, Trace } from "./trace.ts";

/** Where the reader types, where the others do, in sight and out of sight. */
const here = 153;
const beside = 154;
const away = 40;

const every = 200; // milliseconds between two acts: longer than any of the editors needs for one
const warming = 5; // acts that are not counted
const calm = 1500; // milliseconds in which an opened page comes to rest

export type Act = "key" | "away" | "beside" | "caret" | "nothing";

export interface Opened {
  /** CPU milliseconds of the main thread until one can type. */
  editable: number;
  /** CPU milliseconds until the page is at rest. */
  rest: number;
  /** Bytes that are in use after the garbage is gone. */
  heap: number;
}

/** How long a key took until its letter was painted, in milliseconds; 16 stands for less. */
export type Waits = number[];

export class Visit {
  #letters = 0; // of the reader
  #others = new Map<number, number>(); // letters of the writer by card

  private constructor(
    private readonly browser: Browser,
    private readonly subject: Subject,
    private readonly context: BrowserContext,
    readonly page: Page,
    readonly session: CDPSession,
  ) {}

  /** Opens the subject as somebody does who comes from another page of the site, for the first time. */
  static async open(browser: Browser, subject: Subject, prepare?: (page: Page) => Promise<void>): Promise<{ visit: Visit; opened: Opened }> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...subject.reader });
    const page = await context.newPage();
    await prepare?.(page);
    await page.goto(subject.before);
    await page.addInitScript((word) => {
      const look = (): void => {
        const text = document.querySelector('[contenteditable="true"]');
        if (!text?.textContent?.includes(word)) return void requestAnimationFrame(look);
        setTimeout(() => performance.mark("editable")); // it is painted now
      };
      requestAnimationFrame(look);
    }, mark(here));
    const session = await context.newCDPSession(page);
    const trace = await Trace.start(browser);
    const start = now();
    await page.goto(subject.page);
    await page.waitForFunction(() => performance.getEntriesByName("editable").length > 0, undefined, { timeout: 60_000 });
    await sleep(calm);
    const end = now();
    await trace.stop();
    const tasks = trace.tasks("editable");
    const [editable = NaN, later = NaN] = between(tasks, [start, trace.mark("editable").ts, end]);
    await session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    return { visit: new Visit(browser, subject, context, page, session), opened: { editable, rest: editable + later, heap: usedSize } };
  }

  /** Puts the caret at the end of the paragraph in the middle of the text, in the middle of the window. */
  async stand(): Promise<void> {
    await this.page.evaluate((word) => {
      const text = document.querySelector<HTMLElement>('[contenteditable="true"]');
      if (!text) throw new Error("there is no text to type in");
      const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const block = walker.currentNode.parentElement?.closest("p");
        if (!walker.currentNode.textContent?.startsWith(word) || !block) continue;
        block.scrollIntoView({ block: "center" });
        text.focus({ preventScroll: true });
        getSelection()?.selectAllChildren(block);
        getSelection()?.collapseToEnd();
        return;
      }
      throw new Error(`no paragraph begins with ${word}`);
    }, mark(here));
    await sleep(300);
  }

  /** Does one thing so many times, and returns what each cost the main thread in CPU milliseconds. */
  async repeat(act: Act, times: number, look: (trace: Trace) => void = () => undefined): Promise<number[]> {
    for (let i = 0; i < warming; i++) await this.#once(act, i);
    const trace = await Trace.start(this.browser);
    await point(this.page, `bench-${act}`);
    await sleep(every);
    const moments: number[] = [];
    for (let i = 0; i < times; i++) moments.push(await this.#once(act, i));
    moments.push(now());
    await trace.stop();
    await this.#arrived();
    look(trace);
    return between(trace.tasks(`bench-${act}`), moments);
  }

  /** Acts, waits, and returns when it began. */
  async #once(act: Act, i: number): Promise<number> {
    const start = now();
    if (act === "key") await this.#press();
    if (act === "away") this.#write(away);
    if (act === "beside") this.#write(beside);
    if (act === "caret") {
      const { text } = this.subject.end(beside);
      this.subject.point({ text, index: 4 + (i % 20) });
    }
    await sleep(every - (now() - start) / 1000);
    return start;
  }

  async #press(): Promise<void> {
    const letter = "de wijk leert van elkaar "[this.#letters++ % 25] ?? " ";
    const key = { key: letter, windowsVirtualKeyCode: letter.toUpperCase().charCodeAt(0) };
    const down = this.session.send("Input.dispatchKeyEvent", { type: "keyDown", text: letter, ...key });
    await Promise.all([down, this.session.send("Input.dispatchKeyEvent", { type: "keyUp", ...key })]);
  }

  #write(card: number): void {
    const { text, index } = this.subject.end(card);
    const count = this.#others.get(card) ?? 0;
    this.#others.set(card, count + 1);
    text.insert(index, "zo groeit het stuk "[count % 19] ?? " ");
  }

  /** Waits until page and writer have each other's letters: what did not arrive would cost nothing. */
  async #arrived(): Promise<void> {
    for (const card of [here, beside, away]) {
      const shown = (): Promise<string> =>
        this.page.evaluate((word) => {
          const text = document.querySelector('[contenteditable="true"]');
          const found = [...(text?.querySelectorAll("p") ?? [])].find((block) => block.textContent.startsWith(word));
          const copy = found?.cloneNode(true) as HTMLElement | undefined;
          for (const caret of copy?.querySelectorAll('[class*="caret"], [class*="cursor"], .ProseMirror-separator') ?? []) caret.remove();
          return copy?.textContent ?? "";
        }, mark(card));
      const kept = (): string => {
        const { text, index } = this.subject.end(card);
        return text.toDelta().map((piece: { insert: unknown }) => (typeof piece.insert === "string" ? piece.insert : "")).join("").slice(0, index);
      };
      await until(`${this.subject.name} shows what was typed in card ${card}`, async () => {
        // A browser keeps the last space of a paragraph as one that does not break.
        return (await shown()).replaceAll("\u00a0", " ") === kept().replaceAll("\u00a0", " ");
      });
    }
  }

  /** Types eight keys a second on a machine that is six times as slow, and says how long each took. */
  async typeSlowed(times: number): Promise<Waits> {
    await this.page.evaluate(() => {
      const found: number[] = [];
      const observer = new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (entry.name === "keydown") found.push(entry.duration);
      });
      observer.observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
      Object.assign(window, { waits: found });
    });
    await this.session.send("Emulation.setCPUThrottlingRate", { rate: 6 });
    await sleep(500);
    const pressed: Promise<void>[] = [];
    const start = now();
    for (let i = 0; i < times; i++) {
      pressed.push(this.#press());
      await sleep((start + (i + 1) * 125_000 - now()) / 1000);
    }
    await Promise.all(pressed);
    await sleep(1000);
    await this.session.send("Emulation.setCPUThrottlingRate", { rate: 1 });
    await this.#arrived();
    const waits = await this.page.evaluate(() => (window as unknown as { waits: number[] }).waits);
    while (waits.length < times) waits.push(16);
    return waits;
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));
