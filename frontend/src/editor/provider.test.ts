import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WebSocket as Socket } from "ws";
import * as Y from "yjs";
import type { Early } from "../early.ts";
import { Double } from "./double.ts";
import * as protocol from "./protocol.ts";
import { LiveProvider, type LocalCopy, type ProviderOptions } from "./provider.ts";

let server: Double;
let providers: LiveProvider[] = [];

beforeEach(async () => {
  server = await Double.start();
});

afterEach(async () => {
  await Promise.all(providers.map((p) => p.destroy()));
  providers = [];
  await server.stop();
});

function join(options: Partial<ProviderOptions> = {}): LiveProvider {
  const provider = new LiveProvider({
    doc: new Y.Doc(),
    ticket: `http://${server.host}/live/d/ticket`,
    socket: `ws://${server.host}/live/d`,
    csrf: "token",
    schema: 1,
    mode: "write",
    random: () => 0,
    connect: (url, protocols) => {
      const socket = new Socket(url, protocols);
      socket.on("error", () => undefined); // in Node an error that nobody listens for ends the program
      return socket as unknown as WebSocket;
    },
    ...options,
  });
  providers.push(provider);
  void provider.start();
  return provider;
}

const text = (p: LiveProvider): Y.Text => p.doc.getText("t");
const soon = { timeout: 20_000, interval: 5 }; // a machine may be busy
const until = (check: () => void): Promise<void> => vi.waitFor(check, soon);
const live = (p: LiveProvider): Promise<void> => until(() => expect(p.status.line).toBe("live"));
const saved = (p: LiveProvider): Promise<void> => until(() => expect([p.status.saved, p.dirty]).toEqual(["saved", false]));

test("two people see what the other types", async () => {
  const [ana, bo] = [join(), join()];
  await Promise.all([live(ana), live(bo)]);
  text(ana).insert(0, "hallo");
  await until(() => expect(text(bo).toJSON()).toBe("hallo"));
  text(bo).insert(5, " buur");
  await until(() => expect(text(ana).toJSON()).toBe("hallo buur"));
  await Promise.all([saved(ana), saved(bo)]);
});

test("it is not saved before the server says so", async () => {
  const ana = join();
  await live(ana);
  server.answering = false;
  text(ana).insert(0, "x");
  await until(() => expect(server.text()).toBe("x"));
  expect(ana.status.saved).toBe("saving");
  server.answering = true;
  await saved(ana);
});

test("an answer to an earlier mark does not make a later change saved", async () => {
  const ana = join();
  await live(ana);
  await saved(ana);
  server.answering = false;
  text(ana).insert(0, "a");
  await until(() => expect(server.text()).toBe("a"));
  text(ana).insert(1, "b");
  const told: string[] = [];
  ana.observe((status) => told.push(status.saved));
  server.answering = true; // answers the first mark; the second has not been sent yet
  await until(() => expect(server.text()).toBe("ab"));
  await saved(ana);
  expect(told.indexOf("saved")).toBe(told.length - 1);
});

test("what is typed in one breath goes out as one update", async () => {
  const ana = join();
  await live(ana);
  await until(() => expect(server.updates).toBe(1)); // what it has, when the server asked
  const before = server.updates;
  for (const letter of "een zin") text(ana).insert(text(ana).length, letter);
  await until(() => expect(server.text()).toBe("een zin"));
  expect(server.updates - before).toBe(1);
});

test("what was typed without a connection is merged when it is back, and nothing is doubled", async () => {
  const [ana, bo] = [join(), join()];
  await Promise.all([live(ana), live(bo)]);
  text(ana).insert(0, "samen ");
  await until(() => expect(text(bo).toJSON()).toBe("samen "));
  server.ticketStatus = 503;
  server.drop();
  await until(() => expect(ana.status.line).toBe("waiting"));
  text(ana).insert(6, "werken");
  text(bo).insert(0, "wij ");
  server.ticketStatus = 200;
  await until(() => expect(server.text()).toBe("wij samen werken"));
  await Promise.all([saved(ana), saved(bo)]);
  expect([text(ana).toJSON(), text(bo).toJSON()]).toEqual(["wij samen werken", "wij samen werken"]);
});

