// A script that is newer than this page: it writes what the page does not know, and finds it back as
// it was.
import type * as Y from "yjs";
import type { Random } from "./fixed.ts";
import { Broken, type Ledger } from "./ledger.ts";
import { canonical, flows, type Scan, units, wordLength } from "./scan.ts";

interface Left {
  what: string;
  expected: string;
  find(doc: Y.Doc, view: Scan): string | undefined;
}

export class Foreign {
  private readonly ledger: Ledger;
  private readonly left: Left[] = [];
  private readonly gone = new Set<string>();
  private count = 0;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  /** Writes something that no editor knows. Returns what. */
  act(doc: Y.Doc, random: Random, word: () => string): string {
    const n = ++this.count;
    const flow = random.pick(["body", ...flows(doc)]);
    const text = doc.getText(flow);
    const marks = doc.getMap("marks");
    const paragraphs = units(doc, flow).filter((u) => u.kind === "mark");
    switch (random.pick(["word", "embed", "value", "kind", "root", "table"] as const)) {
      case "word": {
        const token = word();
        const value = { n, deep: [1, { a: null }] };
        const at = border(doc, flow, random);
        text.insert(at, token, { ...units(doc, flow)[at - 1]?.attributes, odd: value });
        this.left.push({
          what: `the attribute of ${token}`,
          expected: canonical(value),
          find: (d, view) => {
            const known = this.ledger.words.get(token);
            const at = view.words.get(token)?.[0];
            return known === undefined || !this.ledger.clean(known) || at === undefined ? undefined : attributeOf(d, at.flow, token);
          },
        });
        return `word ${token} in ${flow}`;
      }
      case "embed": {
        const value = { odd: n, more: { a: [n] } };
        const json = JSON.stringify(value);
        const at = border(doc, flow, random);
        // With the attributes that stand there: otherwise Yjs ends them here and begins them anew.
        text.insertEmbed(at, value, { ...units(doc, flow)[at - 1]?.attributes });
        this.left.push({
          what: `the embed ${json}`,
          expected: "1",
          find: (_d, view) => (this.gone.has(json) ? undefined : String(view.others.get(json) ?? 0)),
        });
        return `embed ${json} in ${flow}`;
      }
      case "value": {
        if (paragraphs.length === 0) return "nothing";
        marks.set(`${random.pick(paragraphs).value}:odd`, { n });
        return "value";
      }
      case "kind": {
        if (paragraphs.length === 0) return "nothing";
        marks.set(`${random.pick(paragraphs).value}:kind`, `verse${n}`);
        return "kind";
      }
      case "root": {
        const name = `odd-${n}`;
        doc.getMap(name).set("a", { n });
        this.left.push({ what: `the root ${name}`, expected: canonical({ n }), find: (d) => canonical(d.getMap(name).get("a")) });
        return `root ${name}`;
      }
      case "table": {
        const key = `t${n}:odd`;
        doc.getMap("tables").set(key, [n]);
        this.left.push({ what: `the value ${key}`, expected: canonical([n]), find: (d) => canonical(d.getMap("tables").get(key)) });
        return `value ${key}`;
      }
    }
  }

  /** Takes note of what a person's act took away or wrote once more, and of which it may. */
  acted(site: string, act: string, before: Scan, after: Scan, may: (json: string) => boolean): void {
    for (const json of new Set([...before.others.keys(), ...after.others.keys()])) {
      if ((before.others.get(json) ?? 0) === (after.others.get(json) ?? 0)) continue;
      if (!may(json) && before.others.has(json)) throw new Broken(6, `${act} by ${site} changed ${json}, which it does not know`);
      if (before.others.has(json)) this.gone.add(json);
    }
  }

  judge(doc: Y.Doc, view: Scan): void {
    for (const { what, expected, find } of this.left) {
      const found = find(doc, view);
      if (found !== undefined && found !== expected) throw new Broken(6, `${what} is ${found} and was ${expected}`);
    }
  }
}

/** A place in a flow where no word is taken apart. */
function border(doc: Y.Doc, flow: string, random: Random): number {
  const all: string[] = [];
  for (const unit of units(doc, flow)) all.push(unit.kind === "char" ? unit.value : "\uFFFC");
  const text = all.join("");
  const free = [];
  for (let i = 0; i <= text.length; i++) if (!/[A-Za-z]/.test(text[i - 1] ?? " ") || (i >= wordLength && /^[A-Z][a-z]+$/.test(text.slice(i - wordLength, i)) && !/[a-z]/.test(text[i] ?? " "))) free.push(i);
  return free.length === 0 ? 0 : random.pick(free);
}

function attributeOf(doc: Y.Doc, flow: string, token: string): string {
  const list = units(doc, flow);
  const text = list.map((u) => (u.kind === "char" ? u.value : "\uFFFC")).join("");
  const at = text.indexOf(token);
  if (at < 0) return "torn";
  const values = new Set(list.slice(at, at + token.length).map((u) => canonical(u.attributes["odd"])));
  return [...values].join(" and ");
}
