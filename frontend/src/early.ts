// The beginning of a document's page: while the editor is still on its way, this small script asks for a
// ticket, opens the line and takes what comes, so that over a slow line the text does not wait for the
// editor. Whoever has a copy on this device does not need that: the editor shows it at once. Nor does who has a
// page with the text in it, which is read here for the same reason.
import { type Brought, readGiven } from "./given.ts";

/** The version of the document's model that this build speaks. */
export const model = 2;

/** What we speak, best first. With the first a server sends a large text in pieces, and at once to who
 * named in the address what is here already; with either it says what it kept. */
export const subprotocols = ["samenwijk.live.2", "samenwijk.live.1"];

/** Where the copies on this device are listed. */
export const copies = "samenwijk:copies";

/** A line that was opened early. It is closed by whoever takes it. */
export interface Early {
  /** The socket, as soon as there is a ticket for it; undefined when none was given. */
  readonly socket: Promise<WebSocket | undefined>;
  /** What came so far. */
  readonly frames: ArrayBuffer[];
}

interface Page {
  document: string;
  person: string;
  csrf: string;
  ticket: string;
  socket: string;
  /** The page itself brings the text, behind all that it shows. */
  given: boolean;
}

let brought: Brought | undefined;

const read = (): void => {
  brought ??= readGiven();
};

/** Returns the text that the page brought, once. */
export function takeGiven(): Brought | undefined {
  read();
  const taken = brought;
  brought = undefined;
  return taken;
}

let open: (Early & { document: string }) | undefined;

/** Returns the line that was opened for a document, once. To an editor that speaks another model than was
 * said on it, it is of no use. */
export function takeEarly(document: string, speaks: number): Early | undefined {
  const early = open?.document === document ? open : undefined;
  if (!early) return undefined;
  open = undefined;
  if (speaks === model) return early;
  void early.socket.then((socket) => socket?.close(1000));
  return undefined;
}

/** Opens the line of the page that script belongs to. */
export function begin(script: HTMLElement): void {
  const page = JSON.parse(script.dataset["early"] ?? "") as Page;
  if (page.given) {
    if (document.readyState === "loading") addEventListener("DOMContentLoaded", read, { once: true });
    else read();
  }
  if (page.given || keepsCopy(page)) return;
  const frames: ArrayBuffer[] = [];
  open = { document: page.document, frames, socket: connect(page, frames).catch(() => undefined) };
}

function keepsCopy({ document, person }: Page): boolean {
  try {
    return (localStorage.getItem(copies) ?? "").includes(`:${person}:${document}:`);
  } catch {
    return false; // a browser that keeps nothing
  }
}

async function connect(page: Page, frames: ArrayBuffer[]): Promise<WebSocket | undefined> {
  const answer = await fetch(page.ticket, { method: "POST", headers: { "X-CSRF-Token": page.csrf, Accept: "application/json" } });
  if (!answer.ok) return undefined; // the editor asks again, and says why it was refused
  const { ticket } = (await answer.json()) as { ticket: string };
  const address = new URL(page.socket, location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  address.search = new URLSearchParams({ ticket, model: String(model), vector: "AA" }).toString(); // we have nothing
  const socket = new WebSocket(address, subprotocols);
  socket.binaryType = "arraybuffer";
  socket.onmessage = (event: MessageEvent<unknown>) => {
    if (event.data instanceof ArrayBuffer) frames.push(event.data);
  };
  return socket;
}

const script = typeof document === "undefined" ? null : document.querySelector<HTMLElement>("script[data-early]");
if (script) begin(script);
