// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from "vitest";
import { startIslands } from "./islands.ts";

beforeEach(() => {
  vi.restoreAllMocks();
  document.body.innerHTML = '<form data-island="poll"></form><p data-island="poll"></p><p data-island="unknown"></p>';
});

test("each element starts its island once, however often the page is looked through", async () => {
  const start = vi.fn();
  const islands = { "./poll/index.ts": async () => ({ start }) };
  vi.spyOn(console, "error").mockReturnValue();
  await startIslands(document, islands);
  await startIslands(document, islands);
  expect(start.mock.calls.map(([element]) => (element as HTMLElement).tagName)).toEqual(["FORM", "P"]);
});

test("an island that does not exist or does not start leaves the others alone", async () => {
  const complain = vi.spyOn(console, "error").mockReturnValue();
  const start = vi.fn().mockRejectedValueOnce(new Error("no")).mockResolvedValue(undefined);
  await startIslands(document, { "./poll/index.ts": async () => ({ start }) });
  expect(start).toHaveBeenCalledTimes(2);
  expect(complain).toHaveBeenCalledTimes(2);
});
