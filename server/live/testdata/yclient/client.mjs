// Plain Yjs clients, as anybody could write them: no message of ours, no subprotocol.
//
//   node client.mjs write <ws-url> <origin> <document> <words> <ticket>...   each ticket is a client that types
//   node client.mjs read  <ws-url> <origin> <document> <length> <ticket>     waits until the text is that long
//
// Prints the text that all of them hold as one line of JSON.
import WebSocket from "ws";
import * as Y from "yjs";
import { WebsocketProvider } from "y-websocket";

const [what, url, origin, name, amount, ...tickets] = process.argv.slice(2);

class FromOrigin extends WebSocket {
  constructor(address, protocols) {
    super(address, protocols, { origin });
  }
}

const clients = tickets.map((ticket) => {
  const doc = new Y.Doc();
  const provider = new WebsocketProvider(url, name, doc, {
    WebSocketPolyfill: FromOrigin,
    disableBc: true,
    params: { ticket },
  });
  // A client that was closed comes back with its ticket, which is taken once: say why it was closed.
  const closed = [];
  provider.on("connection-close", (event) => closed.push(event?.code));
  provider.awareness.setLocalStateField("user", { name: "Eve", color: "url(evil)" });
  return { doc, provider, closed, text: doc.getText("text") };
});

const until = async (what, seen) => {
  const deadline = Date.now() + 20_000;
  while (!seen()) {
    if (Date.now() > deadline) {
      const seen = clients.map(({ text, closed, doc }) => ({ length: text.length, closed, pending: doc.store.pendingStructs !== null }));
      throw new Error(`waited in vain for ${what}: ${JSON.stringify(seen)} of ${length}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

let length = Number(amount);
await until("the first answer", () => clients.every(({ provider }) => provider.synced));

if (what === "write") {
  // Not between the halves of a character: there Yjs clients do not agree with each other.
  const whole = (text, index) => (/[\uDC00-\uDFFF]/.test(text.toString().charAt(index)) ? index + 1 : index);
  const words = Number(amount);
  const word = "wijk🏠 ";
  length = clients[0].text.length + words * word.length * clients.length;
  for (let i = 0; i < words; i++) {
    for (const { text } of clients) {
      text.insert(whole(text, Math.floor(Math.random() * (text.length + 1))), word);
      if (i % 5 === 4) text.format(0, whole(text, Math.min(10, text.length)), { bold: true });
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

// Clients may cut the same text in other pieces, so their bytes are not compared, only what they show.
const shown = () => new Set(clients.map(({ text }) => JSON.stringify(text.toDelta())));
await until("the same text everywhere", () => clients.every(({ text }) => text.length === length) && shown().size === 1);
if (clients.length > 1) {
  await until("each other's names", () =>
    clients.every(({ provider }) => provider.awareness.getStates().size === clients.length));
}
const names = clients.flatMap(({ doc, provider }) =>
  [...provider.awareness.getStates()].filter(([id]) => id !== doc.clientID).map(([, state]) => state.user));
console.log(JSON.stringify({ text: clients[0].text.toString(), length, names }));
for (const { provider } of clients) provider.destroy();
process.exit(0);
