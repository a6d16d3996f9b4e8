// Keeps one document the same here and on the server, and says honestly how far that is.
//
// What is typed goes out at most every 20 ms, followed by a mark; the server answers a mark when
// everything before it is written down. After each new connection both sides say what they have and
// send what the other lacks, so nothing needs to be remembered of what was under way.
import * as Y from "yjs";
import * as awarenessProtocol from "y-protocols/awareness";
import { Arrival } from "./arrival.ts";
import type { Stop } from "./backoff.ts";
import { type Deletes, deletesIn, deletesOf, lacking } from "./lacking.ts";
import { Link, type LinkOptions } from "./link.ts";
import { pieces } from "./pieces.ts";
import * as protocol from "./protocol.ts";
import { Ledger, type Saved } from "./saved.ts";

/** What is kept of a document on this device. */
export interface LocalCopy {
  readonly epoch: number;
  /** Resolves when what was kept is in the document, to whether some of it may not be on the server. */
  readonly loaded: Promise<boolean>;
  /** Resolves when everything the document now holds is kept here. */
  keep(dirty: boolean): Promise<void>;
  close(): Promise<void>;
}

/** A text that was on the server when the page was made. */
export interface Given {
  epoch: number;
  /** In the second form. */
  update: Uint8Array;
}

export interface ProviderOptions extends LinkOptions {
  doc: Y.Doc;
  /** Opens what is kept here of the document in this epoch; absent when nothing may be kept. */
  openCopy?: (doc: Y.Doc, epoch: number) => LocalCopy;
  /** The epoch of what was kept here last, so that it can be shown before the server answers. */
  lastEpoch?: number;
  /** The text as the page brought it, for who has no copy here. */
  given?: Given | undefined;
  /** Brings an update in; an editor may hold it for a moment. Without it the document gets it at once. */
  receive?: (update: Uint8Array, origin: unknown) => void;
  /** Brings in what the server has, which knows so much of what is here: what it does not is told to it next. */
  merge?: (known: ReadonlyMap<number, number>, bringIn: () => void) => void;
  /** The newest model that this editor knows. */
  schema: number;
  /** What the reader may do as far as the page knows; the server has the last word. */
  mode: protocol.Mode;
}

export interface Status {
  /** "live" is in step with the server; "waiting" will be again. */
  line: "connecting" | "live" | "waiting" | "stopped";
  why?: Stop;
  saved: Saved;
  mode: protocol.Mode;
  /** The document holds kinds of blocks that this editor may not know, so it must not touch it. */
  outdated: boolean;
  /** There is a text to show: the server's, or the copy on this device. */
  loaded: boolean;
  /** How much of the text is here, in per cent, while it takes long to come. */
  progress: number | undefined;
}

const pace = 20; // milliseconds between two messages of what is typed
const keepPace = 400; // milliseconds between two times that this device writes down what is typed

// What is here may be named in the address of the socket, up to so many bytes; a server is asked otherwise.
const mostNamed = 1024;
const nothing = Uint8Array.of(0); // the state vector of who has nothing

// The two forms of an update. A large text comes in the second, which is smaller.
const first = { apply: Y.applyUpdate, decode: Y.decodeUpdate };
const second = { apply: Y.applyUpdateV2, decode: Y.decodeUpdateV2 };
type Form = typeof first;

// What is too large for one message goes in pieces, no faster than the server takes from one browser.
const pieceBytes = 256 << 10;
const piecePace = 200; // milliseconds

export class LiveProvider {
  readonly doc: Y.Doc;
  readonly awareness: awarenessProtocol.Awareness;
  readonly #options: ProviderOptions;
  readonly #link: Link;
  readonly #ledger: Ledger;
  readonly #listeners = new Set<(status: Status) => void>();
  #status: Status;
  #copy: LocalCopy | undefined;
  #epoch: number | undefined; // of what the document holds
  #limit = Infinity;
  readonly #arrival = new Arrival();
  #named: Uint8Array | undefined; // the state vector that this connection's server was told
  #asked: Uint8Array | undefined; // the server's state vector, until it was answered
  #answered = false; // the server knows everything made before this connection
  #outbox: Uint8Array[] = [];
  #moved = false; // our caret or selection
  #flush: ReturnType<typeof setTimeout> | undefined;
  #pieces: ReturnType<typeof setTimeout> | undefined; // more of them wait
  #resting: ReturnType<typeof setTimeout> | undefined; // this device was asked to keep something a moment ago
  #more = false; // something came since
  #clock: ReturnType<typeof setInterval>;
  #inbox: Promise<void> = Promise.resolve();
  #connection = 0; // what came from an earlier one is not handled any more
  #destroyed = false;

