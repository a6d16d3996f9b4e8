// Where others were a moment ago. What somebody removes carries the number of who once wrote it, not of who
// removes it; but whoever removes something was there.
import type { Awareness } from "y-protocols/awareness";
import { readUser } from "./presence.ts";

const moment = 5_000; // milliseconds

interface Been {
  name: string;
  flow: string;
  /** When they went on to another place; undefined while they are here. */
  until: number | undefined;
}

export class Whereabouts {
  readonly #awareness: Awareness;
  readonly #been = new Map<number, Been[]>();

  constructor(awareness: Awareness) {
    this.#awareness = awareness;
    awareness.on("change", ({ added, updated, removed }: { added: number[]; updated: number[]; removed: number[] }) => {
      for (const client of [...added, ...updated, ...removed]) if (client !== awareness.clientID) this.#note(client);
    });
  }

  #note(client: number): void {
    const state = this.#awareness.getStates().get(client);
    const name = readUser(state?.["user"]).name;
    const flow = flowOf(state?.["cursor"]);
    const now = Date.now();
    const been = (this.#been.get(client) ?? []).filter((place) => place.until === undefined || now - place.until < moment);
    const here = been.find((place) => place.until === undefined);
    if (here?.flow === flow && here.name === name) return;
    if (here) here.until = now;
    if (flow !== "" && name !== "") been.push({ name, flow, until: undefined });
    if (been.length > 0) this.#been.set(client, been);
    else this.#been.delete(client);
  }

  /** The name of who writes under this number and is here; nothing when nobody is. */
  nameOf(client: number): string {
    return readUser(this.#awareness.getStates().get(client)?.["user"]).name;
  }

  /** The name of who is in one of these flows, or was a moment ago; nothing when it may be one of more. */
  whoIn(isThere: (flow: string) => boolean): string {
    const now = Date.now();
    const names = new Set<string>();
    for (const been of this.#been.values()) {
      for (const { name, flow, until } of been) if (isThere(flow) && (until === undefined || now - until < moment)) names.add(name);
    }
    const [only = ""] = names;
    return names.size === 1 ? only : "";
  }
}

function flowOf(cursor: unknown): string {
  const head: unknown = typeof cursor === "object" && cursor !== null && "head" in cursor ? cursor.head : undefined;
  return typeof head === "object" && head !== null && "flow" in head && typeof head.flow === "string" ? head.flow : "";
}
