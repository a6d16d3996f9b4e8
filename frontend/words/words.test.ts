// The short form of the word test: sessions on the binding, each rule of the binding switched off, and
// the control. make words and its sisters play as many as one likes.
import "./fixed.ts";
import { afterAll, describe, expect, it } from "vitest";
import { type Rules, rules } from "../src/editor/binding/rules.ts";
import { flowModel } from "./model.ts";
import { playMany, summary } from "./report.ts";
import { number } from "./settings.ts";

// Seeds that are known to play through; SEED plays others, and WORDS more of them.
const seed = number("SEED", 20_000);
const sessions = number("WORDS", 20);

describe("people who write together", () => {
  it(`lose no word in ${sessions} sessions from seed ${seed}`, () => {
    const total = playMany(flowModel, seed, sessions);
    console.log(summary(flowModel.name, seed, total));
    expect(total.failures).toEqual([]);
    expect(total.words).toBeGreaterThan(sessions * 10);
    expect(total.carets).toBeGreaterThan(sessions * 50);
  }, 300_000);
});

// Where each rule is first missed, so that the short form need not look for it.
const missed: Record<keyof Rules, number> = {
  stepRanges: 20_000,
  behindOwnLetter: 20_004,
  explicitAttributes: 20_004,
  hunks: 20_000,
  caretPlaces: 20_000,
  guard: 20_111,
  undoSpares: 20_111,
  waitForComposition: 20_002,
  silentReader: 20_004,
  offerWords: 20_001,
  places: 20_030,
};

describe("without a rule of the binding", () => {
  afterAll(() => {
    for (const rule of Object.keys(rules) as (keyof Rules)[]) rules[rule] = true;
  });
  for (const [rule, first] of Object.entries(missed) as [keyof Rules, number][]) {
    it(`${rule}, the word test fails`, () => {
      rules[rule] = false;
      const total = playMany(flowModel, first, 500, { stopAfter: 1 });
      rules[rule] = true;
      expect(total.failures.length).toBe(1);
    }, 300_000);
  }
});
