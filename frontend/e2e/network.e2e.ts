// The editor's own line to the server, on a network that delays, resets, narrows and falls silent: what
// people type arrives once, and all have the same text when the network is good again. It runs the
// provider of the page against the real program, without a browser, so that a storm takes seconds.
import { createServer, connect, type AddressInfo, type Server, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { NetConnectOpts } from "node:net";
import { type ClientOptions, WebSocket } from "ws";
import * as Y from "yjs";
import { version } from "../src/editor/binding/index.ts";
import { LiveProvider } from "../src/editor/provider.ts";
import { Program, until } from "./harness.ts";

/** What happens to a connection; a rate of 3 is one in three. */
interface Weather {
  delay?: number; // milliseconds, at most, for each piece
  cut?: number; // bytes after which it is reset, on average
  silent?: number; // rate of connections that are taken and then say nothing more
  bandwidth?: number; // bytes a second, each way
}

/** A network between the editors and the program. */
class Road {
  weather: Weather = {};
  connections = 0;
  cuts = 0;
  silences = 0;
  private readonly open = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly dice: () => number,
  ) {}

  static async to(port: number, dice: () => number): Promise<Road> {
    const server = createServer();
    const road = new Road(server, dice);
    server.on("connection", (near) => road.carry(near, connect(port, "127.0.0.1")));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return road;
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private carry(near: Socket, far: Socket): void {
    this.connections++;
    const { cut, silent } = this.weather;
    const mute = silent !== undefined && this.dice() < 1 / silent ? this.dice() * 6000 : Infinity;
    const end = cut === undefined ? Infinity : this.dice() * 2 * cut;
    let moved = 0;
    if (mute !== Infinity) this.silences++;
    const move = (from: Socket, to: Socket): void => {
      this.open.add(from);
      from.on("error", () => undefined); // a reset is what this is about
      from.on("close", () => {
        this.open.delete(from);
        if (moved <= mute) to.destroy();
      });
      from.on("data", (piece: Buffer) => {
        moved += piece.length;
        if (moved > mute) return; // the connection stays, and nothing comes
        if (moved > end && this.weather.cut !== undefined) {
          this.cuts++;
          from.resetAndDestroy();
          to.resetAndDestroy();
          return;
        }
        const { delay = 0, bandwidth = Infinity } = this.weather;
        from.pause(); // pieces keep their order
        setTimeout(
          () => {
            if (!to.destroyed) to.write(piece);
            from.resume();
          },
          this.dice() * delay + (piece.length / bandwidth) * 1000,
        );
      });
    };
    move(near, far);
    move(far, near);
  }

  async close(): Promise<void> {
    for (const socket of this.open) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Random numbers that can be had again (mulberry32). */
function dice(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Somebody who is signed in, as far as the line to the server needs it. */
interface Person {
  cookie: string;
  csrf: string;
  document: string;
}

let program: Program;
const browsersFetch = globalThis.fetch;

beforeAll(async () => {
  program = await Program.start();
});

afterEach(() => {
  globalThis.fetch = browsersFetch;
});

afterAll(async () => {
  await program?.stop();
});

/** Signs in by the forms of the pages, and reads from a programme's page what its editor is told. */
async function arrive(name: string): Promise<Person> {
  const form = await (await fetch(`${program.url}/inloggen`)).text();
  const button = [...form.matchAll(/<button[^>]*name="persoon"[^>]*value="([^"]+)"[^>]*>([\s\S]*?)<\/button>/g)].find(([, , label]) => label?.includes(name));
  const csrf = /name="csrf"[^>]*value="([^"]+)"/.exec(form)?.[1];
  const answer = await fetch(`${program.url}/inloggen/demonstratie`, {
    method: "POST",
    redirect: "manual",
    headers: { Origin: program.url },
    body: new URLSearchParams({ csrf: csrf ?? "", persoon: button?.[1] ?? "" }),
  });
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  const page = async (path: string): Promise<string> => (await fetch(program.url + path, { headers: { Cookie: cookie } })).text();
  const path = /href="(\/programmas\/[0-9a-f-]{36})"/.exec(await page("/programmas"))?.[1] ?? "";
  const told = /data-editor="([^"]+)"/.exec(await page(path))?.[1] ?? "{}";
  const config = JSON.parse(told.replaceAll("&#34;", '"').replaceAll("&quot;", '"').replaceAll("&amp;", "&")) as Person;
  return { cookie, csrf: config.csrf, document: config.document };
}

