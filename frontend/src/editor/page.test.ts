// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { Announcer } from "./announce.ts";
import { Headless } from "./binding/headless.ts";
import { readConfig, sayer } from "./config.ts";
import { flowSchema } from "./flow-schema.ts";
import { newID } from "./id.ts";
import { Keys } from "./keys.ts";
import { caret, present, readUser, selectionClass } from "./presence.ts";

const say = sayer({
  somebody: "Iemand",
  theText: "de tekst",
  aRequirement: "een eis",
  changed: "{name} wijzigde {where}",
  changedMany: "{people} wijzigden de tekst op {count} plaatsen",
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  localStorage.clear();
});

/** Answers for keys: what is listed, and what happens to a new one. */
function server(listed: Record<string, string>, add: (id: string) => Response = (id) => Response.json({ id, key: "PVE-9", facts: "" })) {
  const posts: string[] = [];
  vi.stubGlobal("fetch", (_: string, init?: RequestInit) => {
    if (init?.body instanceof URLSearchParams) {
      const id = init.body.get("id") ?? "";
      posts.push(id);
      return Promise.resolve(add(id));
    }
    const requirements = Object.entries(listed).map(([id, key]) => ({ id, key, facts: "Concept" }));
    return Promise.resolve(Response.json({ requirements }));
  });
  return posts;
}

function makeKeys(options: Partial<ConstructorParameters<typeof Keys>[0]> = {}): Keys {
  return new Keys({ list: "/k", add: "/a", csrf: "x", mayWrite: () => true, taken: () => undefined, ...options });
}

test("a requirement that somebody else inserted is looked up before it is asked for", async () => {
  vi.useFakeTimers();
  const posts = server({ a: "PVE-1" });
  const keys = makeKeys();
  expect(keys.of("a")).toBeUndefined();
  await vi.advanceTimersByTimeAsync(2000);
  expect(keys.of("a")?.key).toBe("PVE-1");
  expect(posts).toEqual([]);
});

test("a requirement whose writer never asked gets its key from whoever may write", async () => {
  vi.useFakeTimers();
  const posts = server({});
  const reader = makeKeys({ mayWrite: () => false });
  reader.of("a");
  await vi.advanceTimersByTimeAsync(2000);
  expect(posts).toEqual([]);
  const writer = makeKeys();
  writer.of("a");
  await vi.advanceTimersByTimeAsync(2000);
  expect(posts).toEqual(["a"]);
  expect(writer.of("a")?.key).toBe("PVE-9");
});

test("an id that is taken elsewhere is replaced by a new one", async () => {
  server({}, () => new Response("{}", { status: 409 }));
  const taken = vi.fn();
  await makeKeys({ taken }).add("a");
  expect(taken).toHaveBeenCalledWith("a", expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4/));
});

test("an id that the server refuses is asked for once", async () => {
  vi.useFakeTimers();
  const posts = server({}, () => new Response("{}", { status: 422 }));
  const keys = makeKeys();
  for (let i = 0; i < 3; i++) {
    keys.of("no id");
    await vi.advanceTimersByTimeAsync(2000);
    await keys.settle();
  }
  expect(posts).toEqual(["no id"]);
});

test("without a connection a key stays pending, and is asked for when there is one", async () => {
  vi.useFakeTimers();
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
  const keys = makeKeys();
  keys.of("a");
  await keys.add("a");
  await vi.advanceTimersByTimeAsync(2000);
  expect(keys.of("a")).toBeUndefined();
  server({});
  await keys.settle();
  expect(keys.of("a")?.key).toBe("PVE-9");
});

/** Two people in one text, and the announcer of one of them. */
async function twoPeople() {
  const [mine, theirs] = [new Y.Doc(), new Y.Doc()];
  const options = { schema: flowSchema((name) => name), cards: { requirement: ["statement", "rationale"] }, newID };
  const me = new Headless(mine, options);
  const other = new Headless(theirs, options);
  theirs.on("update", (update: Uint8Array) => me.binding.receive(update, "remote"));
  const awareness = new Awareness(mine);
  awareness.states.set(theirs.clientID, { user: { name: "Onderneemster" } });
  server({ a: "PVE-3", b: "PVE-4" });
  const keys = makeKeys();
  await keys.refresh();
  const region = document.createElement("div");
  const announcer = new Announcer({ awareness, keys, say, region });
  announcer.follow(me.binding);
  return { announcer, region, me, other };
}

test("what somebody else changed is said by name and key", async () => {
  const { announcer, region, other } = await twoPeople();
  other.binding.commands.insertCard("requirement", "a");
  other.binding.commands.insertCard("requirement", "b");
  announcer.speak();
  expect(region.textContent).toBe("Onderneemster wijzigde PVE-3, PVE-4");
  other.dispatch(other.state.tr.insertText("meer"));
  announcer.speak();
  expect(region.textContent).toBe("Onderneemster wijzigde PVE-4");
  other.binding.commands.moveCard("requirement", "b", "up");
  announcer.speak();
  expect(region.textContent).toBe("Onderneemster wijzigde de tekst");
  announcer.destroy();
});

test("what one does oneself is not said", async () => {
  const { announcer, region, me } = await twoPeople();
  me.binding.commands.insertCard("requirement", "a");
  me.binding.commands.undo();
  announcer.speak();
  expect(region.textContent).toBe("");
  announcer.destroy();
});

test("many changes are counted, and a change without a name is somebody's", async () => {
  const { announcer, region, other } = await twoPeople();
  for (const id of ["a", "b", "c", "d"]) other.binding.commands.insertCard("requirement", id);
  announcer.speak();
  expect(region.textContent).toBe("Onderneemster wijzigden de tekst op 4 plaatsen");
  other.doc.transact(() => other.doc.getText("body").delete(0, 1)); // nothing new, so nobody's number
  announcer.speak();
  expect(region.textContent).toBe("Iemand wijzigde de tekst");
  announcer.destroy();
});

test("who switched it off hears nothing, also after a new page", async () => {
  Announcer.on = false;
  const { announcer, region, other } = await twoPeople();
  other.dispatch(other.state.tr.insertText("iets"));
  announcer.speak();
  expect(region.textContent).toBe("");
  expect(Announcer.on).toBe(false);
  announcer.destroy();
});

test("a colour is one of the six, whatever is claimed", () => {
  expect(readUser({ id: "1", name: "A", initials: "A", group: 'x" onload="' }).group).toBe("");
  expect(caret({ name: "Ana", group: "resident" }).outerHTML).toBe(
    '<span class="sw-caret sw-group-resident"><span class="sw-caret__label">Ana</span></span>',
  );
  expect(caret({ name: "<img src=x>", group: "resident" }).querySelector("img")).toBeNull();
  expect(selectionClass({ group: "red" })).toBe("sw-selection ");
  expect(selectionClass({ group: 7 })).toBe("sw-selection ");
});

test("a person in two windows is one person, and oneself is not in the list", () => {
  const awareness = new Awareness(new Y.Doc());
  awareness.setLocalState({ user: { id: "me", name: "Ik" } });
  awareness.states.set(1, { user: { id: "ana", name: "Ana" } });
  awareness.states.set(2, { user: { id: "ana", name: "Ana" } });
  awareness.states.set(3, {});
  expect(present(awareness).map((user) => user.name)).toEqual(["Ana"]);
  awareness.destroy();
});

test("a page that forgets to say something is not guessed at", () => {
  const root = document.createElement("div");
  root.dataset["editor"] = JSON.stringify({ document: "d" });
  expect(() => readConfig(root)).toThrow("the page does not say person");
});

beforeEach(() => {
  localStorage.clear();
});
