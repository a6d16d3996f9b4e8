// Plain Yjs clients in a rich text, as anybody could write them: no message of ours, no subprotocol.
//
//   node tree.mjs <ws-url> <origin> <document>
//
// Reads a command per line, as JSON, and answers each with one line: what the client then sees, or why
// not. Nodes are {el, attrs, kids}, texts are lists of [text, marks].
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

// Yjs shows neighbours with equal marks apart when these came in two changes; an editor shows one text.
const joined = (pieces) => pieces.reduce((list, [words, marks]) => {
  const last = list.at(-1);
  if (last && JSON.stringify(plain(last[1])) === JSON.stringify(plain(marks))) last[0] += words;
  else list.push([words, marks]);
  return list;
}, []);

const shown = (type) =>
  type instanceof Y.XmlText
    ? joined(type.toDelta().map(({ insert, attributes }) => [insert, attributes ?? {}]))
    : { el: type.nodeName ?? "", attrs: type.getAttributes?.() ?? {}, kids: type.toArray().map(shown) };

const made = (node) => {
  if (Array.isArray(node)) {
    const text = new Y.XmlText();
    text.applyDelta(node.map(([insert, attributes]) => ({ insert, attributes })));
    return text;
  }
  const element = new Y.XmlElement(node.el);
  for (const [key, value] of Object.entries(node.attrs ?? {})) element.setAttribute(key, value);
  element.insert(0, (node.kids ?? []).map(made));
  return element;
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
    clients.set(who, { doc, provider, root: doc.getXmlFragment("prosemirror") });
    await until("the first answer", () => provider.synced);
  },
  append({ root }, { nodes }) {
    root.push(nodes.map(made));
  },
  // The text at a path: the places of the elements from the root down.
  format({ text }, { at, len, marks }) {
    text.format(at, len, marks);
  },
  insert({ text }, { at, words, marks }) {
    text.insert(at, words, marks);
  },
  remove({ text }, { at, len }) {
    text.delete(at, len);
  },
  attr({ node }, { key, value }) {
    node.setAttribute(key, value);
  },
  offline({ provider }) {
    provider.disconnect();
  },
  async online({ provider }, { ticket }) {
    provider.params = { ticket };
    provider.connect();
    await until("the answer after the return", () => provider.synced);
  },
  async see({ root }, { nodes }) {
    const want = JSON.stringify(plain(nodes));
    const now = () => JSON.stringify(plain(root.toArray().map(shown)));
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
    else {
      const client = clients.get(command.who);
      let node = client.root;
      for (const at of command.path ?? []) node = node.get(at);
      await commands[command.do]({ ...client, node, text: node }, command);
    }
  } catch (err) {
    answer = { problem: String(err?.message ?? err) };
  }
  console.log(JSON.stringify(answer));
}
for (const { provider } of clients.values()) provider.destroy();
process.exit(0);
