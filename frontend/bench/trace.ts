// Reads from the browser's own trace what the main thread of a page spent, in CPU time: time in which
// the thread waited for a core does not count, so a busy machine changes little.
import type { Browser, CDPSession, Page } from "playwright-core";

export interface TraceEvent {
  name: string;
  cat: string;
  ph: string;
  pid: number;
  tid: number;
  ts: number; // microseconds on the clock of now()
  dur?: number;
  tdur?: number; // of it, on a core
  args: Record<string, unknown>;
}

/** A task of a main thread. */
interface Task {
  start: number;
  cpu: number; // microseconds
}

const categories = ["devtools.timeline", "disabled-by-default-devtools.timeline", "blink.user_timing"];

/** The clock of the trace, in microseconds; browser and test read the same one. */
export const now = (): number => Number(process.hrtime.bigint() / 1000n);

/** A recording of everything that the renderers do, until it is stopped. */
export class Trace {
  readonly events: TraceEvent[] = [];

  private constructor(private readonly session: CDPSession) {}

  static async start(browser: Browser): Promise<Trace> {
    const session = await browser.newBrowserCDPSession();
    const trace = new Trace(session);
    session.on("Tracing.dataCollected", ({ value }) => {
      for (const event of value) trace.events.push(event as unknown as TraceEvent);
    });
    await session.send("Tracing.start", {
      transferMode: "ReportEvents",
      traceConfig: { recordMode: "recordAsMuchAsPossible", includedCategories: categories, excludedCategories: ["*"] },
    });
    return trace;
  }

  async stop(): Promise<void> {
    const complete = new Promise((resolve) => this.session.once("Tracing.tracingComplete", resolve));
    await this.session.send("Tracing.end");
    await complete;
    await this.session.detach();
  }

  /** The moment at which the page called performance.mark(name). */
  mark(name: string): TraceEvent {
    const found = this.events.find((event) => event.name === name && event.cat.includes("blink.user_timing"));
    if (!found) throw new Error(`the trace has no mark ${name}`);
    return found;
  }

  /** The events of the thread on which a mark was made, in order of their start. */
  thread(mark: string): TraceEvent[] {
    const { pid, tid } = this.mark(mark);
    return this.events.filter((event) => event.pid === pid && event.tid === tid).sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0));
  }

  /** The tasks of the thread on which a mark was made. */
  tasks(mark: string): Task[] {
    const tasks = this.thread(mark).filter((event) => event.ph === "X" && event.name === "RunTask");
    if (!tasks.some((event) => event.tdur !== undefined)) throw new Error("the trace does not say what tasks spent on a core");
    return tasks.map((event) => ({ start: event.ts, cpu: event.tdur ?? 0 })); // one that spent nothing does not say so
  }
}

/** What was spent between each moment and the next, in milliseconds; the last moment only ends. */
export function between(tasks: Task[], moments: number[]): number[] {
  const spent = new Array<number>(Math.max(0, moments.length - 1)).fill(0);
  for (const task of tasks) {
    let at = -1;
    while (at + 1 < moments.length && (moments[at + 1] ?? Infinity) <= task.start) at++;
    if (at >= 0 && at < spent.length) spent[at] = (spent[at] ?? 0) + task.cpu / 1000;
  }
  return spent;
}

/** What each kind of event took itself, without the events within it, and how often it came. */
export function selfTimes(events: TraceEvent[], from: number, to: number): Map<string, { milliseconds: number; count: number }> {
  const spent = new Map<string, { milliseconds: number; count: number }>();
  const open: { end: number; name: string; self: number }[] = [];
  const close = (until: number): void => {
    for (let top = open.at(-1); top && top.end <= until; top = open.at(-1)) {
      open.pop();
      const { milliseconds, count } = spent.get(top.name) ?? { milliseconds: 0, count: 0 };
      spent.set(top.name, { milliseconds: milliseconds + Math.max(0, top.self) / 1000, count: count + 1 });
    }
  };
  for (const event of events) {
    if (event.ph !== "X" || event.ts < from || event.ts >= to) continue;
    close(event.ts);
    const around = open.at(-1);
    if (around) around.self -= event.tdur ?? 0;
    open.push({ end: event.ts + (event.dur ?? 0), name: label(event), self: event.tdur ?? 0 });
  }
  close(Infinity);
  return spent;
}

/** A name that says what happened: of an event its type, of a timer or a frame only that it was one. */
function label(event: TraceEvent): string {
  const data = event.args["data"] as Record<string, unknown> | undefined;
  const what = data?.["type"];
  return event.name === "EventDispatch" && typeof what === "string" ? `event ${what}` : event.name;
}

/** Marks the page's main thread in the trace. */
export const point = (page: Page, name: string): Promise<void> => page.evaluate((name) => void performance.mark(name), name);
