// What the peers share: a connection to the relay, in step before the editor is made, as is best for both.
import { WebsocketProvider } from "y-websocket";
import type { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import "./page.css";

export async function connect(): Promise<{ doc: Y.Doc; awareness: Awareness; place: HTMLElement }> {
  const place = document.getElementById("text");
  if (!place) throw new Error("the page has no place for the text");
  const doc = new Y.Doc();
  const provider = new WebsocketProvider(`ws://${location.host}`, place.dataset["room"] ?? "", doc, { disableBc: true });
  provider.awareness.setLocalStateField("user", { name: "Ana", color: "#004488" });
  await new Promise<void>((resolve) => provider.once("sync", () => resolve()));
  return { doc, awareness: provider.awareness, place };
}
