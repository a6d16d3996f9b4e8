// Plays many sessions and says what came of them; makes a failing one as short as it gets.
import { realNow } from "./fixed.ts";
import { Broken } from "./ledger.ts";
import { type Options, type Plan, plan, type Step } from "./plan.ts";
import { type Outcome, play } from "./session.ts";
import type { Model } from "./site.ts";

export interface Failure {
  seed: number;
  invariant: number;
  message: string;
}

export interface Total extends Outcome {
  sessions: number;
  failures: Failure[];
  milliseconds: number;
}

/** The seed of the nth session of a run. */
export const seedOf = (run: number, n: number): number => (run + n) | 0;

/** Plays sessions until there are enough, or enough of them failed. */
export function playMany(model: Model, run: number, sessions: number, options: Options & { stopAfter?: number; tell?: (n: number, total: Total) => void } = {}): Total {
  const total: Total = {
    sessions: 0, failures: [], milliseconds: 0, words: 0, acts: 0, deliveries: 0, twice: 0, brokenWords: 0, refused: 0, fallbacks: 0,
    carets: 0, waited: 0, bytes: 0, most: new Map(),
  };
  const began = realNow();
  for (let n = 0; n < sessions; n++) {
    const seed = seedOf(run, n);
    const outcome = attempt(model, plan(seed, options), options);
    total.sessions++;
    if (outcome instanceof Broken) {
      total.failures.push({ seed, invariant: outcome.invariant, message: shortened(outcome.message) });
      if (total.failures.length >= (options.stopAfter ?? Infinity)) break;
    } else add(total, outcome);
    total.milliseconds = realNow() - began;
    options.tell?.(n + 1, total);
  }
  total.milliseconds = realNow() - began;
  return total;
}

const shortened = (message: string): string => (message.length < 400 ? message : `${message.slice(0, 250)} … ${message.slice(-140)}`);

function add(total: Total, one: Outcome): void {
  for (const name of ["words", "acts", "deliveries", "twice", "brokenWords", "refused", "fallbacks", "carets", "waited", "bytes"] as const) total[name] += one[name];
  for (const [act, bytes] of one.most) total.most.set(act, Math.max(total.most.get(act) ?? 0, bytes));
}

/** Plays a plan and returns what came of it, or what broke. */
export function attempt(model: Model, plan: Plan, options: Options = {}): Outcome | Broken {
  const log = console.error;
  const warn = console.warn;
  // Libraries complain on the console where a session is rough; that is not the report.
  console.error = () => {};
  console.warn = () => {};
  try {
    return play(model, plan, options);
  } catch (e) {
    return e instanceof Broken ? e : Object.assign(new Broken(0, e instanceof Error ? e.message : String(e)), { stack: (e as Error).stack });
  } finally {
    console.error = log;
    console.warn = warn;
  }
}

/** Leaves out what a failing session can do without. Returns the shorter plan. */
export function minimise(model: Model, failing: Plan, options: Options = {}): Plan {
  const first = attempt(model, failing, options);
  if (!(first instanceof Broken)) return failing;
  const fails = (steps: Step[]): boolean => {
    const outcome = attempt(model, { ...failing, steps }, options);
    return outcome instanceof Broken && outcome.invariant === first.invariant;
  };
  let steps = failing.steps;
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let again = true; again; ) {
      again = false;
      for (let at = steps.length - size; at > -size; at -= size) {
        const from = Math.max(0, at);
        const fewer = [...steps.slice(0, from), ...steps.slice(from + size)];
        if (fewer.length < steps.length && fails(fewer)) {
          steps = fewer;
          again = size === 1;
        }
      }
    }
  }
  let shorter: Plan = { ...failing, steps };
  for (const without of [{ reader: false }, { planted: false }, { server: false }, { foreign: false }, { people: 2 }] as Partial<Plan>[]) {
    const fewer = { ...shorter, ...without };
    const outcome = attempt(model, fewer, options);
    if (outcome instanceof Broken && outcome.invariant === first.invariant) shorter = fewer;
  }
  return shorter;
}

/** Plays a plan with a line for each step. */
export function tell(model: Model, plan: Plan, options: Options, print: (line: string) => void): void {
  const outcome = attempt(model, plan, { ...options, trace: print });
  if (outcome instanceof Broken) {
    print(outcome.message);
    if (outcome.invariant === 0 && outcome.stack !== undefined) print(outcome.stack);
  }
}

/** What a run came to, in a few lines. */
export function summary(name: string, run: number, total: Total): string {
  const by = new Map<number, number>();
  for (const failure of total.failures) by.set(failure.invariant, (by.get(failure.invariant) ?? 0) + 1);
  const out = [
    `${name}: ${total.sessions} sessions from seed ${run} in ${(total.milliseconds / 1000).toFixed(1)} s ` +
      `(${(total.milliseconds / Math.max(1, total.sessions)).toFixed(1)} ms each), ${total.failures.length} failed`,
    `  ${total.acts} acts, ${total.deliveries} deliveries, ${total.words} words typed, ${total.brokenWords} of them taken apart on purpose, ` +
      `${total.twice} brought back by two, ${total.carets} carets judged, ${total.waited} times others waited, ${total.refused} keys turned away`,
    `  ${total.fallbacks} regions replaced whole (${((100 * total.fallbacks) / Math.max(1, total.deliveries)).toFixed(2)} % of deliveries), ` +
      `${Math.round(total.bytes / Math.max(1, total.acts))} bytes an act`,
  ];
  for (const [invariant, count] of [...by].sort()) out.push(`  invariant ${invariant}: ${count} sessions`);
  return out.join("\n");
}
