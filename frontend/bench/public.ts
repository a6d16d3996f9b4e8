// Measures the pages that a visitor opens without an account, each with an empty cache over a slow line:
// 400 kbit a second and 400 ms. `make bench-public` runs it; N is how often each page is opened.
import { openBrowser, phone, Program } from "../e2e/harness.ts";
import { fast, Line, type Width } from "../e2e/line.ts";

const slow: Width = { bandwidth: 50_000, latency: 400 };
const goal = { bytes: 30_000, paint: 1600 }; // of a page with all it needs; milliseconds until something is seen

const times = Number(process.env["N"] ?? 3);

const line = new Line();
const browser = await openBrowser();
const program = await Program.start(line);
try {
  let missed = 0;
  for (const path of await publicPages()) {
    const seen: { bytes: number; paint: number }[] = [];
    for (let i = 0; i < times; i++) seen.push(await visit(path));
    const bytes = Math.max(...seen.map(({ bytes }) => bytes));
    const paint = median(seen.map(({ paint }) => paint));
    const kept = bytes <= goal.bytes && paint <= goal.paint;
    if (!kept) missed++;
    console.log(`${(bytes / 1000).toFixed(1).padStart(6)} KB  first paint ${String(Math.round(paint)).padStart(5)} ms  ${kept ? "met" : "MISSED"}  ${path}`);
  }
  console.log(`goal: at most ${goal.bytes / 1000} KB in all, first paint within ${goal.paint} ms; ${missed} missed`);
} finally {
  line.width = fast;
  await browser.close();
  await program.stop();
  await line.close();
}

/** One page of each kind to which the site's own links lead without an account. */
async function publicPages(): Promise<string[]> {
  const page = await browser.newPage({ baseURL: program.url });
  const kinds = new Map<string, string>();
  const waiting = ["/"];
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    const kind = path.replace(/[?#].*/, "").replace(/[0-9a-f]{8}-[0-9a-f-]{27,}/g, ":id");
    if (kinds.has(kind) || /\.[a-z]{2,5}$/.test(kind)) continue;
    kinds.set(kind, path);
    const answer = await page.goto(path);
    if (!answer?.ok()) throw new Error(`${path}: ${answer?.status()}`);
    const links = await page.locator("a[href]").evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href));
    for (const link of links.map((href) => new URL(href))) if (link.origin === program.url) waiting.push(link.pathname + link.search);
  }
  await page.close();
  return [...kinds.values()];
}

async function visit(path: string): Promise<{ bytes: number; paint: number }> {
  const context = await browser.newContext({ ...phone, baseURL: program.url });
  const page = await context.newPage();
  line.width = slow;
  const before = line.carried;
  await page.goto(path, { waitUntil: "load" });
  const paint = await page.evaluate(
    () =>
      new Promise<number>((done) =>
        new PerformanceObserver((list) => {
          const first = list.getEntriesByName("first-contentful-paint")[0];
          if (first) done(first.startTime);
        }).observe({ type: "paint", buffered: true }),
      ),
  );
  await page.waitForLoadState("networkidle");
  const bytes = line.carried - before;
  line.width = fast;
  await context.close();
  return { bytes, paint };
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
