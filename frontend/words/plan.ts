// What will happen in a session, drawn from its seed before anything does: so it can be played again, and
// with less in it.
import { type ActName, weights } from "./acts.ts";
import { Random } from "./fixed.ts";
import type { ServerMaker } from "./server.ts";

export interface Step {
  do: "act" | "deliver" | "rest" | "foreign" | "server";
  site: number;
  act?: ActName;
  seed: number;
}

export interface Plan {
  seed: number;
  people: number;
  reader: boolean;
  foreign: boolean;
  server: boolean;
  planted: boolean;
  steps: Step[];
}

export interface Options {
  /** Whether the server takes part in every session instead of in some. */
  server?: ServerMaker | undefined;
  /** Called with each step, for who wants to see a session happen. */
  trace?: ((line: string) => void) | undefined;
  /** Everybody always has everything: then even the control must hold. */
  together?: boolean;
  without?: readonly ActName[];
}

/** Draws what will happen in the session with this seed. */
export function plan(seed: number, options: Options = {}): Plan {
  const random = new Random(seed);
  const people = random.chance(0.35) ? 3 : 2;
  const out: Plan = {
    seed,
    people,
    reader: random.chance(0.25),
    foreign: random.chance(0.15),
    server: options.server !== undefined,
    planted: random.chance(0.65),
    steps: [],
  };
  const all: Partial<Record<ActName, number>> = { ...weights };
  for (const act of options.without ?? []) delete all[act];
  const acts = 25 + random.int(50);
  let left = 0;
  let online = 0.5;
  let burst: ActName | undefined;
  let away = -1;
  for (let i = 0; i < acts; i++) {
    if (left-- <= 0) {
      left = 3 + random.int(12);
      online = random.pick([0, 0, 0.3, 0.6, 1, 1, 2]);
      away = random.chance(0.2) ? random.int(people) : -1;
      // A span in which all do the same brings out what they do to each other.
      burst = random.chance(0.15) ? random.weighted(all) : undefined;
      if (random.chance(0.12)) out.steps.push({ do: "rest", site: 0, seed: random.seed() });
    }
    const site = random.int(people);
    const act = burst !== undefined && random.chance(0.5) ? burst : random.weighted(all);
    out.steps.push({ do: "act", site, act, seed: random.seed() });
    if (options.together) {
      out.steps.push({ do: "rest", site: 0, seed: 1 });
      continue;
    }
    if (out.foreign && random.chance(0.08)) out.steps.push({ do: "foreign", site: 0, seed: random.seed() });
    if (out.server && random.chance(0.08)) out.steps.push({ do: "server", site: 0, seed: random.seed() });
    for (let n = online * (people + 1); n > 0; n--) {
      if (n < 1 && !random.chance(n)) break;
      const to = random.int(people + 3);
      if (to !== away) out.steps.push({ do: "deliver", site: to, seed: random.seed() });
    }
  }
  out.steps.push({ do: "rest", site: 0, seed: random.seed() });
  return out;
}