  constructor(options: ProviderOptions) {
    this.#options = options;
    this.doc = options.doc;
    this.awareness = new awarenessProtocol.Awareness(this.doc);
    this.#status = { line: "connecting", saved: "saved", mode: options.mode, outdated: false, loaded: false, progress: undefined };
    this.#ledger = new Ledger(Date.now());
    this.#link = new Link(options, {
      introduce: () => this.#introduce(),
      early: () => (this.#named = nothing),
      open: () => undefined, // the server speaks first
      frame: (bytes) => this.#receive(bytes),
      quiet: () => this.#link.send(protocol.encodeWho()),
      down: (stop) => this.#down(stop),
    });
    this.doc.on("update", this.#changed);
    this.awareness.on("update", this.#seen);
    this.#clock = setInterval(() => this.#tell({}), 1000);
  }

  get status(): Status {
    return this.#status;
  }

  /** Calls listener now and whenever the status changes, until the returned function is called. */
  observe(listener: (status: Status) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#status);
    return () => this.#listeners.delete(listener);
  }

  /** Shows what is kept on this device, or what the page brought, then connects. */
  async start(): Promise<void> {
    const { given, lastEpoch } = this.#options;
    const opened = lastEpoch !== undefined && (await this.#open(lastEpoch));
    if (this.#destroyed) return;
    if (opened && this.doc.store.clients.size > 0) {
      this.#tell({ loaded: true });
    } else if (given && given.epoch === (this.#epoch ?? given.epoch)) {
      this.#take(given); // there is no copy, or the browser threw it away
    }
    this.#link.start();
  }

  /** Begins with a text of the page; from then on this device keeps it. */
  #take({ epoch, update }: Given): void {
    this.#epoch = epoch;
    this.doc.off("update", this.#changed); // or Yjs writes all of it down for who only passes it over
    second.apply(this.doc, update, this);
    this.doc.on("update", this.#changed);
    this.#tell({ loaded: true });
    if (!this.#copy) void this.#open(epoch);
  }

  /** Connects now instead of after the pause. */
  retry(): void {
    this.#link.start();
  }

  /** The browser says that there is no connection: nobody has to wait for the silence. */
  lost(): void {
    this.#link.renew();
  }

  /** Leaves for as long as the browser keeps the page aside; retry comes back. */
  leave(): void {
    this.#flushNow();
    this.#keepRest();
    this.#say(null);
    this.#link.pause();
  }

  async destroy(): Promise<void> {
    this.#destroyed = true;
    this.leave();
    this.#link.stop();
    clearInterval(this.#clock);
    clearTimeout(this.#flush);
    clearTimeout(this.#pieces);
    clearTimeout(this.#resting);
    this.doc.off("update", this.#changed);
    this.awareness.off("update", this.#seen);
    this.awareness.destroy();
    await this.#copy?.close();
  }

  /** Is there anything here that the server may not have? */
  get dirty(): boolean {
    return this.#ledger.dirty;
  }

  readonly #changed = (update: Uint8Array, origin: unknown): void => {
    if (origin === this || (this.#copy && origin === this.#copy)) return;
    this.#ledger.changed(Date.now());
    this.#outbox.push(update);
    this.#schedule();
    this.#tell({});
  };

  readonly #seen = ({ added, updated, removed }: Seen, origin: unknown): void => {
    if (origin === this || ![...added, ...updated, ...removed].includes(this.doc.clientID)) return;
    this.#moved = true;
    this.#schedule();
  };

  #schedule(): void {
    this.#flush ??= setTimeout(() => this.#flushNow(), pace);
  }

  #flushNow(): void {
    clearTimeout(this.#flush);
    this.#flush = undefined;
    const updates = this.#outbox.splice(0);
    if (updates.length > 0) {
      if (this.#answered) this.#sendUpdates(updates);
      this.#keep();
    }
    if (this.#moved && this.#status.line === "live") {
      this.#moved = false;
      this.#say(this.awareness.getLocalState());
    }
  }

  #sendUpdates(updates: Uint8Array[]): void {
    const merged = Y.mergeUpdates(updates);
    if (merged.length > this.#limit) return this.#sendInPieces(merged);
    this.#link.send(protocol.encodeUpdate(merged));
    this.#link.send(protocol.encodeMark(this.#ledger.mark()));
  }

  /** Sends an update that is too large for one message, and then what was typed meanwhile. With the
   * update the server has all that is here now. */
  #sendInPieces(update: Uint8Array): void {
    const parts = pieces(update, Math.min(this.#limit, pieceBytes));
    if (!parts) return this.#tooLarge();
    const vector = Y.encodeStateVector(this.doc);
    const deletes = deletesOf(this.doc);
    this.#answered = false;
    const next = (): void => {
      const part = parts.shift();
      if (!part) {
        this.#pieces = undefined;
        return this.#answer(vector, deletes);
      }
      this.#link.send(protocol.encodeUpdate(part));
      this.#pieces = setTimeout(next, piecePace);
    };
    next();
  }

  #tooLarge(): void {
    this.#link.stop();
    this.#down("too-large");
  }

  /** Tells others where we are, or with null that we left. */
  #say(state: object | null): void {
    if (!this.#link.open) return;
    const id = this.doc.clientID;
    const states = new Map(this.awareness.states);
    if (state === null) states.delete(id);
    const clock = this.awareness.meta.get(id)?.clock ?? 0;
    if (state === null) {
      this.awareness.meta.set(id, { clock: clock + 1, lastUpdated: Date.now() });
    }
    this.#link.send(protocol.encodeAwareness(awarenessProtocol.encodeAwarenessUpdate(this.awareness, [id], states)));
  }

  /** Frames are handled one after the other, also when one has to wait for this device. */
  #receive(bytes: Uint8Array): void {
    const connection = this.#connection;
    this.#inbox = this.#inbox.then(async () => {
      if (connection !== this.#connection) return;
      try {
        for (const message of protocol.decode(bytes)) await this.#handle(message);
      } catch (mistake) {
        console.error("the server's message cannot be read", mistake);
        this.#link.renew();
      }
    });
  }

  async #handle(message: protocol.Incoming): Promise<void> {
    switch (message.kind) {
      case "hello":
        return this.#hello(message);
      case "vector":
        if (this.#status.line === "live") return this.#answer(message.vector, Y.createDeleteSet());
        this.#asked = message.vector; // what it lacks is known when its own text is here
        return;
      case "piece": {
        const update = await this.#arrival.take(message, Date.now());
        this.#tell({ progress: this.#arrival.progress(Date.now()) });
        return update && this.#inStep(update, second);
      }
      case "state":
        return this.#inStep(message.update, first);
      case "update":
        return this.#receiveUpdate(message.update);
      case "awareness":
        return awarenessProtocol.applyAwarenessUpdate(this.awareness, message.update, this);
      case "who":
        return this.#say(this.awareness.getLocalState());
      case "kept":
        if (this.#ledger.kept(message.mark, Date.now())) this.#keep();
        return this.#tell({});
      case "refused":
        this.#ledger.refused(message.mark);
        return this.#tell({}); // the server closes now, and its code says what to do
    }
  }

  /** Says in the address of the socket what we speak and what is here, so that the text comes at once. */
  #introduce(): Record<string, string> {
    const said: Record<string, string> = { model: String(this.#options.schema) };
    const vector = Y.encodeStateVector(this.doc);
    this.#named = vector.length <= mostNamed ? vector : undefined;
    if (!this.#named) return said;
    said["vector"] = base64url(vector);
    if (this.#epoch !== undefined) said["epoch"] = String(this.#epoch);
    return said;
  }

  #receiveUpdate(update: Uint8Array): void {
    if (this.#options.receive) this.#options.receive(update, this);
    else Y.applyUpdate(this.doc, update, this);
  }

  async #hello(hello: protocol.Hello): Promise<void> {
    if (this.#options.openCopy && !this.#copy) await this.#open(hello.epoch);
    this.#epoch ??= hello.epoch;
    if (this.#epoch !== hello.epoch) {
      this.#link.stop();
      return this.#down("epoch");
    }
    this.#limit = hello.maxUpdateBytes;
    this.#tell({ mode: hello.mode, outdated: hello.schema > this.#options.schema });
    if (!this.#link.best || !this.#named) {
      this.#named = Y.encodeStateVector(this.doc);
      this.#link.send(protocol.encodeVector(this.#named));
    }
    // Who was here before on another connection counts as new only under a higher number.
    this.awareness.setLocalState(this.awareness.getLocalState());
    this.#say(this.awareness.getLocalState());
  }

  /** Sends what a server lacks that has this vector and knows these deletions, with everything that was
   * made without a connection. */
  #answer(vector: Uint8Array, known: Deletes): void {
    if (this.#status.mode !== "write" || this.#status.outdated) return;
    const update = lacking(this.doc, vector, known);
    this.#outbox = [];
    if (update.length > this.#limit) return this.#sendInPieces(update);
    this.#link.send(protocol.encodeState(update));
    this.#link.send(protocol.encodeMark(this.#ledger.mark()));
    this.#answered = true;
  }

  /** The server sent what we lacked: now it can be told what it lacks. */
  #inStep(update: Uint8Array, form: Form): void {
    const vector = this.#asked;
    this.#asked = undefined;
    const empty = this.#named?.length === nothing.length && !this.#ledger.dirty;
    const bringIn = (): void => form.apply(this.doc, update, this);
    if (vector && this.#options.merge) this.#options.merge(Y.decodeStateVector(vector), bringIn);
    else bringIn();
    this.#ledger.up();
    this.#tell({ line: "live", loaded: true, progress: undefined });
    if (vector) this.#answer(vector, empty ? deletesOf(this.doc) : deletesIn(update, form.decode));
    this.#schedule();
  }

  #down(stop: Stop | undefined): void {
    this.#connection++;
    this.#answered = false;
    this.#asked = undefined;
    this.#arrival.drop();
    clearTimeout(this.#pieces);
    this.#keepRest(); // from now on this device has what nobody else has
    if (stop) {
      this.#ledger.stop(Date.now());
    } else {
      this.#ledger.down(Date.now());
    }
    const others = [...this.awareness.states.keys()].filter((id) => id !== this.doc.clientID);
    awarenessProtocol.removeAwarenessStates(this.awareness, others, this);
    if (this.#status.line === "stopped") return;
    this.#tell(stop ? { line: "stopped", why: stop, mode: "read", progress: undefined } : { line: "waiting", progress: undefined });
  }

  /** Opens what is kept here; a device that keeps nothing is no reason not to go on. */
  async #open(epoch: number): Promise<boolean> {
    if (!this.#options.openCopy) return false;
    const copy = this.#options.openCopy(this.doc, epoch);
    this.#copy = copy;
    this.#epoch = epoch;
    try {
      if (await copy.loaded) this.#ledger.changed(Date.now());
      return true;
    } catch (mistake) {
      console.warn("this device keeps no copy", mistake);
      return false;
    }
  }

  /** Has this device keep what is here: at once, and again when more came while it might not be asked. */
  #keep(): void {
    if (this.#resting) {
      this.#more = true;
      return;
    }
    this.#resting = setTimeout(() => this.#keepRest(), keepPace);
    this.#keepNow();
  }

  /** Has it keep what came meanwhile. */
  #keepRest(): void {
    clearTimeout(this.#resting);
    this.#resting = undefined;
    if (this.#more) this.#keep();
    this.#more = false;
  }

  #keepNow(): void {
    const { made, dirty } = this.#ledger;
    this.#copy?.keep(dirty).then(
      () => {
        this.#ledger.keptHere(made);
        this.#tell({});
      },
      (mistake: unknown) => console.warn("this device did not keep a change", mistake),
    );
  }

  #tell(news: Partial<Status>): void {
    const status = { ...this.#status, ...news };
    status.saved = this.#ledger.state(Date.now(), this.#copy !== undefined);
    const same = (Object.keys(status) as (keyof Status)[]).every((key) => status[key] === this.#status[key]);
    if (same) return;
    this.#status = status;
    for (const listener of this.#listeners) listener(status);
  }
}

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

interface Seen {
  added: number[];
  updated: number[];
  removed: number[];
}
