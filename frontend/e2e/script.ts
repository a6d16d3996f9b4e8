// A script that writes in a document, with a token.
import { WebSocket } from "ws";
import * as Y from "yjs";
import { pieces } from "../src/editor/pieces.ts";
import * as protocol from "../src/editor/protocol.ts";

/** Writes in a document as a script does, and returns when all is stored; fails with the code when the
 * server closes. */
export function scripted(address: string, token: string, write: (doc: Y.Doc, model: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address, protocol.subprotocols, { headers: { Authorization: `Bearer ${token}` } });
    socket.on("error", reject);
    socket.on("close", (code) => reject(new Error(`the server closed with ${code}`)));
    socket.on("message", (data: Buffer) => {
      for (const message of protocol.decode(new Uint8Array(data))) {
        if (message.kind === "hello") {
          const doc = new Y.Doc();
          write(doc, message.schema);
          for (const update of pieces(Y.encodeStateAsUpdate(doc), message.maxUpdateBytes / 2) ?? []) socket.send(protocol.encodeUpdate(update));
          socket.send(protocol.encodeMark(1));
        } else if (message.kind === "kept") {
          resolve();
          socket.close();
        }
      }
    });
  });
}