test("who merges is told what the server knows of it, before the rest comes in", async () => {
  const doc = new Y.Doc();
  const seen: [number, string][] = [];
  const merge = (known: ReadonlyMap<number, number>, bringIn: () => void): void => {
    const before = doc.getText("t").toJSON();
    bringIn();
    seen.push([known.get(doc.clientID) ?? 0, `${before} → ${doc.getText("t").toJSON()}`]);
  };
  const ana = join({ doc, merge });
  await live(ana);
  text(ana).insert(0, "samen ");
  await saved(ana);
  server.ticketStatus = 503;
  server.drop();
  await until(() => expect(ana.status.line).toBe("waiting"));
  text(ana).insert(6, "werken");
  server.doc.getText("t").insert(0, "wij ");
  server.ticketStatus = 200;
  await until(() => expect(server.text()).toBe("wij samen werken"));
  expect(seen).toEqual([[0, " → "], [6, "samen werken → wij samen werken"]]);
});

test("a change that went down with its connection is not called saved until it is sent again", async () => {
  const ana = join();
  await live(ana);
  server.answering = false;
  text(ana).insert(0, "kwijt?");
  await until(() => expect(server.text()).toBe("kwijt?"));
  const lines: string[] = [];
  ana.observe((status) => lines.push(status.line));
  server.drop();
  await until(() => expect(lines).toContain("waiting"));
  expect(ana.dirty).toBe(true);
  server.answering = true;
  await saved(ana);
  expect(server.text()).toBe("kwijt?");
});

test("each connection has a ticket of its own", async () => {
  const ana = join();
  await live(ana);
  for (const code of [1012, 1006, 4401]) {
    const before = server.tickets.length;
    server.drop(code === 1006 ? undefined : code);
    await until(() => expect(server.tickets.length).toBeGreaterThan(before));
    await live(ana);
  }
  expect(new Set(server.tickets).size).toBe(server.tickets.length);
});

test.each([
  [4403, "forbidden"],
  [4404, "gone"],
  [4409, "epoch"],
  [4413, "too-large"],
  [4422, "content"],
  [4426, "outdated"],
] as const)("after close %i nobody comes back, and the text stays", async (code, why) => {
  const ana = join();
  await live(ana);
  text(ana).insert(0, "blijft");
  await saved(ana);
  const tickets = server.tickets.length;
  server.drop(code);
  await until(() => expect(ana.status).toMatchObject({ line: "stopped", why, mode: "read" }));
  expect(text(ana).toJSON()).toBe("blijft");
  ana.retry();
  expect(server.tickets.length).toBe(tickets);
  text(ana).insert(0, "te laat ");
  await until(() => expect(ana.status.saved).toBe("unsaved"));
});

test.each([
  [401, "signed-out"],
  [403, "forbidden"],
  [421, "elsewhere"],
  [404, "gone"],
] as const)("a ticket refused with %i ends it", async (status, why) => {
  server.ticketStatus = status;
  const ana = join();
  await until(() => expect(ana.status).toMatchObject({ line: "stopped", why }));
});

test("a refused change is not saved, and is offered again", async () => {
  const ana = join();
  await live(ana);
  server.refuse = 4401;
  text(ana).insert(0, "nee");
  await until(() => expect(ana.status.saved).toBe("unsaved"));
  server.refuse = undefined;
  await saved(ana);
  expect(server.text()).toBe("nee");
});

test("what is refused for good ends it", async () => {
  const ana = join();
  await live(ana);
  server.refuse = 4413;
  text(ana).insert(0, "nee");
  await until(() => expect(ana.status).toMatchObject({ line: "stopped", why: "too-large", saved: "unsaved" }));
});

