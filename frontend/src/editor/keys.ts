// The keys of requirements, "PVE-12". The server gives one to each requirement that it finds in the saved
// text; who inserts a requirement asks for its key without waiting for that.

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
}

const patience = 1500; // how long the one who inserted a requirement has to ask for its key first
const longest = 60_000; // between two times that nothing came
const atOnce = 500; // ids in one request
const turns = 20; // of a list that does not come in one go

export class Keys {
  readonly #options: KeysOptions;
  readonly #known = new Map<string, Known>();
  readonly #waiting = new Set<string>();
  readonly #asked = new Set<string>();
  readonly #refused = new Set<string>(); // the server will not give these a key, however often it is asked
  readonly #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #patience = patience;
  #asking: Promise<void> | undefined;

  constructor(options: KeysOptions) {
    this.#options = options;
  }

  /** What is known of a requirement. Asking for one without a key makes sure that it gets one. */
  of(id: string): Known | undefined {
    const known = this.#known.get(id);
    if (!known && id !== "" && !this.#refused.has(id)) {
      this.#waiting.add(id);
      this.#timer ??= setTimeout(() => void this.#settle(), this.#patience);
    }
    return known;
  }

  /** What is known of a requirement, without asking for more. */
  known(id: string): Known | undefined {
    return this.#known.get(id);
  }

  /** Calls listener whenever something became known. */
  observe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads every key, those included that the server gives out because they are missing. */
  async refresh(): Promise<void> {
    try {
      for (let turn = 0, more = true; more && turn < turns; turn++) {
        const answer = await fetch(this.#options.list, { headers: { Accept: "application/json" } });
        if (!answer.ok) return;
        const told: unknown = await answer.json();
        for (const requirement of requirementsOf(told)) this.#learn(requirement);
        more = (told as { more?: unknown }).more === true;
        this.#tell();
      }
    } catch {
      // Without a connection they stay pending; the next one that is asked for tries again.
    }
  }

  /** Asks for the key of a requirement that was inserted here, together with all that are asked for at this
   * moment. */
  async add(id: string): Promise<void> {
    if (this.#known.has(id)) return;
    this.#asked.add(id);
    this.#asking ??= this.#ask();
    await this.#asking;
  }

  /** Tries again for what is pending, after a connection came back. */
  async settle(): Promise<void> {
    if (this.#waiting.size > 0) await this.#settle();
  }

  async #settle(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const before = this.#known.size;
    await this.refresh();
    if (this.#options.mayWrite()) await Promise.all([...this.#waiting].map((id) => this.add(id)));
    this.#patience = this.#known.size > before ? patience : Math.min(2 * this.#patience, longest);
  }

  async #ask(): Promise<void> {
    await Promise.resolve(); // for the others of this moment
    try {
      while (this.#asked.size > 0) {
        const ids = [...this.#asked].slice(0, atOnce);
        for (const id of ids) this.#asked.delete(id);
        await this.#post(ids);
      }
    } catch {
      this.#asked.clear(); // they stay pending and are asked for again when there is a connection
    } finally {
      this.#asking = undefined;
    }
  }

  async #post(ids: readonly string[]): Promise<void> {
    const answer = await fetch(this.#options.add, {
      method: "POST",
      headers: {
        "X-CSRF-Token": this.#options.csrf,
        Accept: "application/json",
        "Content-Type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams({ id: ids.join(" ") }),
    });
    if (!answer.ok && answer.status !== 422) return;
    if (answer.ok) for (const requirement of requirementsOf(await answer.json())) this.#learn(requirement);
    for (const id of ids) if (!this.#known.has(id)) this.#refuse(id); // the text has all the keys it may have
    this.#tell();
  }

  #refuse(id: string): void {
    this.#waiting.delete(id);
    this.#refused.add(id);
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
