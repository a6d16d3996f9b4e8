// Plain Yjs clients in a text of flows, as anybody could write them: no message of ours, no subprotocol.
//
//   node flows.mjs <ws-url> <origin> <document>
//
// Reads a command per line, as JSON, and answers each with one line: done, or why not.
import { createInterface } from "node:readline";
import WebSocket from "ws";
import * as Y from "yjs";
import { WebsocketProvider } from "y-websocket";

const [url, origin, name] = process.argv.slice(2);

class FromOrigin extends WebSocket {
  constructor(address, protocols) {
    super(address, protocols, { origin });
  }
}

const clients = new Map();

// What a text of flows reads as, by docs/document.md alone: its paragraphs with what they are, and pieces
// of [words, attributes]. Yjs shows neighbours with equal attributes apart when these came in two changes.
const shown = (doc) => {
  const marks = doc.getMap("marks");
  const valuesOf = (id) =>
    Object.fromEntries([...marks].filter(([key]) => key.startsWith(`${id}:`)).map(([key, value]) => [key.slice(id.length + 1), value]));
  const lines = [];
  let line = [];
  for (const { insert, attributes = {} } of doc.getText("body").toDelta()) {
    if (typeof insert !== "string") {
      lines.push({ ...valuesOf(insert.p), words: line });
      line = [];
      continue;
    }
    const last = line.at(-1);
    if (last && JSON.stringify(plain(last[1])) === JSON.stringify(plain(attributes))) last[0] += insert;
    else line.push([insert, attributes]);
  }
  if (line.length > 0) lines.push({ words: line, open: true }); // its mark has not come yet
  return lines;
};

// Keys in one order, so that trees can be compared as text.
const plain = (v) =>
  v === null || typeof v !== "object" ? v
    : Array.isArray(v) ? v.map(plain)
      : Object.fromEntries(Object.keys(v).sort().map((key) => [key, plain(v[key])]));

const until = async (what, seen) => {
  const deadline = Date.now() + 20_000;
  while (!seen()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

const commands = {
  async open({ who, ticket }) {
    const doc = new Y.Doc();
    const provider = new WebsocketProvider(url, name, doc, { WebSocketPolyfill: FromOrigin, disableBc: true, params: { ticket } });
    clients.set(who, { doc, provider, body: doc.getText("body"), marks: doc.getMap("marks") });
    await until("the first answer", () => provider.synced);
  },
  insert({ body }, { at, words, marks }) {
    body.insert(at, words, marks);
  },
  // The end of a paragraph.
  mark({ doc, body, marks }, { at, id, values }) {
    doc.transact(() => {
      body.insertEmbed(at, { p: id });
      for (const [name, value] of Object.entries(values)) marks.set(`${id}:${name}`, value);
    });
  },
  become({ marks }, { id, name, value }) {
    if (value === null) marks.delete(`${id}:${name}`);
    else marks.set(`${id}:${name}`, value);
  },
  format({ body }, { at, len, marks }) {
    body.format(at, len, marks);
  },
  remove({ body }, { at, len }) {
    body.delete(at, len);
  },
  offline({ provider }) {
    provider.disconnect();
  },
  async online({ provider }, { ticket }) {
    provider.params = { ticket };
    provider.connect();
    await until("the answer after the return", () => provider.synced);
  },
  async see({ doc }, { lines }) {
    const want = JSON.stringify(plain(lines));
    const now = () => JSON.stringify(plain(shown(doc)));
    await until(want, () => now() === want).catch((err) => {
      throw new Error(`${err.message}; there is ${now()}`);
    });
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  let answer = {};
  try {
    if (command.do === "open") await commands.open(command);
    else await commands[command.do](clients.get(command.who), command);
  } catch (err) {
    answer = { problem: String(err?.message ?? err) };
  }
  console.log(JSON.stringify(answer));
}
for (const { provider } of clients.values()) provider.destroy();
process.exit(0);
