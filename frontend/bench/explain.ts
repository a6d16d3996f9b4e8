// Says why an act costs what it does: what the main thread was busy with, and in which functions.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { build, type Rollup } from "vite";
import { type Act, Visit } from "./measure.ts";
import type { Subject } from "./subjects.ts";
import { selfTimes, type Trace } from "./trace.ts";

const times = 30;
const most = 25; // lines of each list

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number; columnNumber: number } }[];
  samples?: number[];
  timeDeltas?: number[];
}

/** Repeats an act with the profiler on, and returns the name of the file that says what it saw. Beside it
 * lie the trace and the profile, for the browser's own tools. */
export async function explain(browser: Browser, subject: Subject, act: Act): Promise<string> {
  const script = await readable();
  const { visit } = await Visit.open(browser, subject, async (page: Page) => {
    await page.route(/\/assets\/editor-[^/]*\.js$/, (route) => route.fulfill({ contentType: "text/javascript", body: script }));
  });
  await visit.stand();
  await visit.session.send("Profiler.enable");
  await visit.session.send("Profiler.setSamplingInterval", { interval: 200 });
  let seen: Trace | undefined;
  await visit.session.send("Profiler.start");
  await visit.repeat(act, times, (trace) => (seen = trace));
  const { profile } = await visit.session.send("Profiler.stop");
  await visit.close();
  if (!seen) throw new Error("nothing was recorded");
  const folder = resolve("bench/out");
  mkdirSync(folder, { recursive: true });
  const name = resolve(folder, act);
  writeFileSync(`${name}.trace.json`, JSON.stringify({ traceEvents: seen.events }));
  writeFileSync(`${name}.cpuprofile`, JSON.stringify(profile));
  const start = seen.mark(`bench-${act}`).ts;
  const spent = selfTimes(seen.thread(`bench-${act}`), start, Infinity);
  const text =
    `${subject.name}: ${act}, ${times} times with the profiler on; milliseconds for each time, and how often\n\n` +
    `what the main thread did, without what happened within it\n${list(spent, times)}\n\n` +
    `in which functions it was, without those they called\n${list(functions(profile), times)}\n`;
  writeFileSync(`${name}.txt`, text);
  return `${name}.txt`;
}

/** The program's editor with the names that its functions have in the source. */
export async function readable(): Promise<string> {
  const made = (await build({
    configFile: false,
    logLevel: "error",
    build: { write: false, minify: false, rolldownOptions: { input: "src/editor/index.ts", preserveEntrySignatures: "strict", output: { codeSplitting: false } } },
  })) as Rollup.RollupOutput;
  const script = made.output.find((file) => file.type === "chunk" && file.isEntry);
  if (script?.type !== "chunk") throw new Error("the editor was not built");
  return `${script.code}\nexport const ${whole()} = { ${script.exports.join(", ")} };\n`;
}

/** The name by which the page asks the editor for all that it has, which the build chooses. */
function whole(): string {
  for (const file of readdirSync("dist/assets")) {
    if (!/^islands-.*\.js$/.test(file)) continue;
    const name = /editor-[\w-]+\.js[`"']\)\.then\(\w+\s*=>\s*\w+\.(\w+)\)/.exec(readFileSync(`dist/assets/${file}`, "utf8"))?.[1];
    if (name !== undefined) return name;
  }
  throw new Error("the page loads the editor in another way now");
}

function functions({ nodes, samples = [], timeDeltas = [] }: Profile): Map<string, { milliseconds: number }> {
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber, columnNumber } }) => {
      const file = url.slice(url.lastIndexOf("/") + 1);
      return [id, `${functionName || "(nameless)"}${file === "" ? "" : ` ${file}:${lineNumber + 1}:${columnNumber + 1}`}`];
    }),
  );
  const spent = new Map<string, { milliseconds: number }>();
  samples.forEach((id, i) => {
    const name = names.get(id) ?? "";
    if (!name.startsWith("(idle)")) spent.set(name, { milliseconds: (spent.get(name)?.milliseconds ?? 0) + (timeDeltas[i] ?? 0) / 1000 });
  });
  return spent;
}

function list(spent: Map<string, { milliseconds: number; count?: number }>, times: number): string {
  const sorted = [...spent].sort(([, a], [, b]) => b.milliseconds - a.milliseconds).slice(0, most);
  const figure = (value: number): string => (value / times).toFixed(2).padStart(8);
  return sorted.map(([name, { milliseconds, count }]) => `${figure(milliseconds)}${count === undefined ? "" : figure(count)}  ${name}`).join("\n");
}
