// Makes server/collab/testdata/undone.json: what people's editors sent when words were taken away and brought
// back, and who wrote what then, written here by hand. In frontend: node words/run.mjs words/undone.ts
import { toggleMark } from "prosemirror-commands";
import { TextSelection } from "prosemirror-state";
import { writeFileSync } from "node:fs";
import * as Y from "yjs";
import { Headless } from "../src/editor/binding/headless.ts";
import { flowSchema } from "../src/editor/schema.ts";

const schema = flowSchema((key) => key);
const cards = { requirement: ["statement", "rationale"] };

interface Row {
  actor: string;
  update: string;
}

/** People in one text. What they do is sent at once, unless they are offline. */
class Group {
  readonly rows: Row[] = [];
  readonly #people = new Map<string, Headless>();
  readonly #held = new Map<string, Uint8Array[]>();
  #ids = 0;
  #now = 1000;

  constructor(...names: string[]) {
    const seed = new Y.Doc();
    seed.clientID = 99;
    seed.getText("body").insertEmbed(0, { p: "first" });
    const start = Y.encodeStateAsUpdate(seed);
    this.rows.push({ actor: "", update: Buffer.from(start).toString("base64") });
    names.forEach((name, i) => {
      const doc = new Y.Doc();
      doc.clientID = i + 1;
      Y.applyUpdate(doc, start, "network");
      const options = { schema, cards, newID: () => `id-${++this.#ids}`, now: () => (this.#now += 5000), random: () => 0.5, captureTimeout: 0 };
      this.#people.set(name, new Headless(doc, options));
      doc.on("update", (update: Uint8Array, origin: unknown) => {
        if (origin === "network") return;
        const held = this.#held.get(name);
        if (held) held.push(update);
        else this.#send(name, update);
      });
    });
  }

  #send(actor: string, update: Uint8Array): void {
    this.rows.push({ actor, update: Buffer.from(update).toString("base64") });
    for (const [name, { binding }] of this.#people) if (name !== actor) binding.receive(update, "network");
  }

  offline(name: string): void {
    this.#held.set(name, []);
  }

  online(name: string): void {
    const held = this.#held.get(name) ?? [];
    this.#held.delete(name);
    this.#send(name, Y.mergeUpdates(held));
  }

  at(name: string): Headless {
    const one = this.#people.get(name);
    if (!one) throw new Error(`nobody is called ${name}`);
    return one;
  }

  /** Puts the caret behind some words. */
  behind(name: string, words: string): void {
    this.choose(name, words);
    const { state } = this.at(name);
    this.at(name).dispatch(state.tr.setSelection(TextSelection.create(state.doc, state.selection.to)));
  }

  choose(name: string, first: string, last = first): void {
    const { state } = this.at(name);
    const find = (words: string): [number, number] => {
      let found = -1;
      state.doc.descendants((node, pos) => {
        const at = node.isTextblock && found < 0 ? node.textContent.indexOf(words) : -1;
        if (at >= 0) found = pos + 1 + at;
      });
      if (found < 0) throw new Error(`${words} is not in ${state.doc.toString()}`);
      return [found, found + words.length];
    };
    this.at(name).dispatch(state.tr.setSelection(TextSelection.create(state.doc, find(first)[0], find(last)[1])));
  }

  type(name: string, words: string): void {
    for (const letter of words.match(/./gu) ?? []) this.at(name).dispatch(this.at(name).state.tr.insertText(letter));
  }

  remove(name: string): void {
    this.at(name).binding.commands.deleteSelection();
  }
}

const cases: { name: string; rows: Row[]; want: string }[] = [];

/** Who wrote what is said as |NAME:words; a paragraph ends with /. */
function record(name: string, want: string, play: (group: Group) => void): void {
  const group = new Group("ana", "bo", "cas");
  play(group);
  cases.push({ name, rows: group.rows, want });
}

const sentence = (group: Group): void => group.type("cas", "Elke deelnemer telt.");

record("a sentence that another took away and brought back", "|cas:Elke deelnemer telt.", (group) => {
  sentence(group);
  group.choose("bo", "Elke deelnemer telt.");
  group.remove("bo");
  group.at("bo").binding.commands.undo();
});
record("a part of it", "|cas:Elke deelnemer telt.", (group) => {
  sentence(group);
  group.choose("bo", "deelnemer ");
  group.remove("bo");
  group.at("bo").binding.commands.undo();
});
record("words of several people", "|cas:Elke |ana:vaste |cas:deelnemer telt.", (group) => {
  sentence(group);
  group.behind("ana", "Elke ");
  group.type("ana", "vaste ");
  group.choose("bo", "Elke vaste deelnemer telt.");
  group.remove("bo");
  group.at("bo").binding.commands.undo();
});
record("one's own among others'", "|cas:Elke |bo:trouwe |cas:deelnemer telt.", (group) => {
  sentence(group);
  group.behind("bo", "Elke ");
  group.type("bo", "trouwe ");
  group.choose("bo", "ke trouwe deel");
  group.remove("bo");
  group.at("bo").binding.commands.undo();
});
record("undone, done again and undone", "|cas:Elke deelnemer telt.", (group) => {
  const { commands } = group.at("bo").binding;
  sentence(group);
  group.choose("bo", "deelnemer");
  group.remove("bo");
  commands.undo();
  commands.redo();
  commands.undo();
});
record("taken away and brought back by one after the other", "|cas:Elke deelnemer telt.", (group) => {
  sentence(group);
  for (const name of ["bo", "ana", "cas", "bo"]) {
    group.choose(name, "deelnemer");
    group.remove(name);
    group.at(name).binding.commands.undo();
  }
});
record("two paragraphs", "|cas:Elke deelnemer/telt mee.", (group) => {
  group.type("cas", "Elke deelnemer");
  group.at("cas").binding.commands.split();
  group.type("cas", "telt mee.");
  group.choose("bo", "deelnemer", "telt");
  group.remove("bo");
  group.at("bo").binding.commands.undo();
});
record("letter by letter", "|cas:Elke deelnemer telt.", (group) => {
  sentence(group);
  group.behind("bo", "deelnemer");
  for (let i = 0; i < 5; i++) {
    const { state } = group.at("bo");
    group.at("bo").dispatch(state.tr.delete(state.selection.from - 1, state.selection.from));
  }
  for (let i = 0; i < 5; i++) group.at("bo").binding.commands.undo();
});
record("words in several forms", "|cas:Elke deelnemer telt.", (group) => {
  sentence(group);
  group.choose("ana", "deelnemer");
  toggleMark(schema.marks["bold"]!)(group.at("ana").state, (tr) => group.at("ana").dispatch(tr));
  group.choose("bo", "ke deelnemer te");
  group.remove("bo");
  group.at("bo").binding.commands.undo();
});
record("a word that was typed in bold", "|cas:Elke deelnemer", (group) => {
  group.type("cas", "Elke ");
  group.behind("cas", "Elke ");
  toggleMark(schema.marks["bold"]!)(group.at("cas").state, (tr) => group.at("cas").dispatch(tr));
  group.type("cas", "deelnemer");
  group.choose("bo", "ke deelnemer");
  group.remove("bo");
  group.at("bo").binding.commands.undo();
});
record("characters of two units", "|cas:Zon 🌞 en maan 🌛 hier.", (group) => {
  group.type("cas", "Zon 🌞 en maan 🌛 hier.");
  group.choose("bo", "n 🌞 en maan 🌛");
  group.remove("bo");
  group.at("bo").binding.commands.undo();
});
record("while another writes beside it", "|cas:Elke deelnemer telt|ana: nu|cas:.", (group) => {
  sentence(group);
  group.choose("bo", "deelnemer ");
  group.remove("bo");
  group.behind("ana", "telt");
  group.type("ana", " nu");
  group.at("bo").binding.commands.undo();
});
record("all of it offline", "|cas:Elke deelnemer telt.", (group) => {
  sentence(group);
  group.offline("bo");
  group.choose("bo", "deelnemer");
  group.remove("bo");
  group.at("bo").binding.commands.undo();
  group.online("bo");
});
record("written on after it", "|cas:Elke deelnemer|bo: zelf|cas: telt.", (group) => {
  sentence(group);
  group.choose("bo", "deelnemer");
  group.remove("bo");
  group.at("bo").binding.commands.undo();
  group.behind("bo", "deelnemer");
  group.type("bo", " zelf");
});
record("cut and pasted in its place", "|cas:Elke |bo:deelnemer|cas: telt.", (group) => {
  sentence(group);
  group.choose("bo", "deelnemer");
  const slice = group.at("bo").state.selection.content();
  group.remove("bo");
  group.at("bo").dispatch(group.at("bo").state.tr.replaceSelection(slice));
});
record("typed again by another", "|cas:Elke |ana:deelnemer|cas: telt.", (group) => {
  sentence(group);
  group.choose("bo", "deelnemer");
  group.remove("bo");
  group.behind("ana", "Elke ");
  group.type("ana", "deelnemer");
});

writeFileSync("../server/collab/testdata/undone.json", JSON.stringify(cases, null, 1) + "\n");
console.log(`${cases.length} cases`);
