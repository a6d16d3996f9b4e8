// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { Announcer } from "./announce.ts";
import { Headless } from "./binding/headless.ts";
import { readConfig, sayer } from "./config.ts";
import { flowSchema } from "./schema.ts";
import { newID } from "./id.ts";
import { Keys } from "./keys.ts";
import { Notices } from "./notice.ts";
import { caret, present, readUser, selectionClass } from "./presence.ts";
import { Voice } from "./voice.ts";
import { Whereabouts } from "./whereabouts.ts";

const say = sayer({
  somebody: "Iemand",
  theText: "de tekst",
  theTextUnder: "de tekst onder {heading}",
  came: "{name} is er",
  left: "{name} is weg",
  aRequirement: "een eis",
  changed: "{name} wijzigde {where}",
  others_added: "{name} voegde {where} toe",
  others_back: "{name} zette {where} terug",
  others_removed: "{name} haalde {where} weg",
  others_moved: "{name} verplaatste {where}",
  changedMany: "{people} wijzigden de tekst op {count} plaatsen",
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  localStorage.clear();
});

/** Answers for keys: what is listed, and what happens to new ones. */
function server(
  listed: Record<string, string>,
  add: (ids: string[]) => Response = (ids) => Response.json({ requirements: ids.map((id) => ({ id, key: "PVE-9", facts: "" })) }),
) {
  const posts: string[] = [];
  vi.stubGlobal("fetch", (_: string, init?: RequestInit) => {
    if (init?.body instanceof URLSearchParams) {
      const ids = init.body.get("id") ?? "";
      posts.push(ids);
      return Promise.resolve(add(ids.split(" ")));
    }
    const requirements = Object.entries(listed).map(([id, key]) => ({ id, key, facts: "Concept" }));
    return Promise.resolve(Response.json({ requirements }));
  });
  return posts;
}

