// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from "vitest";
import { given } from "./given.ts";

// The words and letters of realtime/protocol/tight_test.go.
const letters = "ofN045WCtIFg9eTTwrGgn/8Bmvdwh1vagWiMSfx6bb0tpe22";
const id = "5e0c8b1c-6a7d-4b7e-9f0a-1b2c3d4e5f60";
const text = `${id} de lamp, de lamp, de lamp ${id}`;
const told = JSON.stringify({ epoch: 3, size: text.length, letters: letters.length, ids: 1, rest: 32, first: 2 });

function page(said: string, text: string): void {
  document.documentElement.innerHTML = `<body><p></p><script type="text/plain" data-given='${said}'>${text}</script></body>`;
}

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

test("what the server made small is read back", () => {
  page(told, letters);
  expect(given()).toEqual({ epoch: 3, update: Uint8Array.from(new TextEncoder().encode(text)) });
  expect(document.querySelector("script"), "it is not kept twice").toBeNull();
  expect(given()).toBeUndefined();
});

test("a text that was cut off is none", () => {
  for (const some of [0, 3, 20, letters.length - 1]) {
    page(told, letters.slice(0, some));
    expect(given(), `${some} letters`).toBeUndefined();
  }
});

test("nor is what is no text at all", () => {
  vi.mocked(console.warn).mockClear();
  for (const [said, some] of [["", letters], ["{}", letters], [told, `*${letters.slice(1)}`], [told.replace('"rest":32', '"rest":30'), letters]] as const) {
    page(said, some);
    expect(given(), said).toBeUndefined();
  }
  expect(console.warn).toHaveBeenCalledTimes(4);
});