test.each<[string, Weather]>([
  ["delays", { delay: 60 }],
  ["resets connections", { cut: 15_000 }],
  ["is narrow", { bandwidth: 20_000 }],
  ["falls silent", { silent: 2, cut: 40_000 }],
  ["does all of it", { delay: 20, cut: 20_000, silent: 5, bandwidth: 80_000 }],
])("after a network that %s everybody has everything, once, and it is saved", async (weather, bad) => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = dice(seed);
  console.log(`random choices from seed ${seed}`);
  const people = [await arrive("coördinator"), await arrive("docent"), await arrive("ondernemer")];
  const road = await Road.to(Number(new URL(program.url).port), random);
  road.weather = bad;
  // What a browser adds by itself: who asks, and from which page.
  globalThis.fetch = (input, init) => {
    const headers = new Headers(init?.headers);
    const who = people.find((p) => p.csrf === headers.get("X-CSRF-Token"));
    headers.set("Cookie", who?.cookie ?? "");
    headers.set("Origin", program.url);
    return browsersFetch(input, { ...init, headers });
  };
  const providers = people.map(
    (who) =>
      new LiveProvider({
        doc: new Y.Doc(),
        ticket: `http://${road.host}/live/${who.document}/ticket`,
        socket: `ws://${road.host}/live/${who.document}`,
        csrf: who.csrf,
        schema: version,
        mode: "write",
        silence: 1500,
        random: () => random() * 0.2, // people wait longer
        connect: (url, protocol) => {
          const socket = new WebSocket(url, protocol, {
            headers: { Origin: program.url },
            perMessageDeflate: false,
            // Closed while it connects, ws lets go of its socket without listening for a reset.
            createConnection: ((to: NetConnectOpts) => connect(to).on("error", () => undefined)) as typeof connect,
          } as ClientOptions);
          socket.on("error", () => undefined); // in Node an error that nobody listens for ends the program; in a browser it does not
          return socket as unknown as globalThis.WebSocket;
        },
      }),
  );
  try {
    const typed: string[] = [];
    await Promise.all(
      providers.map(async (provider, i) => {
        void provider.start();
        const text = provider.doc.getText(weather);
        for (let n = 0; n < 100; n++) {
          const word = `[${i}.${n}]`;
          typed.push(word);
          const words = text.toJSON().match(/\[[^\]]*\]/g) ?? [];
          const before = words.slice(0, Math.floor(random() * (words.length + 1))).join("").length;
          text.insert(before, word);
          await new Promise((resolve) => setTimeout(resolve, random() * 30)); // people type at a pace
        }
      }),
    );
    const happened = `${road.connections} connections, ${road.cuts} resets, ${road.silences} silences`;
    road.weather = {};
    const healed = Date.now();
    await until("all is saved", () => providers.every((p) => p.status.line === "live" && p.status.saved === "saved" && !p.dirty), 40);
    const texts = (): string[] => providers.map((p) => p.doc.getText(weather).toJSON());
    await until("all have the same text", () => new Set(texts()).size === 1 && (texts()[0]?.length ?? 0) >= typed.join("").length, 20);
    console.log(`${happened}; ${Date.now() - healed} ms after the network was good, all had ${typed.length} words`);
    const found = texts()[0]?.match(/\[[^\]]*\]/g) ?? [];
    expect([...found].sort()).toEqual([...typed].sort());
  } finally {
    await Promise.all(providers.map((p) => p.destroy()));
    await road.close();
  }
});
