// A server of one live document for tests: it speaks the protocol over real sockets, and fails when
// it is told to.
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { deflateSync } from "node:zlib";
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { type WebSocket as Socket, WebSocketServer } from "ws";
import * as Y from "yjs";
import { subprotocols } from "./protocol.ts";

const bytes = (write: (to: encoding.Encoder) => void): Uint8Array => encoding.encode(write);

export class Double {
  readonly doc = new Y.Doc();
  epoch = 1;
  schema = 1;
  maxUpdateBytes = 1 << 20;
  mode: "read" | "write" = "write";
  /** Marks are answered only while this is so; those that came meanwhile are answered later. */
  #answering = true;
  /** Speaks the best that a client speaks, with pieces of so many bytes, and such a pause between them. */
  pieces: number | undefined;
  pause = 0;
  /** The steps of a sync that clients sent, and what was in them. */
  heard: { step: number; data: Uint8Array }[] = [];
  /** The addresses of the sockets. */
  addresses: URL[] = [];
  /** A line that somebody speaks on while this is so hears nothing from then on: it is half open. */
  deaf = false;
  /** The status of the answer to a request for a ticket, 200 to give one. */
  ticketStatus = 200;
  /** Refuses every update with this code, and closes with it. */
  refuse: number | undefined;
  tickets: string[] = [];
  updates = 0;
  awareness: Uint8Array[] = [];
  #used = new Set<string>();
  #sockets = new Set<Socket>();
  #waiting: (() => void)[] = [];
  #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    const sockets = new WebSocketServer({ server, handleProtocols: () => subprotocols[this.pieces === undefined ? 1 : 0] ?? false });
    sockets.on("connection", (socket, request) => this.#join(socket, request));
  }

  static async start(): Promise<Double> {
    const server = createServer((request, response) => {
      request.resume();
      const status = double.ticketStatus;
      response.writeHead(status, { "Content-Type": "application/json" });
      if (status !== 200) {
        response.end(JSON.stringify({ code: "refused", message: "Nee" }));
        return;
      }
      double.tickets.push(String(double.tickets.length + 1));
      response.end(JSON.stringify({ ticket: double.tickets.at(-1), mode: double.mode, document: "d" }));
    });
    const double = new Double(server);
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    return double;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  text(): string {
    return this.doc.getText("t").toJSON();
  }

  set answering(on: boolean) {
    this.#answering = on;
    if (on) for (const answer of this.#waiting.splice(0)) answer();
  }

  /** Closes every connection with a code, or breaks it off when there is none. */
  drop(code?: number): void {
    for (const socket of this.#sockets) {
      if (code === undefined) {
        socket.terminate();
      } else {
        socket.close(code);
      }
    }
  }

  /** Sends bytes as they are to everybody. */
  shout(frame: Uint8Array): void {
    for (const socket of this.#sockets) socket.send(frame);
  }

  async stop(): Promise<void> {
    this.drop();
    await new Promise<void>((done) => this.#server.close(() => done()));
  }

  #join(socket: Socket, request: IncomingMessage): void {
    const address = new URL(request.url ?? "", "http://x");
    this.addresses.push(address);
    const ticket = address.searchParams.get("ticket") ?? "";
    if (!this.tickets.includes(ticket) || this.#used.has(ticket)) {
      socket.close(4401);
      return;
    }
    this.#used.add(ticket);
    this.#sockets.add(socket);
    const send = (write: (to: encoding.Encoder) => void) => socket.send(bytes(write));
    const share = (update: Uint8Array, origin: unknown) => {
      if (origin !== socket) sendSync(2, update);
    };
    const sendSync = (step: number, data: Uint8Array) =>
      send((to) => {
        encoding.writeVarUint(to, 0);
        encoding.writeVarUint(to, step);
        encoding.writeVarUint8Array(to, data);
      });
    this.doc.on("update", share);
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.doc.off("update", share);
    });
    let lost = false;
    socket.on("message", (data: Buffer) => {
      lost ||= this.deaf; // what a line lost it does not deliver later
      if (!lost) this.#read(decoding.createDecoder(new Uint8Array(data)), socket, send, sendSync);
    });
    send((to) => {
      for (const n of [120, 3, this.epoch, this.schema, this.maxUpdateBytes, this.mode === "write" ? 1 : 0]) {
        encoding.writeVarUint(to, n);
      }
    });
    sendSync(0, Y.encodeStateVector(this.doc));
    const vector = address.searchParams.get("vector");
    if (this.pieces !== undefined && vector !== null) {
      void this.#sendPieces(socket, Y.encodeStateAsUpdateV2(this.doc, new Uint8Array(Buffer.from(vector, "base64url"))), this.pieces);
    }
  }

  async #sendPieces(socket: Socket, update: Uint8Array, most: number): Promise<void> {
    const all = packed(update);
    for (let offset = 0; offset < all.length; offset += most) {
      socket.send(
        bytes((to) => {
          for (const n of [120, 4, update.length, all.length, offset]) encoding.writeVarUint(to, n);
          encoding.writeVarUint8Array(to, all.subarray(offset, offset + most));
        }),
      );
      await new Promise((later) => setTimeout(later, this.pause));
    }
  }

  #read(
    from: decoding.Decoder,
    socket: Socket,
    send: (write: (to: encoding.Encoder) => void) => void,
    sendSync: (step: number, data: Uint8Array) => void,
  ): void {
    switch (decoding.readVarUint(from)) {
      case 0: {
        const step = decoding.readVarUint(from);
        const data = decoding.readVarUint8Array(from);
        this.heard.push({ step, data });
        if (step === 0) return sendSync(1, Y.encodeStateAsUpdate(this.doc, data));
        this.updates++;
        if (this.mode === "read") return socket.close(4403);
        if (this.refuse === undefined) Y.applyUpdate(this.doc, data, socket);
        return;
      }
      case 1: {
        const update = decoding.readVarUint8Array(from);
        this.awareness.push(update);
        for (const other of this.#sockets) {
          if (other === socket) continue;
          other.send(
            bytes((to) => {
              encoding.writeVarUint(to, 1);
              encoding.writeVarUint8Array(to, update);
            }),
          );
        }
        return;
      }
      case 3:
        return send((to) => {
          encoding.writeVarUint(to, 1);
          encoding.writeVarUint8Array(to, Uint8Array.of(0));
        });
      case 120: {
        decoding.readVarUint(from);
        const mark = decoding.readVarUint(from);
        const refuse = this.refuse;
        const answer = () => {
          send((to) => {
            for (const n of [120, refuse === undefined ? 1 : 2, mark, refuse ?? 7]) encoding.writeVarUint(to, n);
          });
          if (refuse !== undefined) socket.close(refuse);
        };
        if (this.#answering) {
          answer();
        } else {
          this.#waiting.push(answer);
        }
      }
    }
  }
}

/** What the pieces of an update are together, as a server makes it that finds no ids in it. */
export function packed(update: Uint8Array): Uint8Array<ArrayBuffer> {
  const to = encoding.createEncoder();
  encoding.writeVarUint(to, 0);
  encoding.writeVarUint8Array(to, update.filter((byte) => byte === 0xff).fill(0));
  encoding.writeUint8Array(to, update);
  return new Uint8Array(deflateSync(encoding.toUint8Array(to)));
}
