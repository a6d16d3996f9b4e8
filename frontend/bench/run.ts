// Measures the editor of the program in a browser, beside y-prosemirror and beside BlockNote: each with
// the same 300 requirements, in the same run, in turn. `make bench-editor` runs it; N is how often each
// act is measured, ONLY names one subject, SEED another text.
import { openBrowser } from "../e2e/harness.ts";
import { type Act, type Opened, Visit, type Waits } from "./measure.ts";
import { explain } from "./explain.ts";
import { type Row, table } from "./report.ts";
import { peers, samenwijk, type Subject } from "./subjects.ts";
import { count, programme } from "./text.ts";

const times = Number(process.env["N"] ?? 200);
const seed = Number(process.env["SEED"] ?? 1);
const only = process.env["ONLY"] ?? "";
const perRound = Math.min(25, times);
const rounds = Math.ceil(times / perRound);
const openings = 3; // in each round

const acts: Act[] = ["key", "away", "beside", "caret", "nothing"];

/** What was measured of one subject. */
interface Measured {
  opened: Opened[];
  spent: Map<Act, number[]>;
  waits: Waits;
}

const blocks = programme(seed);
const size = count(blocks);
console.log(`${size.cards} requirements, ${size.words} words in ${size.paragraphs} paragraphs (seed ${seed}); ${rounds} rounds of ${perRound}`);

const subjects: Subject[] = [];
const browser = await openBrowser();
try {
  if (only === "" || only === "samenwijk") subjects.push(await samenwijk(blocks, seed));
  if (only !== "samenwijk") subjects.push(...(await peers(blocks)));
  const measured = new Map(subjects.map((subject) => [subject, { opened: [], spent: new Map(acts.map((act) => [act, []])), waits: [] } as Measured]));
  for (let round = 0; round < rounds; round++) {
    const order = subjects.map((_, i) => subjects[(i + round) % subjects.length]).filter((subject) => subject !== undefined);
    for (const subject of order) {
      const found = measured.get(subject);
      if (found) await visit(subject, found);
    }
    console.log(`round ${round + 1} of ${rounds}`);
  }
  const rows = rowsOf([...measured.values()], subjects);
  console.log(
    "CPU is that of the page's main thread, by the browser's trace, from the act until the next, its paint included. " +
      "Others write over a websocket, from outside the browser. The peers are an editor and nothing else: no toolbar, outline, saved state or copy on the device.",
  );
  console.log(table(subjects.map((subject) => subject.name), rows));
  const [ours] = subjects;
  if (ours?.name.startsWith("Samenwijk")) {
    for (const act of ["key", "away", "beside", "caret"] as const) {
      const row = rows.find((row) => row.act === act);
      if (row?.goal !== undefined && (row.values[0] ?? 0) > row.goal) console.log(`why: ${await explain(browser, ours, act)}`);
    }
  }
} finally {
  await browser.close();
  for (const subject of subjects) await subject.close();
}

async function visit(subject: Subject, found: Measured): Promise<void> {
  for (let i = 1; i <= openings; i++) {
    const { visit, opened } = await Visit.open(browser, subject);
    found.opened.push(opened);
    if (i === openings) {
      await visit.stand();
      for (const act of acts) found.spent.get(act)?.push(...(await visit.repeat(act, perRound)));
      found.waits.push(...(await visit.typeSlowed(perRound)));
    }
    await visit.close();
  }
}

function rowsOf(measured: Measured[], subjects: Subject[]): Row[] {
  const act = (act: Act, what: string, goal?: number): Row => ({
    act,
    what,
    unit: "ms",
    ...(goal === undefined ? {} : { goal }),
    values: measured.map(({ spent }) => quantile(spent.get(act) ?? [], 0.5)),
  });
  const opening = (what: string, unit: string, of: (opened: Opened) => number, goal?: number): Row => ({
    what,
    unit,
    ...(goal === undefined ? {} : { goal }),
    values: measured.map(({ opened }) => quantile(opened.map(of), 0.5)),
  });
  const waits = (what: string, unit: string, of: (waits: Waits) => number, goal?: number): Row => ({
    what,
    unit,
    ...(goal === undefined ? {} : { goal }),
    values: measured.map((found) => of(found.waits)),
  });
  return [
    act("key", "CPU of a key", 8),
    act("away", "CPU of another's letter, out of sight", 8),
    act("beside", "CPU of another's letter, in sight", 8),
    act("caret", "CPU of another's caret that moves", 3),
    act("nothing", "CPU of as long without anything"),
    opening("CPU until one can type", "ms", (opened) => opened.editable, 500),
    opening("CPU until the page is at rest", "ms", (opened) => opened.rest),
    opening("JS heap once open", "MB", (opened) => opened.heap / 1e6, 8),
    { what: "scripts of the editor, brotli", unit: "KB", goal: 125, values: subjects.map((subject) => subject.bytes / 1000) },
    { what: "scripts beside them: what starts it, and offers words that waited", unit: "KB", values: subjects.map((subject) => subject.around / 1000) },
    waits("6 times slower, 8 keys a second: key to paint, median", "ms", (waits) => quantile(waits, 0.5)),
    waits("the same, of a hundred keys the slowest", "ms", (waits) => quantile(waits, 0.99), 125),
    waits("the same, keys of a hundred that took 125 ms or more", "", (waits) => (100 * waits.filter((wait) => wait >= 125).length) / waits.length, 0),
  ];
}

function quantile(values: number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}
