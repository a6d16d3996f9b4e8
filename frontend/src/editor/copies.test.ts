// @vitest-environment jsdom
// @vitest-environment-options { "url": "https://samenwijk.example/programmas/1" }
import { expect, test, vi } from "vitest";
import { forgetCopies } from "./copy.ts";

test("the cookie that names the copies is for this host, over TLS", () => {
  const set = vi.spyOn(document, "cookie", "set");
  forgetCopies();
  expect(set.mock.calls).toEqual([["__Host-kopie=; path=/; max-age=0; samesite=lax; secure"]]);
});
