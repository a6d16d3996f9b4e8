// Plays N sessions with a model, prints what came of it, and what failed.
import { type Options, plan } from "./plan.ts";
import { minimise, playMany, summary, tell } from "./report.ts";
import { anySeed, number } from "./settings.ts";
import type { Model } from "./site.ts";

/** Runs as the environment says: N, SEED, MINIMISE=1 to shorten the first failure, TRACE=1 to print it as it is. */
export function run(model: Model, options: Options = {}): number {
  const sessions = number("N", 1000);
  const seed = number("SEED", anySeed());
  const every = number("EVERY", 5000);
  let told = 0;
  const total = playMany(model, seed, sessions, {
    ...options,
    stopAfter: number("STOP", 1_000_000),
    tell: (n, sofar) => {
      for (; told < sofar.failures.length; told++) console.log(`  SEED=${sofar.failures[told]?.seed} ${sofar.failures[told]?.message}`);
      if (n % every === 0) console.log(summary(model.name, seed, sofar));
    },
  });
  console.log(summary(model.name, seed, total));
  const first = total.failures[0];
  if (first !== undefined && number("TRACE", 0) === 1) tell(model, plan(first.seed, options), options, (line) => console.log(line));
  if (first !== undefined && number("MINIMISE", 0) === 1) {
    const shorter = minimise(model, plan(first.seed, options), options);
    console.log(`the shortest of SEED=${first.seed}: ${shorter.steps.length} steps, ${JSON.stringify({ ...shorter, steps: undefined })}`);
    tell(model, shorter, options, (line) => console.log(`  ${line}`));
  }
  return total.failures.length;
}
