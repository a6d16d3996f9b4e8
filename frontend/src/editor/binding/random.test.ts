// Random acts of three people in one document, far apart and near each other; after each, the editor is
// what is rebuilt from the document, and the index what a fresh reading gives.
import { toggleMark } from "prosemirror-commands";
import { AllSelection, TextSelection } from "prosemirror-state";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { flowSchema } from "../schema.ts";
import { Headless } from "./headless.ts";

const schema = flowSchema((name) => name);
const cards = { requirement: ["statement", "rationale"] } as const;
const sessions = Number(process.env["SAMENWIJK_SESSIONS"] ?? 60);
const first = Number(process.env["SAMENWIJK_SEED"] ?? Math.floor(Math.random() * 1e9));

function random(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function session(seed: number): void {
  const next = random(seed);
  const pick = (n: number): number => Math.floor(next() * n);
  let ids = 0;
  let clock = 1;
  const log: string[] = [];
  const seedDoc = new Y.Doc();
  seedDoc.clientID = 99;
  seedDoc.getText("body").insertEmbed(0, { p: "first" });
  const sites = Array.from({ length: 3 }, (_, i) => {
    const doc = new Y.Doc();
    doc.clientID = 10 + pick(80) + i * 100;
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(seedDoc));
    return new Headless(doc, { schema, cards, newID: () => `i${++ids}`, now: () => clock++ >> 3, random: next, captureTimeout: next() < 0.5 ? 0 : 500 });
  });
  const clipboards = sites.map(() => sites[0]!.state.doc.slice(0, 0));
  const sound = (site: Headless, what: string): void => {
    try {
      site.state.doc.check();
      const read = site.binding.read();
      if (!read.eq(site.state.doc)) throw new Error(`shows ${JSON.stringify(site.state.doc)}\nand the document is ${JSON.stringify(read)}`);
      site.binding.check();
    } catch (mistake) {
      throw new Error(`seed ${seed} after ${what}: ${String(mistake)}\n${log.slice(-12).join("\n")}`);
    }
  };
  const jump = (site: Headless): void => {
    const size = site.state.doc.content.size;
    const at = TextSelection.near(site.state.doc.resolve(pick(size + 1))).from;
    const to = next() < 0.4 ? TextSelection.near(site.state.doc.resolve(pick(size + 1))).from : at;
    site.dispatch(site.state.tr.setSelection(next() < 0.02 ? new AllSelection(site.state.doc) : TextSelection.between(site.state.doc.resolve(at), site.state.doc.resolve(to))));
  };
  const cardsOf = (site: Headless): string[] => {
    const found: string[] = [];
    site.state.doc.forEach((node) => node.type.name === "requirement" && found.push(String(node.attrs["id"])));
    return found;
  };
  const acts: [string, (site: Headless, i: number) => void][] = [
    ["type", (site) => { for (const letter of `w${pick(999)} `) site.dispatch(site.state.tr.insertText(letter)); }],
    ["type", (site) => { for (const letter of `x${pick(999)} `) site.dispatch(site.state.tr.insertText(letter)); }],
    ["jump", (site) => jump(site)],
    ["jump", (site) => jump(site)],
    ["split", (site) => void site.binding.commands.split()],
    ["enter", (site) => void site.binding.commands.enter()],
    ["backspace", (site) => void site.binding.commands.backspace()],
    ["joinForward", (site) => void site.binding.commands.joinForward()],
    ["heading", (site) => void site.binding.commands.toggleHeading(pick(2) === 0 ? 2 : 3)],
    ["list", (site) => void site.binding.commands.toggleList(pick(2) === 0 ? "bullet" : "ordered")],
    ["indent", (site) => void site.binding.commands.indent(pick(2) === 0 ? 1 : -1)],
    ["box", (site) => void site.binding.commands.toggleBox(pick(2) === 0 ? "note" : "term")],
    ["card", (site) => void site.binding.commands.insertCard("requirement", `r${++ids}`)],
    ["move", (site) => { const all = cardsOf(site); if (all.length) site.binding.commands.moveCard("requirement", all[pick(all.length)]!, pick(2) ? "up" : "down"); }],
    ["remove", (site) => { const all = cardsOf(site); if (all.length && next() < 0.5) site.binding.commands.removeCard("requirement", all[pick(all.length)]!); }],
    ["back", (site) => void site.binding.commands.putBack("requirement", `r${1 + pick(ids + 1)}`)],
    ["table", (site) => { if (next() < 0.3) site.binding.commands.insertTable(1 + pick(3), 1 + pick(3), pick(2) === 0); }],
    ["row", (site) => void site.binding.commands.addRow(pick(2) ? "before" : "after")],
    ["column", (site) => void site.binding.commands.addColumn(pick(2) ? "before" : "after")],
    ["no row", (site) => void site.binding.commands.removeRow()],
    ["no column", (site) => void site.binding.commands.removeColumn()],
    ["mark", (site) => void toggleMark(schema.marks["bold"]!)(site.state, (tr) => site.dispatch(tr))],
    ["link", (site) => void toggleMark(schema.marks["link"]!, { href: "/a" })(site.state, (tr) => site.dispatch(tr))],
    ["delete", (site) => void site.binding.commands.deleteSelection()],
    ["over", (site) => { if (!site.state.selection.empty) site.dispatch(site.state.tr.insertText("y")); }],
    ["cut", (site, i) => { clipboards[i] = site.state.selection.content(); site.binding.commands.deleteSelection(); }],
    ["copy", (site, i) => { clipboards[i] = site.state.selection.content(); }],
    ["paste", (site, i) => { const slice = clipboards[i]; if (slice) site.dispatch(site.state.tr.replaceSelection(slice)); }],
    ["undo", (site) => void site.binding.commands.undo()],
    ["undo", (site) => void site.binding.commands.undo()],
    ["redo", (site) => void site.binding.commands.redo()],
    ["foreign", (site) => site.doc.transact(() => { const text = site.doc.getText("body"); text.insertEmbed(pick(text.length + 1), pick(2) ? { strange: 1 } : { figure: "f1", place: pick(9) }); }, "script")],
    ["foreign", (site) => site.doc.transact(() => { const text = site.doc.getText("body"); if (text.length > 2) text.format(pick(text.length - 1), 1, { odd: pick(3) }); }, "script")],
    ["foreign", (site) => site.doc.transact(() => site.doc.getMap("marks").set(`i${1 + pick(ids + 1)}:${["kind", "indent", "weird"][pick(3)]}`, ["zebra", 3, "heading"][pick(3)]), "script")],
  ];
  const queues = sites.map(() => [] as Uint8Array[]);
  sites.forEach((site, i) => site.doc.on("update", (update: Uint8Array, origin: unknown) => {
    if (origin !== "network") queues.forEach((queue, j) => j !== i && queue.splice(pick(queue.length + 1), 0, update));
  }));
  for (let step = 0; step < 60; step++) {
    const i = pick(sites.length);
    const site = sites[i]!;
    if (next() < 0.35) {
      const queue = queues[i]!;
      const update = queue.splice(pick(queue.length), 1)[0];
      if (!update) continue;
      log.push(`${i} receives`);
      site.binding.receive(update, "network");
      sound(site, "receiving");
      continue;
    }
    const [name, act] = acts[pick(acts.length)]!;
    log.push(`${i} ${name} at ${site.state.selection.from}-${site.state.selection.to} in ${site.state.doc.toString().slice(0, 400)}`);
    try {
      act(site, i);
    } catch (mistake) {
      throw new Error(`seed ${seed}, ${name}: ${mistake instanceof Error ? mistake.stack : String(mistake)}\n${log.slice(-8).join("\n")}`);
    }
    sound(site, name);
  }
  // Yjs tidies up formats when it hears of others' and tells of it, so it takes more than one round.
  while (queues.some((queue) => queue.length > 0)) {
    sites.forEach((site, i) => {
      for (const update of queues[i]!.splice(0)) site.binding.receive(update, "network");
      sound(site, "the end");
    });
  }
  for (const site of sites) {
    expect(site.doc.store.pendingStructs, `seed ${seed}`).toBeNull();
    expect(site.state.doc.toString(), `seed ${seed}`).toBe(sites[0]!.state.doc.toString());
    site.destroy();
  }
}

test(`${sessions} sessions of three, from seed ${first}`, { timeout: 600_000 }, () => {
  for (let i = 0; i < sessions; i++) session(first + i);
});
