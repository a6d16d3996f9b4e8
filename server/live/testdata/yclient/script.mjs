// A script as somebody could write it for a document of theirs: it adds a paragraph, says what it
// reads, and goes on listening until the server puts it out.
//
//   node script.mjs <ws-url> <document> <words> <model of the document>, with the token in the variable TOKEN
//
// Each line it prints is JSON: {"text"} when what it wrote is part of what it reads, {"code"} when
// it was put out, and {"refused"} when it was not let in again.
import { randomUUID } from "node:crypto";
import WebSocket from "ws";
import * as Y from "yjs";
import { WebsocketProvider } from "y-websocket";

const [url, document, words, model] = process.argv.slice(2);
const say = (what) => console.log(JSON.stringify(what));

const doc = new Y.Doc();
const provider = new WebsocketProvider(url, document, doc, {
  WebSocketPolyfill: WebSocket,
  disableBc: true,
  protocols: ["samenwijk.yjs", `samenwijk.token.${process.env.TOKEN}`],
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
  if (model === "1") {
    const text = doc.getXmlFragment("default");
    const paragraph = new Y.XmlElement("paragraph");
    paragraph.insert(0, [new Y.XmlText(words)]);
    text.insert(text.length, [paragraph]);
    return say({ text: text.toString() });
  }
  const body = doc.getText("body");
  body.insert(body.length, words);
  body.insertEmbed(body.length, { p: randomUUID() });
  say({ text: body.toString() });
});
setTimeout(() => process.exit(1), 60_000);
