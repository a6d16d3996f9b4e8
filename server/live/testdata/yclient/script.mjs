// A script as somebody could write it for a document of theirs: it adds a paragraph, says what it
// reads, and goes on listening until the server puts it out.
//
//   node script.mjs <ws-url> <document> <words>, with the token in the variable TOKEN
//
// Each line it prints is JSON: {"text"} when what it wrote is part of what it reads, {"code"} when
// it was put out, and {"refused"} when it was not let in again.
import WebSocket from "ws";
import * as Y from "yjs";
import { WebsocketProvider } from "y-websocket";

const [url, document, words] = process.argv.slice(2);
const say = (what) => console.log(JSON.stringify(what));

const doc = new Y.Doc();
const provider = new WebsocketProvider(url, document, doc, {
  WebSocketPolyfill: WebSocket,
  disableBc: true,
  params: { token: process.env.TOKEN },
});
provider.on("connection-error", (event) => {
  say({ refused: event.message });
  process.exit(0);
});
provider.on("connection-close", (event) => {
  if (event?.code) say({ code: event.code });
});
provider.on("sync", (synced) => {
  if (!synced) return;
  const text = doc.getText("body");
  doc.transact(() => {
    text.insert(text.length, words);
    text.insertEmbed(text.length, { p: crypto.randomUUID() }); // the end of the paragraph
  });
  say({ text: text.toString() });
});
setTimeout(() => process.exit(1), 60_000);