function makeKeys(options: Partial<ConstructorParameters<typeof Keys>[0]> = {}): Keys {
  return new Keys({ list: "/k", add: "/a", csrf: "x", mayWrite: () => true, ...options });
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

test("a thousand new requirements are asked for in two requests", async () => {
  vi.useFakeTimers();
  const posts = server({});
  const keys = makeKeys();
  const ids = Array.from({ length: 1000 }, (_, i) => `r${i}`);
  for (const id of ids) keys.of(id);
  await vi.advanceTimersByTimeAsync(2000);
  expect(posts.map((post) => post.split(" ").length)).toEqual([500, 500]);
  expect(posts.join(" ").split(" ")).toEqual(ids);
  expect(ids.every((id) => keys.of(id)?.key === "PVE-9")).toBe(true);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(posts).toHaveLength(2);
});

test("a list that does not come in one go is read on", async () => {
  const pages = [["a"], ["a", "b"], ["a", "b", "c"]];
  vi.stubGlobal("fetch", () => {
    const ids = pages.shift() ?? [];
    return Promise.resolve(Response.json({ requirements: ids.map((id) => ({ id, key: `PVE-${id}` })), more: pages.length > 0 }));
  });
  const keys = makeKeys();
  await keys.refresh();
  expect(keys.of("c")?.key).toBe("PVE-c");
  expect(pages).toEqual([]);
});

test("ids without a key after they were asked for are not asked for again", async () => {
  for (const answer of [() => new Response("{}", { status: 422 }), () => Response.json({ requirements: [] })]) {
    vi.useFakeTimers();
    const posts = server({}, answer);
    const keys = makeKeys();
    for (let i = 0; i < 3; i++) {
      keys.of("a");
      keys.of("b");
      await vi.advanceTimersByTimeAsync(2000);
      await keys.settle();
    }
    expect(posts).toEqual(["a b"]);
  }
});

test("who only reads looks for a missing key ever less often", async () => {
  vi.useFakeTimers();
  let reads = 0;
  vi.stubGlobal("fetch", () => {
    reads++;
    return Promise.resolve(Response.json({ requirements: [] }));
  });
  const keys = makeKeys({ mayWrite: () => false });
  keys.observe(() => void keys.of("a")); // a card looks whenever something became known
  keys.of("a");
  await vi.advanceTimersByTimeAsync(600_000);
  expect(reads).toBeGreaterThan(5);
  expect(reads).toBeLessThan(20);
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
  const whereabouts = new Whereabouts(awareness);
  const line = { live: true };
  const toggle = document.createElement("input");
  toggle.type = "checkbox";
  const announcer = new Announcer({ awareness, whereabouts, keys, say, voice: new Voice(region), live: () => line.live, kept: (origin) => origin === "copy", toggle });
  announcer.follow(me.binding);
  /** Puts the caret of the other somewhere, by the name of a flow. */
  const goes = (flow: string, position: unknown = null): void => {
    awareness.states.set(theirs.clientID, { user: { name: "Onderneemster" }, cursor: { anchor: { flow, position }, head: { flow, position } } });
    awareness.emit("change", [{ added: [], updated: [theirs.clientID], removed: [] }, "remote"]);
  };
  return { announcer, awareness, region, me, other, goes, line, toggle };
}

test("what somebody else changed is said by name and key", async () => {
  const { announcer, region, other } = await twoPeople();
  other.binding.commands.insertCard("requirement", "a");
  other.binding.commands.insertCard("requirement", "b");
  announcer.speak();
  expect(region.lastChild?.textContent).toBe("Onderneemster voegde PVE-3, PVE-4 toe");
  const said = (run: () => void): string => {
    region.replaceChildren();
    run();
    announcer.speak();
    return region.lastChild?.textContent ?? "";
  };
  const { commands } = other.binding;
  expect(said(() => commands.moveCard("requirement", "b", "up"))).toBe("Onderneemster verplaatste PVE-4");
  expect(said(() => commands.moveCard("requirement", "b", "down"))).toBe("Onderneemster verplaatste PVE-4");
  expect(said(() => commands.removeCard("requirement", "b"))).toBe("Onderneemster haalde PVE-4 weg");
  expect(said(() => commands.putBack("requirement", "b"))).toBe("Onderneemster zette PVE-4 terug");
  announcer.destroy();
});

test("who goes on in one place is not news, until they stopped for a while", async () => {
  const { announcer, region, other } = await twoPeople();
  vi.useFakeTimers();
  other.binding.commands.insertCard("requirement", "a");
  const said: string[] = [];
  for (let i = 0; i < 20; i++) {
    other.dispatch(other.state.tr.insertText("meer "));
    announcer.speak();
    said.push(...[...region.children].map((line) => line.textContent ?? ""));
    region.replaceChildren();
    vi.advanceTimersByTime(5000);
  }
  expect(said).toEqual(["Onderneemster voegde PVE-3 toe"]);
  vi.advanceTimersByTime(30_000);
  other.dispatch(other.state.tr.insertText("weer"));
  announcer.speak();
  expect(region.lastChild?.textContent).toBe("Onderneemster wijzigde PVE-3");
  announcer.destroy();
});

test("text outside cards is named by the heading above it, and who only removes words by where they are", async () => {
  const { announcer, region, other, goes } = await twoPeople();
  other.dispatch(other.state.tr.insertText("Omgang"));
  other.binding.commands.toggleHeading(2);
  other.binding.commands.enter();
  other.dispatch(other.state.tr.insertText("wij"));
  goes("body", other.binding.carets()?.head.position);
  announcer.speak();
  expect(region.lastChild?.textContent).toBe("Onderneemster wijzigde de tekst onder Omgang");
  other.binding.commands.insertCard("requirement", "b");
  other.dispatch(other.state.tr.insertText("weg"));
  announcer.speak();
  const { length } = region.children;
  goes("statement:b");
  other.doc.transact(() => other.doc.getText("statement:b").delete(0, 1));
  announcer.speak();
  expect(region.children, "it is known who it was, and was said").toHaveLength(length);
  announcer.destroy();
});

test("who comes and who leaves is said, but not who loads the page again, and nobody leaves with the line", async () => {
  const { announcer, awareness, region, line } = await twoPeople();
  vi.useFakeTimers();
  const said = (): string => {
    announcer.speak();
    const words = region.lastChild?.textContent ?? "";
    region.replaceChildren();
    return words;
  };
  expect([said(), said()]).toEqual(["", ""]);
  awareness.states.set(77, { user: { name: "Bewoner" } });
  expect([said(), said(), said()]).toEqual(["", "Bewoner is er", ""]);
  awareness.states.delete(77);
  expect(said()).toBe("");
  awareness.states.set(77, { user: { name: "Bewoner" } });
  expect([said(), said()]).toEqual(["", ""]);
  line.live = false;
  awareness.states.delete(77);
  expect([said(), said(), said()]).toEqual(["", "", ""]);
  line.live = true;
  expect([said(), said(), said()]).toEqual(["", "Bewoner is weg", ""]);
  announcer.destroy();
});

test("one notice is open, the others are a line, and what somebody types in stays open", () => {
  const place = document.body.appendChild(document.createElement("div"));
  const notices = new Notices(place, (name) => name, new Voice(document.createElement("div")), () => undefined);
  const open = (): (string | null)[] => [...place.children].filter((one) => !one.querySelector<HTMLElement>(".sw-return__actions")?.hidden).map((one) => one.getAttribute("aria-label"));
  const lines = (): (string | null)[] => [...place.querySelectorAll<HTMLElement>(".sw-return__line")].filter((line) => !line.hidden).map((line) => line.textContent);
  notices.show({ what: "een" }, "a");
  expect([open(), lines()]).toEqual([["een"], []]);
  notices.show({ what: "twee" }, "b");
  expect([open(), lines()]).toEqual([["twee"], ["een"]]);
  place.querySelector<HTMLElement>(".sw-return__line")?.click();
  expect([open(), lines()]).toEqual([["een"], ["twee"]]);
  expect(document.activeElement?.textContent).toBe("close");
  notices.clear("a");
  expect([open(), lines()]).toEqual([["twee"], []]);

  const box = document.createElement("textarea");
  notices.show({ what: "uw woorden", box }, "c");
  box.focus();
  for (const what of ["drie", "vier", "vijf"]) notices.show({ what }, what);
  expect([open(), lines()]).toEqual([["uw woorden"], ["vier", "vijf"]]);
  place.remove();
});

test("a notice is said alone, and its buttons name what they are about", () => {
  const [place, region] = [document.createElement("div"), document.createElement("div")];
  const back = vi.fn();
  const notices = new Notices(place, sayer({ putBackNamed: "Zet {what} terug", closeNoticeNamed: "Sluit melding over {what}" }), new Voice(region), () => undefined);
  notices.show({ what: "PVE-1 is weg.", about: "PVE-1", back }, "requirement a");
  notices.show({ what: "PVE-2 is weg.", about: "PVE-2", back }, "requirement b");
  expect([...region.children].map((line) => line.textContent)).toEqual(["PVE-1 is weg.", "PVE-2 is weg."]);
  const buttons = [...place.querySelectorAll<HTMLButtonElement>(".sw-return__actions button")];
  expect(buttons.map((button) => button.getAttribute("aria-label") ?? button.textContent)).toEqual([
    "Zet PVE-1 terug", "Sluit melding over PVE-1", "Zet PVE-2 terug", "Sluit melding over PVE-2",
  ]);
  expect(place.querySelectorAll('[role="group"]')[1]?.getAttribute("aria-label")).toBe("PVE-2 is weg.");
  buttons[0]?.click();
  expect(back).toHaveBeenCalledOnce();
  expect(notices.clear("requirement a"), "it was answered").toBe(false);
  expect(notices.clear("requirement b")).toBe(true);
});

test("what one does oneself is not said", async () => {
  const { announcer, region, me } = await twoPeople();
  me.binding.commands.insertCard("requirement", "a");
  me.binding.commands.undo();
  announcer.speak();
  expect(region.textContent).toBe("");
  announcer.destroy();
});

test("what one wrote on an earlier page, and what came while there was no line, is not said", async () => {
  const { announcer, region, me, other, line } = await twoPeople();
  const earlier = new Y.Doc();
  Y.applyUpdate(earlier, Y.encodeStateAsUpdate(me.doc));
  earlier.getText("body").insert(0, "van vóór de bladzijde");
  me.binding.receive(Y.encodeStateAsUpdate(earlier), "copy");
  line.live = false;
  other.dispatch(other.state.tr.insertText("intussen"));
  line.live = true;
  announcer.speak();
  expect(region.textContent).toBe("");
  expect(me.state.doc.textContent).toContain("van vóór de bladzijde");
  announcer.destroy();
});

test("many changes are counted, and a change without a name is somebody's", async () => {
  const { announcer, region, other } = await twoPeople();
  for (const id of ["a", "b", "c", "d"]) other.binding.commands.insertCard("requirement", id);
  announcer.speak();
  expect(region.lastChild?.textContent).toBe("Onderneemster wijzigden de tekst op 4 plaatsen");
  other.doc.transact(() => other.doc.getText("body").delete(0, 1)); // nothing new, so nobody's number
  announcer.speak();
  expect(region.lastChild?.textContent).toBe("Iemand haalde PVE-3 weg");
  announcer.destroy();
});

test("who switched it off hears nothing, also after a new page", async () => {
  const before = await twoPeople();
  expect(before.toggle.checked).toBe(true);
  document.body.append(before.toggle); // beside a page nothing is chosen
  before.toggle.click();
  before.toggle.remove();
  before.announcer.destroy();
  const { announcer, region, other, toggle } = await twoPeople();
  other.dispatch(other.state.tr.insertText("iets"));
  announcer.speak();
  expect(region.textContent).toBe("");
  expect(toggle.checked).toBe(false);
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