test("a reader sends nothing", async () => {
  server.doc.getText("t").insert(0, "lees mij");
  server.mode = "read";
  const ana = join();
  await live(ana);
  expect(ana.status.mode).toBe("read");
  text(ana).insert(0, "stiekem ");
  await until(() => expect(ana.status.saved).toBe("saving"));
  expect(server.updates).toBe(0);
  expect(server.connections).toBe(1);
});

test("an editor that is too old changes nothing", async () => {
  server.schema = 2;
  const ana = join();
  await live(ana);
  expect(ana.status.outdated).toBe(true);
  text(ana).insert(0, "oud");
  await until(() => expect(ana.dirty).toBe(true));
  expect(server.updates).toBe(0);
});

test("what cannot be cut and the server would refuse for its size is not sent", async () => {
  server.maxUpdateBytes = 200;
  const ana = join();
  await live(ana);
  await saved(ana);
  ana.doc.getMap("m").set("k", "x".repeat(500));
  await until(() => expect(ana.status).toMatchObject({ line: "stopped", why: "too-large", saved: "unsaved" }));
  expect(server.updates).toBeLessThan(2);
});

test("what is larger than one message goes in pieces, and is saved when all of it is", async () => {
  server.maxUpdateBytes = 400;
  const ana = join();
  await live(ana);
  await saved(ana);
  const told: string[] = [];
  ana.observe((status) => told.push(status.saved));
  const before = server.updates;
  text(ana).insert(0, "een lange tekst ".repeat(60));
  text(ana).insert(0, "begin ");
  await until(() => expect(server.updates).toBeGreaterThan(before + 1));
  text(ana).insert(0, "nog iets, onderweg ");
  await saved(ana);
  expect(server.text()).toBe(text(ana).toJSON());
  expect(server.updates).toBeGreaterThan(before + 3);
  expect(told.lastIndexOf("saving")).toBe(told.length - 2); // once saved, and at the end
});

test("what was typed for hours without a connection arrives, also when the line breaks on the way", async () => {
  server.maxUpdateBytes = 400;
  const ana = join();
  await live(ana);
  await saved(ana);
  server.ticketStatus = 503;
  server.drop();
  await until(() => expect(ana.status.line).toBe("waiting"));
  for (let i = 0; i < 150; i++) text(ana).insert(0, `woord ${i} `);
  server.ticketStatus = 200;
  ana.retry();
  const before = server.updates;
  await until(() => expect(server.updates).toBeGreaterThan(before + 1));
  server.drop();
  await saved(ana);
  expect(server.text()).toBe(text(ana).toJSON());
});

test("a socket that says nothing any more is given up", async () => {
  const ana = join({ silence: 500 });
  await live(ana);
  const before = server.tickets.length;
  server.deaf = true;
  await until(() => expect(server.tickets.length).toBeGreaterThan(before));
  server.deaf = false;
  text(ana).insert(0, "terug");
  await until(() => expect(server.text()).toBe("terug"));
});

test("a quiet line stays open when the server answers", async () => {
  const ana = join({ silence: 600 });
  await live(ana);
  const began = Date.now();
  await until(() => expect(Date.now() - began).toBeGreaterThan(2400));
  expect(server.tickets.length).toBe(1);
  expect(ana.status.line).toBe("live");
});

test("bytes that are no message end the connection and change nothing", async () => {
  const quiet = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const ana = join();
  await live(ana);
  text(ana).insert(0, "heel");
  await saved(ana);
  const before = server.tickets.length;
  server.shout(Uint8Array.of(0, 2, 200, 1));
  await until(() => expect(server.tickets.length).toBeGreaterThan(before));
  await live(ana);
  expect(text(ana).toJSON()).toBe("heel");
  quiet.mockRestore();
});

