// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Saved } from "./saved.ts";
import { SavedVoice, Voice } from "./voice.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** What is said while the state becomes each of these, after so many milliseconds in the one before. */
function said(...states: [number, Saved][]): string[] {
  const heard: string[] = [];
  const voice = new SavedVoice((state) => heard.push(state));
  for (const [after, state] of states) {
    vi.advanceTimersByTime(after);
    voice.hear(state);
  }
  vi.advanceTimersByTime(60_000);
  return heard;
}

test("somebody who types slowly hears nothing of each letter", () => {
  expect(said([0, "saving"], [700, "saved"], [1000, "saving"], [700, "saved"], [0, "unsaved"], [2999, "saved"])).toEqual([]);
});

test("what stays unsaved is said once, and that it is saved again", () => {
  expect(said([0, "saving"], [10_000, "unsaved"], [40_000, "saving"], [500, "saved"], [1, "saving"], [1, "saved"])).toEqual(["unsaved", "again"]);
});

test("without a line each key is no news", () => {
  const keys: [number, Saved][] = [];
  for (let i = 0; i < 100; i++) keys.push([300, "unsaved"], [400, "offline"]);
  expect(said(...keys)).toEqual(["offline"]);
});

test("what this device does not keep any more is said after all", () => {
  expect(said([0, "offline"], [5_000, "unsaved"])).toEqual(["offline", "unsaved"]);
});

test("a sentence that is true twice is said twice, each apart from the other", () => {
  const region = document.createElement("div");
  const voice = new Voice(region);
  voice.tell("Ongedaan gemaakt");
  vi.advanceTimersByTime(1000);
  voice.tell("Ongedaan gemaakt");
  expect([...region.children].map((line) => line.textContent)).toEqual(["Ongedaan gemaakt", "Ongedaan gemaakt"]);
  vi.advanceTimersByTime(10_000);
  expect(region.textContent).toBe("");
});
