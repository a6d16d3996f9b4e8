// The component styles of NL Design System come with a rule for everything a component can be, and a
// theme of thousands of tokens. This keeps what our pages use: rules whose classes stand in a page,
// and tokens that such a rule asks for. What has one value only is written out.
// Our own rules and tokens ("sw-") are left as we wrote them.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { AtRule, ChildNode, Container, Declaration, Plugin, Root, Rule } from "postcss";

const theirs = /^--(?!sw-)/;
const theirClass = /\.((?:utrecht|nl)-[\w-]+)/g;

/** The words of the pages that may be class names. */
export function wordsOf(files: string[]): Set<string> {
  const words = new Set<string>();
  for (const file of files) {
    for (const [word] of readFileSync(file, "utf8").matchAll(/(?:utrecht|nl)-[\w-]+/g)) {
      words.add(word);
    }
  }
  return words;
}

/** Where class names are written: the pages of the server and the islands. */
export function pagesBelow(folder: string): string[] {
  return ["server", "frontend/src"].flatMap((part) =>
    readdirSync(join(folder, part), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(templ|ts)$/.test(name))
      .map((name) => join(folder, part, name)),
  );
}

export function prune(words: Set<string>): Plugin {
  return {
    postcssPlugin: "samenwijk-prune",
    OnceExit(root) {
      root.walkComments((comment) => {
        comment.remove();
      });
      root.walkRules((rule) => {
        rule.selector = rule.selector.replaceAll(".voorbeeld-theme", ":root");
      });
      dropUnusedRules(root, words);
      keepLastToken(root);
      while (resolve(root) + dropUnusedTokens(root) > 0);
      dropEmpty(root);
    },
  };
}

function dropUnusedRules(root: Root, words: Set<string>): void {
  root.walkRules((rule) => {
    const kept = rule.selectors.filter((selector) =>
      [...selector.replace(/:not\([^)]*\)/g, "").matchAll(theirClass)].every(([, name]) => words.has(name ?? "")),
    );
    if (kept.length === 0) {
      rule.remove();
    } else if (kept.length < rule.selectors.length) {
      rule.selectors = kept;
    }
  });
}

function isRule(node: Container<ChildNode> | AtRule | Rule | undefined): node is Rule {
  return node?.type === "rule";
}

/** A token of the whole page: set on :root, whatever the colour scheme. */
function onRoot(declaration: Declaration): boolean {
  const rule = declaration.parent as Rule | undefined;
  return isRule(rule) && rule.selector === ":root" && rule.parent?.type === "root";
}

function tokens(root: Root): Declaration[] {
  const found: Declaration[] = [];
  root.walkDecls(theirs, (declaration) => {
    found.push(declaration);
  });
  return found;
}

/** The theme comes first and ours after it: of two values for the whole page the last one counts. */
function keepLastToken(root: Root): void {
  const last = new Map<string, Declaration>();
  for (const token of tokens(root).filter(onRoot)) {
    last.get(token.prop)?.remove();
    last.set(token.prop, token);
  }
}

/** Writes out what has one value or none, and returns how many declarations it changed. */
function resolve(root: Root): number {
  const global = new Map<string, string>();
  const local = new Set<string>();
  for (const token of tokens(root)) {
    if (onRoot(token)) {
      global.set(token.prop, token.value);
    } else {
      local.add(token.prop);
    }
  }
  let changed = 0;
  root.walkDecls((declaration) => {
    const value = substitute(declaration.value, (name, fallback) => {
      if (!theirs.test(name) || local.has(name)) {
        return undefined;
      }
      return global.get(name) ?? fallback ?? null;
    });
    if (value === null) {
      declaration.remove();
      changed++;
    } else if (value !== declaration.value) {
      declaration.value = value;
      changed++;
    }
  });
  return changed;
}

/** What a var() becomes: a text, null when it has no value at all, undefined to leave it. */
type Choose = (name: string, fallback: string | undefined) => string | null | undefined;

/** Replaces each var() in value; null when one without which the value means nothing has none. */
export function substitute(value: string, choose: Choose): string | null {
  let out = "";
  let at = 0;
  for (;;) {
    const start = value.indexOf("var(", at);
    if (start < 0) {
      return out + value.slice(at);
    }
    const end = closing(value, start + 3);
    const inside = value.slice(start + 4, end);
    const comma = inside.indexOf(",");
    const name = (comma < 0 ? inside : inside.slice(0, comma)).trim();
    const fallback = comma < 0 ? undefined : inside.slice(comma + 1).trim();
    const chosen = choose(name, fallback);
    if (chosen === null) {
      return null;
    }
    if (chosen !== undefined) {
      out += value.slice(at, start) + chosen;
    } else if (fallback === undefined) {
      out += value.slice(at, end + 1);
    } else {
      const inner = substitute(fallback, choose);
      out += value.slice(at, start) + (inner === null ? `var(${name})` : `var(${name},${inner})`);
    }
    at = end + 1;
  }
}

function closing(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === "(") depth++;
    if (text[i] === ")" && --depth === 0) return i;
  }
  throw new Error(`a bracket is not closed in "${text}"`);
}

function dropUnusedTokens(root: Root): number {
  const asked = new Set<string>();
  root.walkDecls((declaration) => {
    for (const [, name] of declaration.value.matchAll(/var\(\s*(--[\w-]+)/g)) {
      asked.add(name ?? "");
    }
  });
  const unused = tokens(root).filter((token) => !asked.has(token.prop));
  for (const token of unused) {
    token.remove();
  }
  return unused.length;
}

function dropEmpty(root: Root): void {
  root.walk((node) => {
    if ((node.type === "rule" || node.type === "atrule") && node.nodes?.length === 0) {
      node.remove();
    }
  });
}
