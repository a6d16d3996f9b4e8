// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { begin, copies, model, subprotocols, takeEarly, takeGiven } from "./early.ts";
import { version } from "./editor/binding/model.ts";

class Socket {
  static opened: Socket[] = [];
  binaryType = "";
  closed = false;
  onmessage: ((event: MessageEvent<unknown>) => void) | undefined;

  constructor(
    readonly address: string | URL,
    readonly protocols: string[],
  ) {
    Socket.opened.push(this);
  }

  close(): void {
    this.closed = true;
  }
}

const asked: { address: unknown; init: RequestInit | undefined }[] = [];
let status = 200;

beforeEach(() => {
  Socket.opened = [];
  asked.length = 0;
  status = 200;
  localStorage.clear();
  vi.stubGlobal("WebSocket", Socket);
  vi.stubGlobal("fetch", (address: unknown, init?: RequestInit) => {
    asked.push({ address, init });
    return Promise.resolve(new Response(JSON.stringify({ ticket: "t&1" }), { status }));
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  takeEarly("d", model);
});

function script(): HTMLElement {
  const element = document.createElement("script");
  element.dataset["early"] = JSON.stringify({ document: "d", person: "p", csrf: "c", ticket: "/live/d/ticket", socket: "/live/d" });
  return element;
}

test("the line is opened before there is an editor, and what came is kept for it", async () => {
  begin(script());
  const early = takeEarly("d", model);
  expect(takeEarly("d", model), "it is taken once").toBeUndefined();
  await early?.socket;
  expect(asked).toMatchObject([{ address: "/live/d/ticket", init: { method: "POST", headers: { "X-CSRF-Token": "c" } } }]);
  const [socket] = Socket.opened;
  const address = new URL(String(socket?.address));
  expect([address.protocol, address.pathname]).toEqual(["ws:", "/live/d"]);
  expect(Object.fromEntries(address.searchParams)).toEqual({ ticket: "t&1", model: String(model), vector: "AA" });
  expect([socket?.protocols, socket?.binaryType]).toEqual([subprotocols, "arraybuffer"]);
  const frame = new ArrayBuffer(3);
  socket?.onmessage?.(new MessageEvent("message", { data: frame }));
  expect(early?.frames).toEqual([frame]);
});

test("another document takes no line that is not its own", () => {
  begin(script());
  expect(takeEarly("other", model)).toBeUndefined();
  expect(takeEarly("d", model)).toBeDefined();
});

test("an editor of another model does not go on with a line on which this one was named", async () => {
  begin(script());
  expect(takeEarly("d", model + 1)).toBeUndefined();
  await vi.waitFor(() => expect(Socket.opened.map((socket) => socket.closed)).toEqual([true]));
});

test("who has a copy on this device waits for nothing, and opens nothing early", () => {
  localStorage.setItem(copies, JSON.stringify([{ name: "samenwijk:p:d:1", person: "p", document: "d", epoch: 1 }]));
  begin(script());
  expect([takeEarly("d", model), asked.length]).toEqual([undefined, 0]);
});

test("a page that brings the text opens nothing early", () => {
  const page = script();
  page.dataset["early"] = JSON.stringify({ ...(JSON.parse(page.dataset["early"] ?? "") as object), given: true });
  begin(page);
  expect([takeEarly("d", model), asked.length]).toEqual([undefined, 0]);
});

test("the text is read as soon as the page is whole, and taken once", () => {
  document.body.innerHTML = '<script type="text/plain" data-given=\'{"epoch":3,"size":1,"letters":6,"ids":0,"rest":1,"first":1}\'>AAAAAA</script>';
  const there = (): number => document.querySelectorAll("script").length;
  const state = vi.spyOn(document, "readyState", "get").mockReturnValue("loading");
  const page = script();
  page.dataset["early"] = JSON.stringify({ ...(JSON.parse(page.dataset["early"] ?? "") as object), given: true });
  begin(page);
  expect(there(), "it may not all be there").toBe(1);
  state.mockRestore();
  dispatchEvent(new Event("DOMContentLoaded"));
  expect(there()).toBe(0);
  expect(takeGiven()).toMatchObject({ epoch: 3, size: 1 });
  expect(takeGiven()).toBeUndefined();
});

test("a ticket that is refused, or does not come, is left to the editor", async () => {
  status = 403;
  begin(script());
  expect(await takeEarly("d", model)?.socket).toBeUndefined();
  vi.stubGlobal("fetch", () => Promise.reject(new Error("no network")));
  begin(script());
  expect(await takeEarly("d", model)?.socket).toBeUndefined();
  expect(Socket.opened).toEqual([]);
});

test("the line speaks of the model that the editor writes", () => {
  expect(model).toBe(version);
});
