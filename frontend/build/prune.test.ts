import postcss from "postcss";
import { expect, test } from "vitest";
import { prune, substitute } from "./prune.ts";

function pruned(css: string, ...words: string[]): string {
  return postcss([prune(new Set(words))])
    .process(css, { from: undefined })
    .css.replace(/\s+/g, " ")
    .trim();
}

test("a component that no page uses goes, and the tokens that only it asked for", () => {
  expect(
    pruned(
      ".voorbeeld-theme{--utrecht-a-color:red;--utrecht-b-color:blue} .utrecht-a{color:var(--utrecht-a-color)} .utrecht-b{color:var(--utrecht-b-color)}",
      "utrecht-a",
    ),
  ).toBe(".utrecht-a{color:red}");
});

test("a token of any family goes when nobody asks for it", () => {
  expect(pruned(":root{--other-c:red;--other-d:blue;--sw-e:1px} .sw-a{color:var(--other-d)}")).toBe(":root{--sw-e:1px} .sw-a{color:blue}");
});

test("ours comes after theirs and counts", () => {
  expect(pruned(".voorbeeld-theme{--basis-c:red} :root{--basis-c:var(--sw-ink)} .utrecht-a{color:var(--basis-c)}", "utrecht-a")).toBe(
    ".utrecht-a{color:var(--sw-ink)}",
  );
});

test("our own rules and tokens stay as they are, used or not", () => {
  const ours = ":root{--sw-ink:#000} .sw-any{color:var(--sw-none)}";
  expect(pruned(ours)).toBe(ours);
});

test("a token that a variant sets stays a token, with the default of the theme", () => {
  expect(
    pruned(
      ":root{--utrecht-x:red} .utrecht-a{color:var(--_utrecht-s,var(--utrecht-x))} .utrecht-a--b{--_utrecht-s:blue}",
      "utrecht-a",
      "utrecht-a--b",
    ),
  ).toBe(".utrecht-a{color:var(--_utrecht-s,red)} .utrecht-a--b{--_utrecht-s:blue}");
});

test("a token without any value falls back, and without a fallback its line goes", () => {
  expect(pruned(".utrecht-a{color:var(--utrecht-none,red);margin:var(--utrecht-none)}", "utrecht-a")).toBe(".utrecht-a{color:red}");
});

test("one of several selectors may stay", () => {
  expect(pruned(".utrecht-a,.utrecht-b{color:red}", "utrecht-b")).toBe(".utrecht-b{color:red}");
});

test("a class that is excluded by :not() is not asked for", () => {
  expect(pruned(".utrecht-a:not(.utrecht-a--off){color:red}", "utrecht-a")).toBe(".utrecht-a:not(.utrecht-a--off){color:red}");
});

test("brackets in a fallback are kept together", () => {
  expect(substitute("calc(var(--a,min(1px,2px)) * 2)", (_, fallback) => fallback ?? null)).toBe("calc(min(1px,2px) * 2)");
  expect(() => substitute("var(--a", () => null)).toThrow("a bracket is not closed");
});
