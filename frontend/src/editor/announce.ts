// Says now and then what others changed, for who cannot see carets move. It can be switched off, and
// stays off.
import * as Y from "yjs";
import type { Awareness } from "y-protocols/awareness";
import type { Say } from "./config.ts";
import type { Keys } from "./keys.ts";

const interval = 5000;
const many = 3; // more changes than this are counted instead of named
const switchName = "samenwijk:announce";

export interface AnnouncerOptions {
  text: Y.XmlFragment;
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
  #timer: ReturnType<typeof setInterval>;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
    options.text.observeDeep(this.#changed);
    this.#timer = setInterval(() => this.speak(), interval);
  }

  static get on(): boolean {
    return localStorage.getItem(switchName) !== "off";
  }

  static set on(on: boolean) {
    localStorage.setItem(switchName, on ? "on" : "off");
  }

  destroy(): void {
    this.#options.text.unobserveDeep(this.#changed);
    clearInterval(this.#timer);
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

  readonly #changed = (events: Y.YEvent<Y.AbstractType<unknown>>[], transaction: Y.Transaction): void => {
    // Catching up after a pause says nothing of who does what now.
    if (transaction.local || this.#options.awareness.getStates().size < 2) return;
    const names = this.#authors(transaction);
    const ids = new Set(events.flatMap((event) => [...this.#places(event)]));
    for (const name of names) {
      const places = this.#heard.get(name) ?? new Set<string>();
      for (const id of ids) places.add(id);
      this.#heard.set(name, places);
    }
  };

  #authors(transaction: Y.Transaction): Set<string> {
    const names = new Set<string>();
    for (const [client, clock] of transaction.afterState) {
      if ((transaction.beforeState.get(client) ?? 0) < clock) names.add(nameOf(this.#options.awareness, client));
    }
    // What was only removed carries the number of who once wrote it, not of who removes it.
    const known = [...names].filter((name) => name !== "");
    return new Set(known.length > 0 ? known : [this.#options.say("somebody")]);
  }

  *#places(event: Y.YEvent<Y.AbstractType<unknown>>): Generator<string> {
    const around = requirementAround(event.target);
    if (around !== undefined) {
      yield around;
      return;
    }
    let requirements = 0;
    for (const item of event.changes.added) {
      const [type] = item.content.getContent() as unknown[];
      if (type instanceof Y.XmlElement && type.nodeName === "requirement") {
        requirements++;
        yield String(type.getAttribute("id") ?? "");
      }
    }
    if (requirements === 0) yield "";
  }
}

function nameOf(awareness: Awareness, client: number): string {
  const user: unknown = awareness.getStates().get(client)?.["user"];
  return typeof user === "object" && user !== null && "name" in user ? String(user.name) : "";
}

function requirementAround(type: unknown): string | undefined {
  let at: unknown = type;
  while (at instanceof Y.AbstractType) {
    if (at instanceof Y.XmlElement && at.nodeName === "requirement") return String(at.getAttribute("id") ?? "");
    at = at.parent;
  }
  return undefined;
}
