// The keys of requirements, "PVE-12". The server gives them out; until it did, a requirement waits.
import { newID } from "./id.ts";

export interface Known {
  key: string;
  /** Type, priority and status in words, on one line. */
  facts: string;
}

export interface KeysOptions {
  list: string;
  add: string;
  csrf: string;
  mayWrite: () => boolean;
  /** Another document uses this id: the requirement here must get a new one. */
  taken: (id: string, instead: string) => void;
}

const patience = 1500; // how long the one who inserted a requirement has to ask for its key first

export class Keys {
  readonly #options: KeysOptions;
  readonly #known = new Map<string, Known>();
  readonly #waiting = new Set<string>();
  readonly #asking = new Set<string>();
  readonly #refused = new Set<string>(); // the server will not give these a key, however often it is asked
  readonly #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: KeysOptions) {
    this.#options = options;
  }

  /** What is known of a requirement. Asking for one without a key makes sure that it gets one. */
  of(id: string): Known | undefined {
    const known = this.#known.get(id);
    if (!known && id !== "" && !this.#refused.has(id)) {
      this.#waiting.add(id);
      this.#timer ??= setTimeout(() => void this.#settle(), patience);
    }
    return known;
  }

  /** Calls listener whenever something became known. */
  observe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads every key, and asks for those that are missing. */
  async refresh(): Promise<void> {
    try {
      const answer = await fetch(this.#options.list, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      for (const requirement of requirementsOf(await answer.json())) this.#learn(requirement);
      this.#tell();
    } catch {
      // Without a connection they stay pending; the next one that is asked for tries again.
    }
  }

  /** Asks for the key of a requirement that was inserted here. */
  async add(id: string): Promise<void> {
    if (this.#asking.has(id) || this.#known.has(id)) return;
    this.#asking.add(id);
    try {
      const answer = await fetch(this.#options.add, {
        method: "POST",
        headers: {
          "X-CSRF-Token": this.#options.csrf,
          Accept: "application/json",
          "Content-Type": "application/x-www-form-urlencoded",
        },
        body: new URLSearchParams({ id }),
      });
      if (answer.status === 409) {
        this.#waiting.delete(id);
        this.#options.taken(id, newID());
      } else if (answer.ok) {
        this.#learn(requirementOf(await answer.json()));
        this.#tell();
      } else if (answer.status === 422) {
        this.#waiting.delete(id);
        this.#refused.add(id);
      }
    } catch {
      // It stays pending and is asked for again when there is a connection.
    } finally {
      this.#asking.delete(id);
    }
  }

  /** Tries again for what is pending, after a connection came back. */
  async settle(): Promise<void> {
    if (this.#waiting.size > 0) await this.#settle();
  }

  async #settle(): Promise<void> {
    this.#timer = undefined;
    await this.refresh();
    if (!this.#options.mayWrite()) return;
    for (const id of [...this.#waiting]) await this.add(id);
  }

  #learn(found: Known & { id: string }): void {
    this.#known.set(found.id, { key: found.key, facts: found.facts });
    this.#waiting.delete(found.id);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function requirementsOf(answer: unknown): (Known & { id: string })[] {
  const list = (answer as { requirements?: unknown }).requirements;
  if (!Array.isArray(list)) throw new Error("the answer holds no requirements");
  return list.map(requirementOf);
}

function requirementOf(answer: unknown): Known & { id: string } {
  const { id, key, facts } = answer as Record<string, unknown>;
  if (typeof id !== "string" || typeof key !== "string") throw new Error("the answer holds no key");
  return { id, key, facts: typeof facts === "string" ? facts : "" };
}
