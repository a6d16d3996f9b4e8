// Says now and then what others do, for who cannot see carets move. It can be switched off, and stays off.
import type * as Y from "yjs";
import type { Awareness } from "y-protocols/awareness";
import { caretOf } from "./binding/carets.ts";
import { behindOthers, type Binding, type Change } from "./binding/index.ts";
import type { Say } from "./config.ts";
import type { Keys } from "./keys.ts";
import { shorten } from "./entries.ts";
import { present, readUser } from "./presence.ts";
import type { Voice } from "./voice.ts";
import type { Whereabouts } from "./whereabouts.ts";

const interval = 5_000;
const pause = 25_000; // who did nothing in a place for so long begins there anew
const many = 3; // more places than this are counted instead of named
const switchName = "samenwijk:announce";

export interface AnnouncerOptions {
  awareness: Awareness;
  whereabouts: Whereabouts;
  keys: Keys;
  say: Say;
  voice: Voice;
  /** Is there a line? Without one nobody is seen, which does not mean that they left. */
  live: () => boolean;
  /** Does what this brings come from this device, where it was kept? */
  kept: (origin: unknown) => boolean;
  /** Where it is switched on and off. */
  toggle: HTMLElement;
}

/** What somebody did to a requirement as a whole, or to words. */
type Act = "added" | "back" | "removed" | "moved" | "changed";
const acts: readonly Act[] = ["added", "back", "removed", "moved", "changed"];

