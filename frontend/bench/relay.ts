// Serves the pages of the peers, and carries what is typed in them: a plain Yjs server in this process.
import { readFileSync, readdirSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { WebSocketServer } from "ws";
import * as awarenessProtocol from "y-protocols/awareness";
import * as sync from "y-protocols/sync";
import * as Y from "yjs";

const types: Record<string, string> = { ".js": "text/javascript", ".css": "text/css" };

/** A document that is kept here, with who is in it. */
export interface Room {
  doc: Y.Doc;
  awareness: awarenessProtocol.Awareness;
}

export class Relay {
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #rooms = new Map<string, Room>();

  /** Serves the files of a folder, and for each room a page /ROOM that runs ROOM.js with ROOM.css. */
  static async start(folder: string): Promise<Relay> {
    const relay = new Relay(folder);
    await new Promise<void>((resolve) => relay.#server.listen(0, "127.0.0.1", resolve));
    return relay;
  }

  private constructor(folder: string) {
    const files = new Map(readdirSync(folder).map((name) => [`/${name}`, readFileSync(join(folder, name))]));
    this.#server = createServer((request, response) => {
      const path = request.url ?? "";
      const file = files.get(path);
      if (file) return void response.setHeader("Content-Type", types[extname(path)] ?? "application/octet-stream").end(file);
      const room = path.slice(1);
      if (!files.has(`/${room}.js`)) return void response.writeHead(404, { "Content-Type": "text/html" }).end("<!doctype html><title>Nothing</title>");
      const style = files.has(`/${room}.css`) ? `<link rel="stylesheet" href="/${room}.css">` : "";
      response.setHeader("Content-Type", "text/html");
      response.end(
        `<!doctype html><html lang="nl"><meta charset="utf-8"><title>${room}</title>${style}` +
          `<div id="text" data-room="${room}"></div><script type="module" src="/${room}.js"></script></html>`,
      );
    });
    this.#sockets = new WebSocketServer({ server: this.#server });
    this.#sockets.on("connection", (socket, request) => {
      const { doc, awareness } = this.room((request.url ?? "").slice(1));
      const send = (type: number, write: (to: encoding.Encoder) => void): void => {
        const to = encoding.createEncoder();
        encoding.writeVarUint(to, type);
        write(to);
        socket.send(encoding.toUint8Array(to));
      };
      const changed = (update: Uint8Array, origin: unknown): void => {
        if (origin !== socket) send(0, (to) => sync.writeUpdate(to, update));
      };
      const moved = ({ added, updated, removed }: Record<string, number[]>, origin: unknown): void => {
        const who = [...(added ?? []), ...(updated ?? []), ...(removed ?? [])];
        if (origin !== socket) send(1, (to) => encoding.writeVarUint8Array(to, awarenessProtocol.encodeAwarenessUpdate(awareness, who)));
      };
      socket.on("message", (data: Buffer) => {
        const from = decoding.createDecoder(data);
        const type = decoding.readVarUint(from);
        if (type === 1) return awarenessProtocol.applyAwarenessUpdate(awareness, decoding.readVarUint8Array(from), socket);
        if (type !== 0) return;
        const answer = encoding.createEncoder();
        encoding.writeVarUint(answer, 0);
        sync.readSyncMessage(from, answer, doc, socket);
        if (encoding.length(answer) > 1) socket.send(encoding.toUint8Array(answer));
      });
      socket.on("close", () => {
        doc.off("update", changed);
        awareness.off("update", moved);
      });
      doc.on("update", changed);
      awareness.on("update", moved);
      send(0, (to) => sync.writeSyncStep1(to, doc));
      const here = [...awareness.getStates().keys()];
      if (here.length > 0) send(1, (to) => encoding.writeVarUint8Array(to, awarenessProtocol.encodeAwarenessUpdate(awareness, here)));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  room(name: string): Room {
    let room = this.#rooms.get(name);
    if (!room) {
      const doc = new Y.Doc();
      const awareness = new awarenessProtocol.Awareness(doc);
      awareness.setLocalState(null);
      room = { doc, awareness };
      this.#rooms.set(name, room);
    }
    return room;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    for (const { doc } of this.#rooms.values()) doc.destroy(); // which ends its awareness too
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
