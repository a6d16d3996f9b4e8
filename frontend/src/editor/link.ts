// One line to the server that mends itself: a fresh ticket for each connection, a pause that grows
// and differs for everybody, and no trust in a socket that has been silent for too long.
import type { Early } from "../early.ts";
import { afterClose, afterRefusal, type Next, type Stop } from "./backoff.ts";
import { subprotocols } from "./protocol.ts";

export interface LinkOptions {
  /** Where a ticket is asked for, with a POST. */
  ticket: string;
  /** Where the socket opens; the ticket is added. */
  socket: string;
  csrf: string;
  /** A socket that said nothing for so many milliseconds is dead. */
  silence?: number;
  random?: () => number;
  connect?: (url: string, protocols: string[]) => WebSocket;
  /** A line that was opened before there was an editor, by somebody who has nothing of the document. */
  early?: Early | undefined;
}

export interface LinkEvents {
  /** What to say of ourselves in the address of the socket that opens now. */
  introduce(): Record<string, string>;
  /** The early line is used, whose server was told that nothing is here. */
  early(): void;
  open(): void;
  frame(bytes: Uint8Array): void;
  /** The line is quiet; answer with something that the server answers in turn. */
  quiet(): void;
  /** No connection now; stop says why none will come any more. */
  down(stop: Stop | undefined): void;
}

const steady = 10_000; // a connection that lasted this long was a good one

export class Link {
  readonly #options: Required<Omit<LinkOptions, "early">>;
  #early: Early | undefined;
  readonly #events: LinkEvents;
  #socket: WebSocket | undefined;
  #ticket: AbortController | undefined;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  #heard = 0;
  #unsent = 0; // bytes that the browser had still to send when we looked last
  #opened = 0;
  #stopped = false;

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = {
      silence: 30_000,
      random: Math.random,
      connect: (url, protocols) => new WebSocket(url, protocols),
      ...options,
    };
    this.#early = options.early;
    this.#events = events;
  }

  get open(): boolean {
    return this.#socket?.readyState === 1;
  }

  /** The server speaks the best that we speak. */
  get best(): boolean {
    return this.#socket?.protocol === subprotocols[0];
  }

  /** Connects now, also when a pause was under way. Harmless when connected or stopped. */
  start(): void {
    if (this.#stopped || this.#socket || this.#ticket) return;
    clearTimeout(this.#timer);
    void this.#connect();
  }

  /** Ends the connection; start may begin a new one. */
  pause(): void {
    clearTimeout(this.#timer);
    this.#ticket?.abort();
    this.#ticket = undefined;
    this.#drop(1000);
  }

  /** Ends the connection for good. */
  stop(): void {
    this.#stopped = true;
    this.pause();
  }

  /** Ends this connection and makes a new one after the usual pause. */
  renew(): void {
    this.#drop(1000);
    this.#next(afterClose(1006, this.#attempt++, this.#options.random));
  }

  send(bytes: Uint8Array): void {
    if (this.open) this.#socket?.send(bytes as Uint8Array<ArrayBuffer>);
  }

  async #connect(): Promise<void> {
    const ask = new AbortController();
    this.#ticket = ask;
    if (this.#early && (await this.#take(this.#early, ask))) return;
    const timeout = setTimeout(() => ask.abort(), this.#options.silence);
    let ticket: string;
    try {
      const answer = await fetch(this.#options.ticket, {
        method: "POST",
        headers: { "X-CSRF-Token": this.#options.csrf, Accept: "application/json" },
        signal: ask.signal,
      });
      if (!answer.ok) {
        if (this.#ticket === ask) this.#refused(answer.status, await code(answer));
        return;
      }
      ticket = ticketOf(await answer.json());
    } catch {
      if (this.#ticket === ask) this.#refused(0, "");
      return;
    } finally {
      clearTimeout(timeout);
    }
    if (this.#ticket !== ask) return; // paused meanwhile
    this.#ticket = undefined;
    this.#openSocket(`${this.#options.socket}?${new URLSearchParams({ ticket, ...this.#events.introduce() })}`);
  }

  /** Goes on with a line that was opened early, if that is still open. */
  async #take(early: Early, ask: AbortController): Promise<boolean> {
    this.#early = undefined;
    const late = new Promise<undefined>((resolve) => setTimeout(resolve, this.#options.silence));
    const socket = await Promise.race([early.socket, late]);
    if (this.#ticket !== ask) {
      socket?.close(1000); // paused meanwhile
      return true;
    }
    if (!socket || socket.readyState > 1) return false;
    this.#ticket = undefined;
    this.#events.early();
    this.#use(socket);
    for (const frame of early.frames) this.#events.frame(new Uint8Array(frame));
    return true;
  }

  #refused(status: number, reason: string): void {
    this.#ticket = undefined;
    // A page that outlived its session carries a token of nobody: signing in again is what helps.
    const known = reason === "web.form_expired" ? 401 : status;
    this.#next(afterRefusal(known, this.#attempt++, this.#options.random));
  }

  #openSocket(url: string): void {
    this.#use(this.#options.connect(url, subprotocols));
  }

  #use(socket: WebSocket): void {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    this.#heard = this.#opened = Date.now();
    this.#watch = setInterval(() => this.#look(), this.#options.silence / 6);
    socket.onopen = () => {
      if (this.#socket !== socket) return;
      this.#heard = this.#opened = Date.now();
      this.#events.open();
    };
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (this.#socket !== socket || !(event.data instanceof ArrayBuffer)) return;
      this.#heard = Date.now();
      this.#events.frame(new Uint8Array(event.data));
    };
    socket.onclose = (event) => {
      if (this.#socket !== socket) return;
      this.#forget();
      if (Date.now() - this.#opened >= steady) this.#attempt = 0;
      this.#next(afterClose(event.code, this.#attempt++, this.#options.random));
    };
  }

  #look(): void {
    // Over a narrow line the answer to what we say comes after all that goes before it, which takes long.
    const unsent = this.#socket?.bufferedAmount ?? 0;
    if (unsent < this.#unsent) this.#heard = Date.now();
    this.#unsent = unsent;
    const silent = Date.now() - this.#heard;
    if (silent >= this.#options.silence) {
      this.renew();
    } else if (silent >= this.#options.silence / 2 && this.open) {
      this.#events.quiet();
    }
  }

  /** Forgets the socket before closing it: a half-open one would tell us of its end much later. */
  #drop(code: number): void {
    const socket = this.#socket;
    if (!socket) return;
    this.#forget();
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(code);
    this.#events.down(undefined);
  }

  #forget(): void {
    clearInterval(this.#watch);
    this.#socket = undefined;
  }

  #next(next: Next): void {
    if ("stop" in next) {
      this.#stopped = true;
      this.#events.down(next.stop);
      return;
    }
    this.#events.down(undefined);
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.start(), next.wait);
  }
}

function ticketOf(answer: unknown): string {
  if (typeof answer === "object" && answer !== null && "ticket" in answer && typeof answer.ticket === "string") {
    return answer.ticket;
  }
  throw new Error("the answer holds no ticket");
}

/** The code of a fault, as the server names it in JSON. */
async function code(answer: Response): Promise<string> {
  try {
    const fault: unknown = await answer.json();
    return typeof fault === "object" && fault !== null && "code" in fault ? String(fault.code) : "";
  } catch {
    return "";
  }
}
