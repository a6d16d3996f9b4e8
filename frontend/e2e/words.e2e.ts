// The word test with real keys: two people in two browsers whose processors are slow do at one moment
// whatever they like to one text, and at rest every word that nobody took away stands once, whole.
// A short form; make words-browser plays N sessions from SEED.
import type { Page } from "playwright-core";
import type { EditorView } from "prosemirror-view";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Random } from "../words/fixed.ts";
import { number } from "../words/settings.ts";
import { until } from "./harness.ts";
import { alike, editor, Site } from "./writing.ts";

const sessions = number("N", 2);
const seed = number("SEED", 1);
const slower = number("SLOWER", 4); // times that the processor of each page is slower
const length = 6; // letters of a word

let site: Site;

beforeAll(async () => {
  site = await Site.start();
});

afterAll(async () => {
  await site?.stop();
});

type Edited = HTMLElement & { editor: EditorView };

/** What is known of a word. */
interface Word {
  /** Who typed it, and who may have taken it away: nobody, as long as it is certain. */
  by: string;
  certain: boolean;
  /** Who cut it, and so may have pasted it. */
  cutters: Set<string>;
}

class Ledger {
  readonly words = new Map<string, Word>();

  /** A word that was not there before. */
  begin(by: string, random: Random): string {
    for (;;) {
      let token = by;
      while (token.length < length) token += random.pick(["a", "e", "n", "o", "r", "t"]);
      if (this.words.has(token)) continue;
      this.words.set(token, { by, certain: true, cutters: new Set() });
      return token;
    }
  }

  doubt(token: string): Word | undefined {
    const word = this.words.get(token);
    if (word) word.certain = false;
    return word;
  }

  /** Says what is wrong with a text; nothing when all is well. */
  wrong(text: string): string {
    const runs = text.match(/[A-Z][a-z]*|[a-z]+/g) ?? [];
    const found = new Map<string, number>();
    for (const run of runs) found.set(run, (found.get(run) ?? 0) + 1);
    for (const [token, { certain, cutters }] of this.words) {
      const count = found.get(token) ?? 0;
      if (certain && count !== 1) return `${token} stands ${count} times`;
      if (count > Math.max(1, cutters.size)) return `${token} stands ${count} times`;
      found.delete(token);
    }
    for (const piece of found.keys()) {
      if (![...this.words].some(([token, { certain }]) => !certain && token.includes(piece))) return `"${piece}" is a piece of a word that nobody took apart`;
    }
    return "";
  }
}

/** Puts the caret at a place where no word is parted. Returns false where there is none. */
const place = (page: Page, draw: number): Promise<boolean> =>
  editor(page).evaluate(
    (root, { draw, length }) => {
      const view = (root as Edited).editor;
      const places: number[] = [];
      view.state.doc.descendants((node, pos) => {
        if (!node.isTextblock) return;
        const text = node.textBetween(0, node.content.size, "", " ");
        for (let at = 0; at <= text.length; at++) {
          const before = /[A-Z]?[a-z]*$/.exec(text.slice(0, at))?.[0] ?? "";
          const inside = /^[a-z]/.test(text.slice(at));
          if (!inside && (before.length === 0 || before.length === length)) places.push(pos + 1 + at);
        }
      });
      const at = places[draw % places.length];
      const { selection, doc } = view.state;
      const Selection = selection.constructor as unknown as { near?: (at: unknown) => typeof selection };
      if (at === undefined || !Selection.near) return false;
      view.focus();
      view.dispatch(view.state.tr.setSelection(Selection.near(doc.resolve(at))));
      return true;
    },
    { draw, length },
  );

/** Chooses a whole word, and says which. */
const choose = (page: Page, draw: number): Promise<string> =>
  editor(page).evaluate(
    (root, { draw, length }) => {
      const view = (root as Edited).editor;
      const words: { word: string; from: number }[] = [];
      view.state.doc.descendants((node, pos) => {
        if (!node.isTextblock) return;
        for (const found of node.textBetween(0, node.content.size, "", " ").matchAll(new RegExp(`[A-Z][a-z]{${length - 1}}(?![a-z])`, "g"))) {
          words.push({ word: found[0], from: pos + 1 + found.index });
        }
      });
      const chosen = words[draw % words.length];
      const { selection, doc } = view.state;
      const Selection = selection.constructor as unknown as { between?: (a: unknown, b: unknown) => typeof selection };
      if (!chosen || !Selection.between) return "";
      view.focus();
      view.dispatch(view.state.tr.setSelection(Selection.between(doc.resolve(chosen.from), doc.resolve(chosen.from + length))));
      return chosen.word;
    },
    { draw, length },
  );

/** Whether keys go to the box for words that have no place. */
const inBox = (page: Page): Promise<boolean> => page.evaluate(() => document.activeElement instanceof HTMLTextAreaElement);

/** Whether there is a place where typing puts words, and only puts them. */
const hasCaret = (page: Page): Promise<boolean> =>
  editor(page).evaluate((root) => {
    const view = (root as Edited).editor;
    return view.hasFocus() && view.state.selection.empty;
  });

const before = (page: Page): Promise<string> =>
  editor(page).evaluate((root) => {
    const { $head } = (root as Edited).editor.state.selection;
    return $head.parent.isTextblock ? $head.parent.textBetween(0, $head.parentOffset, "", " ") : "";
  });

class Person {
  /** What they did, for who has to find out what went wrong. */
  readonly did: string[] = [];

  constructor(
    readonly name: string,
    readonly page: Page,
    private readonly ledger: Ledger,
  ) {}

  private async press(...keys: string[]): Promise<void> {
    this.did.push(keys.join(" "));
    for (const key of keys) await this.page.keyboard.press(key);
  }

