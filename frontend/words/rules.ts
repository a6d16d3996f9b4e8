// make words-rules: each rule of the binding switched off in turn, until a session fails.
import "./fixed.ts";
import { type Rules, rules } from "../src/editor/binding/rules.ts";
import { flowModel } from "./model.ts";
import { playMany } from "./report.ts";
import { anySeed, number } from "./settings.ts";

const most = number("N", 2000);
const seed = number("SEED", anySeed());
let idle = 0;
for (const rule of Object.keys(rules) as (keyof Rules)[]) {
  rules[rule] = false;
  const total = playMany(flowModel, seed, most, { stopAfter: 1 });
  rules[rule] = true;
  const [failure] = total.failures;
  if (failure === undefined) idle++;
  console.log(failure === undefined ? `${rule}: nothing failed in ${most} sessions from seed ${seed}` : `${rule}: after ${total.sessions} sessions, ${failure.message} (SEED=${failure.seed})`);
}
process.exitCode = idle > 0 ? 1 : 0;