test("others see who is there, and who left", async () => {
  const [ana, bo] = [join(), join()];
  await Promise.all([live(ana), live(bo)]);
  ana.awareness.setLocalStateField("user", { name: "Ana" });
  const seen = () => bo.awareness.getStates().get(ana.doc.clientID)?.["user"];
  await until(() => expect(seen()).toEqual({ name: "Ana" }));
  ana.leave();
  await until(() => expect(seen()).toBeUndefined());
  ana.retry();
  await until(() => expect(seen()).toEqual({ name: "Ana" }));
});

test("without a connection nobody else is shown as present", async () => {
  const [ana, bo] = [join(), join()];
  await Promise.all([live(ana), live(bo)]);
  await until(() => expect(ana.awareness.getStates().size).toBe(2));
  server.ticketStatus = 503;
  server.drop();
  await until(() => expect(ana.awareness.getStates().size).toBe(1));
});

/** What a device keeps, in memory: it fails and forgets when told to. */
class Shelf {
  updates: Uint8Array[] = [];
  dirty = false;
  full = false;

  open = (doc: Y.Doc, epoch: number): LocalCopy => {
    const copy: LocalCopy = {
      epoch,
      loaded: Promise.resolve().then(() => {
        for (const update of this.updates) Y.applyUpdate(doc, update, copy);
        return this.dirty;
      }),
      keep: (dirty) => {
        if (this.full) return Promise.reject(new Error("full"));
        this.updates = [Y.encodeStateAsUpdate(doc)];
        this.dirty = dirty;
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    };
    return copy;
  };
}

test("what was typed offline survives a closed browser and is sent when there is a line again", async () => {
  const shelf = new Shelf();
  const ana = join({ openCopy: shelf.open });
  await live(ana);
  text(ana).insert(0, "een");
  await saved(ana);
  server.ticketStatus = 503;
  server.drop();
  await until(() => expect(ana.status.line).toBe("waiting"));
  text(ana).insert(3, " twee");
  await until(() => expect(ana.status.saved).toBe("offline"));
  await ana.destroy();

  const again = join({ openCopy: shelf.open, lastEpoch: 1 });
  await until(() => expect(text(again).toJSON()).toBe("een twee"));
  expect([again.status.loaded, again.dirty]).toEqual([true, true]);
  server.ticketStatus = 200;
  await until(() => expect(server.text()).toBe("een twee"));
  await saved(again);
  expect(shelf.dirty).toBe(false);
});

test("a device that keeps nothing is never called a place where something is kept", async () => {
  const quiet = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const shelf = new Shelf();
  shelf.full = true;
  const ana = join({ openCopy: shelf.open });
  await live(ana);
  server.ticketStatus = 503;
  server.drop();
  await until(() => expect(ana.status.line).toBe("waiting"));
  const told: string[] = [];
  ana.observe((status) => told.push(status.saved));
  text(ana).insert(0, "x");
  await until(() => expect(ana.status.saved).toBe("unsaved"));
  expect(told).not.toContain("offline");
  quiet.mockRestore();
});

test("a copy of another epoch is never merged", async () => {
  const shelf = new Shelf();
  const ana = join({ openCopy: shelf.open });
  await live(ana);
  text(ana).insert(0, "oud");
  await saved(ana);
  await ana.destroy();

  server.epoch = 2;
  server.doc.getText("t").delete(0, 3);
  const again = join({ openCopy: shelf.open, lastEpoch: 1 });
  await until(() => expect(again.status).toMatchObject({ line: "stopped", why: "epoch" }));
  expect(server.text()).toBe("");
});

test("a text that the page brought can be written in without a line, and only what came later is sent", async () => {
  server.doc.getText("t").insert(0, "gegeven ");
  const given = { epoch: 1, update: Y.encodeStateAsUpdateV2(server.doc) };
  server.doc.getText("t").insert(8, "en later ");
  server.pieces = 2000;
  server.ticketStatus = 503;
  const shelf = new Shelf();
  const ana = join({ given, openCopy: shelf.open });
  await until(() => expect(ana.status.loaded).toBe(true));
  expect([text(ana).toJSON(), ana.status.mode, ana.dirty]).toEqual(["gegeven ", "write", false]);
  text(ana).insert(8, "meteen ");
  await until(() => expect([shelf.updates.length, shelf.dirty]).toEqual([1, true])); // no line has said an epoch yet
  server.ticketStatus = 200;
  await saved(ana);
  expect(text(ana).toJSON()).toBe(server.text());
  expect([...server.text().split(" ")].sort()).toEqual(["", "en", "gegeven", "later", "meteen"]);
  const named = Buffer.from(server.addresses[0]?.searchParams.get("vector") ?? "", "base64url");
  expect(Y.decodeStateVector(named).get(server.doc.clientID)).toBe(8);
  expect(server.addresses[0]?.searchParams.get("epoch")).toBe("1");
});

test("what the page brought of another epoch is not merged", async () => {
  const old = new Y.Doc();
  old.getText("t").insert(0, "oud");
  server.epoch = 2;
  const shelf = new Shelf();
  const ana = join({ given: { epoch: 1, update: Y.encodeStateAsUpdateV2(old) }, openCopy: shelf.open });
  await until(() => expect(ana.status).toMatchObject({ line: "stopped", why: "epoch" }));
  expect([server.text(), server.updates]).toEqual(["", 0]);
});

test("who has a copy goes on with that, and not with what the page brought", async () => {
  const shelf = new Shelf();
  const mine = new Y.Doc();
  mine.getText("t").insert(0, "van mij");
  shelf.updates = [Y.encodeStateAsUpdate(mine)];
  const other = new Y.Doc();
  other.getText("t").insert(0, "uit de pagina");
  server.ticketStatus = 503;
  const ana = join({ given: { epoch: 1, update: Y.encodeStateAsUpdateV2(other) }, openCopy: shelf.open, lastEpoch: 1 });
  await until(() => expect(ana.status.loaded).toBe(true));
  expect(text(ana).toJSON()).toBe("van mij");
});

const steps = (): number[] => server.heard.map(({ step }) => step);

test("a text comes in pieces without being asked for, and the line stays while they come", async () => {
  const random = Array.from({ length: 40_000 }, () => String.fromCharCode(97 + Math.random() * 26)).join("");
  server.doc.getText("t").insert(0, random);
  server.pieces = 2000;
  server.pause = 120; // some 14 pieces: longer than the silence that is borne
  const ana = join({ silence: 800 });
  await live(ana);
  expect(text(ana).toJSON()).toBe(random);
  expect(server.tickets.length).toBe(1);
  expect(steps()).not.toContain(0);
  await until(() => expect(steps()).toContain(1));
  expect(server.heard.find(({ step }) => step === 1)?.data).toEqual(Uint8Array.of(0, 0)); // it had nothing to add
});

test("who has most of a text is sent the rest, and sends the rest", async () => {
  server.pieces = 4000;
  const ana = join();
  await live(ana);
  text(ana).insert(0, "een lang verhaal ".repeat(500));
  for (let i = 0; i < 400; i++) text(ana).delete(i * 5, 1);
  await saved(ana);
  server.ticketStatus = 503;
  server.drop();
  await until(() => expect(ana.status.line).toBe("waiting"));
  server.doc.getText("t").insert(0, "van de ander ");
  server.doc.getText("t").delete(40, 2);
  text(ana).insert(0, "van ana ");
  text(ana).delete(100, 3);
  server.heard = [];
  server.ticketStatus = 200;
  ana.retry();
  await saved(ana);
  await until(() => expect(text(ana).toJSON()).toBe(server.text()));
  expect(text(ana).toJSON()).toContain("van de ander");
  const answer = server.heard.find(({ step }) => step === 1)?.data.length ?? 0;
  expect(answer).toBeGreaterThan(10);
  expect(answer).toBeLessThan(100); // the 400 deletions of before are known there
  const named = server.addresses.at(-1)?.searchParams;
  expect([named?.get("epoch"), named?.get("model")]).toEqual(["1", "1"]);
  expect(named?.get("vector")?.length).toBeGreaterThan(4);
});

test("pieces that do not fit end the connection, and the text comes whole on the next", async () => {
  const quiet = vi.spyOn(console, "error").mockImplementation(() => undefined);
  server.doc.getText("t").insert(0, "een tekst");
  server.pieces = 10;
  server.pause = 20;
  const ana = join();
  await until(() => expect(server.connections).toBe(1));
  server.shout(Uint8Array.of(120, 4, 9, 9, 5, 1, 0)); // from the middle of another
  await live(ana);
  expect(text(ana).toJSON()).toBe("een tekst");
  expect(server.tickets.length).toBeGreaterThan(1);
  quiet.mockRestore();
});

test("what comes again in another epoch is never merged, also where no copy is kept", async () => {
  const ana = join();
  await live(ana);
  server.epoch = 2;
  server.drop();
  await until(() => expect(ana.status).toMatchObject({ line: "stopped", why: "epoch" }));
});

test("a line that carries away what we say is no silent line", async () => {
  let waiting = 1 << 20;
  const slow = (url: string, protocols: string[]): WebSocket => {
    const socket = new Socket(url, protocols);
    socket.on("error", () => undefined); // in Node an error that nobody listens for ends the program
    Object.defineProperty(socket, "bufferedAmount", { get: () => (waiting = Math.max(0, waiting - 1000)) });
    return socket as unknown as WebSocket;
  };
  const ana = join({ silence: 600, connect: slow });
  await live(ana);
  server.deaf = true; // nothing comes
  const began = Date.now();
  await until(() => expect(Date.now() - began).toBeGreaterThan(2400));
  expect(server.tickets.length).toBe(1);
  waiting = 0;
  await until(() => expect(server.tickets.length).toBeGreaterThan(1));
});

/** A line to the double as a page opens it before there is an editor. */
async function early(): Promise<Early> {
  const answer = (await (await fetch(`http://${server.host}/live/d/ticket`, { method: "POST" })).json()) as { ticket: string };
  const socket = new Socket(`ws://${server.host}/live/d?ticket=${answer.ticket}&vector=AA`, protocol.subprotocols);
  socket.binaryType = "arraybuffer";
  socket.on("error", () => undefined);
  const frames: ArrayBuffer[] = [];
  socket.onmessage = ({ data }) => frames.push(data as ArrayBuffer);
  return { socket: Promise.resolve(socket as unknown as WebSocket), frames };
}

test("a line that was opened early is used, with what came over it", async () => {
  server.doc.getText("t").insert(0, "vroeg");
  server.pieces = 10;
  const opened = await early();
  await until(() => expect(opened.frames.length).toBeGreaterThan(3));
  const ana = join({ early: opened });
  await live(ana);
  text(ana).insert(5, " begonnen");
  await saved(ana);
  expect(server.text()).toBe("vroeg begonnen");
  expect([server.addresses.length, steps().includes(0)]).toEqual([1, false]);
  server.drop();
  await until(() => expect(server.addresses.length).toBe(2)); // and the next one is our own
  await live(ana);
});

test("when the early line is closed again, or never came, another is opened", async () => {
  server.doc.getText("t").insert(0, "laat");
  const opened = await early();
  await until(() => expect(opened.frames.length).toBeGreaterThan(0));
  server.drop();
  await until(async () => expect((await opened.socket)?.readyState).toBe(3));
  for (const line of [opened, { socket: Promise.resolve(undefined), frames: [] }]) {
    const ana = join({ early: line });
    await live(ana);
    expect(text(ana).toJSON()).toBe("laat");
  }
});
