import { readFileSync } from "node:fs";
import postcss from "postcss";
import { describe, expect, test } from "vitest";

type Scheme = Map<string, string>;

/** The colours of both schemes, as tokens.css gives them. */
function schemes(): { light: Scheme; dark: Scheme } {
  const light: Scheme = new Map();
  const dark: Scheme = new Map();
  postcss.parse(readFileSync("src/styles/tokens.css", "utf8")).walkDecls(/^--sw-/, (declaration) => {
    const inDark = declaration.parent?.parent?.type === "atrule";
    (inDark ? dark : light).set(declaration.prop.slice(5), declaration.value);
  });
  return { light, dark: new Map([...light, ...dark]) };
}

function luminance(colour: string): number {
  const hex = colour.length === 4 ? [...colour.slice(1)].map((c) => c + c).join("") : colour.slice(1);
  const [red, green, blue] = [0, 2, 4].map((i) => {
    const part = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const text = 4.5;
const control = 3;
const papers = ["paper", "surface", "sand"];
const pairs: [string, string, number][] = [
  ...papers.flatMap((paper) => ["ink", "muted", "canal", "canal-dark", "brick", "danger", "good"].map((c): [string, string, number] => [c, paper, text])),
  ...["paper", "surface"].map((paper): [string, string, number] => ["control", paper, control]),
  ["on-canal", "canal", text],
  ["on-canal", "canal-dark", text],
  ["paper", "danger", text],
  ["paper", "warning", text],
  ["paper", "good", text],
  ["ink", "canal-paper", text],
  ["canal-dark", "canal-paper", text],
  ["ink", "good-paper", text],
  ["good", "good-paper", text],
  ["ink", "danger-paper", text],
  ["danger", "danger-paper", text],
  ["warning", "warning-paper", text],
  ["on-focus", "focus", text],
  ...["resident", "entrepreneur", "partner", "municipality", "education", "expert"].flatMap((group): [string, string, number][] => [
    ["on-group", group, text],
    [group, "paper", text],
    [group, "sand", control],
  ]),
];

describe.each(Object.entries(schemes()))("in the %s scheme", (_, colours) => {
  const of = (name: string): string => {
    const colour = colours.get(name);
    if (colour === undefined) throw new Error(`there is no colour --sw-${name}`);
    return colour;
  };
  test.each(pairs)("%s on %s has a contrast of %d or more", (one, other, least) => {
    expect(contrast(of(one), of(other))).toBeGreaterThanOrEqual(least);
  });
  test("a focused control stands out from the page by the yellow or by its dark edge", () => {
    expect(Math.max(contrast(of("focus"), of("paper")), contrast(of("on-focus"), of("paper")))).toBeGreaterThanOrEqual(control);
  });
});