  private async type(random: Random): Promise<void> {
    // Where a word is chosen, what is typed takes its place.
    const moves = random.chance(0.6);
    const draw = random.int(1 << 20);
    if (moves || !(await hasCaret(this.page))) await place(this.page, draw);
    // Who stands behind letters begins with a space, as everybody does; theirs may be the middle of another's word.
    await this.page.keyboard.type(" ");
    if (!/(^|\s)$/.test(await before(this.page))) return;
    const token = this.ledger.begin(this.name, random);
    this.did.push(token);
    await this.page.keyboard.type(token, { delay: random.pick([10, 30, 70]) });
    if (!(await inBox(this.page))) return;
    this.did.push("(in the box)");
    this.ledger.doubt(token);
    await this.press("Escape");
  }

  /** Does something; what it is comes from the dice. */
  async act(random: Random): Promise<void> {
    const { page, ledger } = this;
    const draw = random.int(1 << 20);
    const what = random.weighted({ type: 40, enter: 10, join: 6, kind: 14, mark: 6, remove: 5, cut: 5, undo: 8, card: 6, move: 5, away: 4, back: 3 });
    if (what === "type") return this.type(random);
    if (what === "undo") {
      // What one typed oneself may go with it, and what one cut or removed may come back.
      for (const [token, { by }] of ledger.words) if (by === this.name) ledger.doubt(token);
      return this.press("Control+Z");
    }
    if (what === "remove" || what === "cut") {
      const token = await choose(page, draw);
      if (token === "") return;
      const word = ledger.doubt(token);
      this.did.push(`[${token}]`);
      if (what === "remove") return this.press("Delete");
      word?.cutters.add("A").add("B"); // they have one clipboard
      await this.press("Control+X");
      if (!(await place(page, random.int(1 << 20)))) return;
      return this.press("Control+V");
    }
    if (!(await place(page, draw))) return;
    if (what === "enter") await this.press("Enter");
    else if (what === "join") await this.press("Home", "Backspace");
    else if (what === "kind") await this.press(random.pick(["Control+Alt+2", "Control+Shift+8", "Control+Shift+7", "Control+Alt+0"]));
    else if (what === "mark") {
      if ((await choose(page, draw)) !== "") await this.press(random.pick(["Control+B", "Control+I"]));
    } else if (what === "card") await this.press("Control+Shift+E");
    else if (what === "move") await this.press(random.pick(["Alt+Shift+ArrowUp", "Alt+Shift+ArrowDown"]));
    else if (what === "away") {
      const tool = page.locator(".sw-card-tools").getByRole("button", { name: "Eis weghalen" });
      if ((await tool.count()) > 0) this.did.push("(takes the card away)");
      if ((await tool.count()) > 0) await tool.click({ timeout: 3000 }).catch(() => undefined);
    } else if (what === "back") {
      const back = page.locator(".sw-returns").getByRole("button", { name: /terug$/ });
      if ((await back.count()) > 0) {
        // The words of a notice come back, which another may have brought back at the same moment.
        for (const [token, { by }] of ledger.words) if (by === this.name) ledger.doubt(token)?.cutters.add("A").add("B");
        this.did.push("(puts back)");
        await back.last().click({ timeout: 3000 }).catch(() => undefined);
      }
    }
  }
}

const tree = (page: Page): Promise<string> => editor(page).evaluate((root) => (root as Edited).editor.state.doc.toString());

const words = (page: Page): Promise<string> =>
  editor(page).evaluate((root) => {
    const { doc } = (root as Edited).editor.state;
    return doc.textBetween(0, doc.content.size, " ", " ");
  });

test(`every word that is typed stands once, in ${sessions} sessions from seed ${seed}`, { timeout: 60_000 + sessions * 60_000 }, async () => {
  const pages = await Promise.all(["Sociaal ondernemer", "Bewoner"].map(async (who) => (await site.open(who, "/werkgroepen")).page));
  for (const page of pages) {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: slower });
  }
  const [ana, bo] = pages as [Page, Page];
  for (let n = 0; n < sessions; n++) {
    const random = new Random(seed + n);
    const path = await site.begin(`Woorden ${n}`);
    for (const page of pages) {
      await page.goto(path);
      await editor(page).waitFor();
    }
    const ledger = new Ledger();
    const people = [new Person("A", ana, ledger), new Person("B", bo, ledger)];
    for (let round = 0; round < 4; round++) {
      const away = random.chance(0.25) ? random.pick([ana, bo]) : undefined;
      await away?.context().setOffline(true);
      await Promise.all(
        people.map(async (person, i) => {
          const dice = new Random(random.seed() ^ i);
          for (let acts = 3 + dice.int(3); acts > 0; acts--) await person.act(dice);
        }),
      );
      await away?.context().setOffline(false);
      await alike(ana, bo);
      for (const person of people) person.did.push(away ? "| one was away |" : "|");
    }
    // Words in requirements that were taken away are kept: they come back with them.
    const removed = async (): Promise<number> => ((await (await bo.request.get(path)).text()).match(/class="sw-removed__item"/g) ?? []).length;
    for (let many = await removed(); many > 0; many = await removed()) {
      await bo.reload();
      await editor(bo).waitFor();
      await bo.locator(".sw-removed__item").first().getByRole("button").click();
      await until("it is back in the text", async () => (await removed()) < many, 30);
    }
    await alike(ana, bo);
    for (const page of [ana, bo]) {
      const wrong = ledger.wrong(await words(page));
      const did = people.map((person) => `${person.name}: ${person.did.join(" ")}`).join("\n");
      expect(wrong, `SEED=${seed + n}\n${did}\n${await tree(page)}`).toBe("");
    }
    expect(ledger.words.size).toBeGreaterThan(3);
  }
});