export class Announcer {
  readonly #options: AnnouncerOptions;
  /** Who did what to what since the last summary; an empty id is text outside requirements. */
  #heard = new Map<string, Map<string, Act>>();
  /** When somebody was last heard of in a place, as it was said. */
  readonly #last = new Map<string, number>();
  /** Where the requirements that are shown stand. */
  #cards = new Map<string, number>();
  /** Who is here as far as was said, and who was seen the last time. */
  #here: Set<string> | undefined;
  #seen: Set<string> | undefined;
  #timer: ReturnType<typeof setInterval>;
  #binding: Binding | undefined;
  #stop: (() => void) | undefined;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.speak(), interval);
    const { toggle } = options;
    if (!(toggle instanceof HTMLInputElement)) return;
    toggle.checked = isOn();
    toggle.addEventListener("change", () => localStorage.setItem(switchName, toggle.checked ? "on" : "off"));
  }

  /** Listens to this editor instead of the one before. */
  follow(binding: Binding): void {
    this.#stop?.();
    this.#binding = binding;
    this.#cards = cardsIn(binding);
    this.#stop = binding.on("change", (change) => this.#changed(binding, change));
  }

  destroy(): void {
    this.#stop?.();
    clearInterval(this.#timer);
  }

  /** Says what was heard, if anything and if wanted. */
  speak(): void {
    const said = [this.#presence(), this.#summary()].filter((words) => words !== "");
    if (said.length > 0 && isOn()) this.#options.voice.tell(said.join(". "));
  }

  /** Who came, and who left; a page that is loaded again is neither. */
  #presence(): string {
    const { awareness, say, live } = this.#options;
    const before = this.#seen;
    const now = live() ? new Set(present(awareness).map((user) => user.name)) : undefined;
    this.#seen = now;
    if (!now || !before) return "";
    const here = (this.#here ??= new Set(now));
    const came = [...now].filter((name) => before.has(name) && !here.has(name));
    const left = [...here].filter((name) => !now.has(name) && !before.has(name));
    for (const name of came) here.add(name);
    for (const name of left) here.delete(name);
    return [...came.map((name) => say("came", { name })), ...left.map((name) => say("left", { name }))].join(". ");
  }

  /** What is new in what was heard: somebody who goes on in the same place is not. */
  #summary(): string {
    const { say } = this.#options;
    const now = Date.now();
    const places = new Set<string>();
    const news: { name: string; act: Act; where: string }[] = [];
    for (const [name, all] of this.#heard) {
      const called = new Map<Act, Set<string>>();
      for (const [id, act] of all) {
        const where = this.#placeName(name, id);
        const place = id === "" ? where : id;
        const known = this.#last.get(`${name}\n${place}`);
        this.#last.set(`${name}\n${place}`, now);
        if (act === "changed" && known !== undefined && now - known < pause) continue;
        places.add(place);
        called.set(act, (called.get(act) ?? new Set()).add(where));
      }
      for (const act of acts) {
        const where = called.get(act);
        if (where) news.push({ name, act, where: [...where].join(", ") });
      }
    }
    this.#heard = new Map();
    if (places.size > many) return say("changedMany", { people: [...new Set(news.map(({ name }) => name))].join(", "), count: places.size });
    return news.map(({ name, act, where }) => say(act === "changed" ? act : `others_${act}`, { name, where })).join(". ");
  }

  /** What a place is called; that of text outside cards after the heading above it, when the caret tells. */
  #placeName(name: string, id: string): string {
    const { say, keys, awareness } = this.#options;
    if (id !== "") return keys.of(id)?.key ?? say("aRequirement");
    const doc = this.#binding?.state.doc;
    let heading = "";
    for (const [client, state] of awareness.getStates()) {
      if (client === awareness.clientID || readUser(state["user"]).name !== name || !doc || !this.#binding) continue;
      const at = caretOf(this.#binding, awareness, doc, client);
      if (at === undefined) continue;
      doc.forEach((block, pos) => {
        if (block.type.name === "heading" && pos <= at) heading = shorten(block.textContent) || heading;
      });
    }
    return heading === "" ? say("theText") : say("theTextUnder", { heading });
  }

  #changed(binding: Binding, { transaction, flows }: Change): void {
    const before = this.#cards;
    if (flows.has("body")) this.#cards = cardsIn(binding);
    const { awareness, live, kept } = this.#options;
    // Catching up after a pause says nothing of who does what now, and what was kept here one wrote oneself,
    // under the number of an earlier page.
    if (transaction.local || !live() || kept(transaction.origin) || awareness.getStates().size < 2) return;
    const heard = new Map<string, Act>();
    for (const flow of flows) {
      const [part, id = ""] = flow.split(":");
      if (part !== "body") heard.set(part === "cell" ? "" : id, "changed");
    }
    if (flows.has("body")) {
      const whole = this.#wholeCards(binding, before);
      for (const [id, act] of whole) heard.set(id, act);
      if (whole.size === 0) heard.set("", "changed");
    }
    for (const name of this.#authors(transaction, flows)) {
      const all = this.#heard.get(name) ?? new Map<string, Act>();
      for (const [id, act] of heard) if (act !== "changed" || !all.has(id)) all.set(id, act);
      this.#heard.set(name, all);
    }
  }

  /** What became of requirements as a whole. */
  #wholeCards({ flows }: Binding, before: ReadonlyMap<string, number>): Map<string, Act> {
    const whole = new Map<string, Act>();
    for (const [id, place] of this.#cards) {
      if (!before.has(id)) whole.set(id, flows.removed.has(`requirement:${id}`) ? "back" : "added");
      else if (before.get(id) !== place) whole.set(id, "moved");
    }
    for (const id of before.keys()) if (!this.#cards.has(id)) whole.set(id, "removed");
    return whole;
  }

  #authors(transaction: Y.Transaction, flows: ReadonlySet<string>): Set<string> {
    const names = new Set<string>();
    for (const [client, clock] of transaction.afterState) {
      if ((transaction.beforeState.get(client) ?? 0) < clock) names.add(nameOf(this.#options.awareness, client));
    }
    const known = [...names].filter((name) => name !== "");
    if (known.length > 0) return new Set(known);
    return new Set([this.#options.whereabouts.whoIn((flow) => flows.has(flow)) || this.#options.say("somebody")]);
  }
}

const isOn = (): boolean => localStorage.getItem(switchName) !== "off";

/** Where the requirements that are shown stand, by id. */
function cardsIn({ flows }: Binding): Map<string, number> {
  const found = new Map<string, number>();
  for (const { reference } of flows.body.shown()) if (reference?.kind === "requirement") found.set(reference.id, reference.place);
  return found;
}

const nameOf = (awareness: Awareness, client: number): string => readUser(awareness.getStates().get(client % behindOthers)?.["user"]).name;
