// Says now and then what others changed, for who cannot see carets move. It can be switched off, and
// stays off.
import type * as Y from "yjs";
import type { Awareness } from "y-protocols/awareness";
import type { Binding, Change } from "./binding/index.ts";
import type { Say } from "./config.ts";
import type { Keys } from "./keys.ts";

const interval = 5000;
const many = 3; // more changes than this are counted instead of named
const switchName = "samenwijk:announce";

export interface AnnouncerOptions {
  awareness: Awareness;
  keys: Keys;
  say: Say;
  /** A polite live region. */
  region: HTMLElement;
}

export class Announcer {
  readonly #options: AnnouncerOptions;
  /** Who changed what since the last summary; an empty id is text outside requirements. */
  #heard = new Map<string, Set<string>>();
  #cards = new Set<string>();
  #timer: ReturnType<typeof setInterval>;
  #stop: (() => void) | undefined;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.speak(), interval);
  }

  static get on(): boolean {
    return localStorage.getItem(switchName) !== "off";
  }

  static set on(on: boolean) {
    localStorage.setItem(switchName, on ? "on" : "off");
  }

  /** Listens to this editor instead of the one before. */
  follow(binding: Binding): void {
    this.#stop?.();
    this.#cards = cardsIn(binding);
    this.#stop = binding.on("change", (change) => this.#changed(binding, change));
  }

  destroy(): void {
    this.#stop?.();
    clearInterval(this.#timer);
  }

  /** Says what was done here, at once. */
  tell(words: string): void {
    this.#options.region.textContent = words;
  }

  /** Says what was heard, if anything and if wanted. */
  speak(): void {
    const heard = this.#heard;
    this.#heard = new Map();
    if (heard.size === 0 || !Announcer.on) return;
    this.#options.region.textContent = this.#summary(heard);
  }

  #summary(heard: Map<string, Set<string>>): string {
    const { say, keys } = this.#options;
    const places = new Set([...heard.values()].flatMap((ids) => [...ids]));
    if (places.size > many) {
      return say("changedMany", { people: [...heard.keys()].join(", "), count: places.size });
    }
    return [...heard]
      .map(([name, ids]) => {
        const where = [...ids].map((id) => (id === "" ? say("theText") : (keys.of(id)?.key ?? say("aRequirement"))));
        return say("changed", { name, where: where.join(", ") });
      })
      .join(". ");
  }

  #changed(binding: Binding, { transaction, flows }: Change): void {
    const before = this.#cards;
    if (flows.has("body")) this.#cards = cardsIn(binding);
    // Catching up after a pause says nothing of who does what now.
    if (transaction.local || this.#options.awareness.getStates().size < 2) return;
    const came = [...this.#cards].filter((id) => !before.has(id));
    const places = new Set<string>(came);
    for (const flow of flows) {
      const [part, id = ""] = flow.split(":");
      if (part === "body" ? came.length === 0 : true) places.add(part === "body" || part === "cell" ? "" : id);
    }
    for (const name of this.#authors(transaction)) {
      const all = this.#heard.get(name) ?? new Set<string>();
      for (const place of places) all.add(place);
      this.#heard.set(name, all);
    }
  }

  #authors(transaction: Y.Transaction): Set<string> {
    const names = new Set<string>();
    for (const [client, clock] of transaction.afterState) {
      if ((transaction.beforeState.get(client) ?? 0) < clock) names.add(nameOf(this.#options.awareness, client));
    }
    // What was only removed carries the number of who once wrote it, not of who removes it.
    const known = [...names].filter((name) => name !== "");
    return new Set(known.length > 0 ? known : [this.#options.say("somebody")]);
  }
}

/** The requirements that are shown, by id. */
function cardsIn({ flows }: Binding): Set<string> {
  const found = new Set<string>();
  for (const { reference } of flows.body.shown()) if (reference?.kind === "requirement") found.add(reference.id);
  return found;
}

function nameOf(awareness: Awareness, client: number): string {
  const user: unknown = awareness.getStates().get(client)?.["user"];
  return typeof user === "object" && user !== null && "name" in user ? String(user.name) : "";
}
