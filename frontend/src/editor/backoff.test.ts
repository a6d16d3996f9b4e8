import { expect, test } from "vitest";
import { afterClose, afterRefusal } from "./backoff.ts";

test("the pause is drawn from the whole range, which doubles up to half a minute", () => {
  expect(afterClose(1006, 0, () => 0)).toEqual({ wait: 0 });
  expect(afterClose(1006, 0, () => 1)).toEqual({ wait: 500 });
  expect(afterClose(1006, 3, () => 1)).toEqual({ wait: 4000 });
  expect(afterClose(1006, 40, () => 1)).toEqual({ wait: 30_000 });
});

test("after a restart people come back spread over five seconds", () => {
  expect(afterClose(1012, 0, () => 0.5)).toEqual({ wait: 2500 });
});

test("a server that asks for time gets it", () => {
  expect(afterClose(1013, 0, () => 0)).toEqual({ wait: 5000 });
  expect(afterClose(4429, 0, () => 0)).toEqual({ wait: 10_000 });
  expect(afterRefusal(429, 0, () => 0)).toEqual({ wait: 10_000 });
});

test("what cannot come back is not tried again", () => {
  expect([4403, 4404, 4409, 4413, 4422, 4426].map((code) => afterClose(code, 0, () => 0))).toEqual(
    ["forbidden", "gone", "epoch", "too-large", "content", "outdated"].map((stop) => ({ stop })),
  );
  expect([401, 403, 404, 410, 421].map((status) => afterRefusal(status, 0, () => 0))).toEqual(
    ["signed-out", "forbidden", "gone", "gone", "elsewhere"].map((stop) => ({ stop })),
  );
});

test("a server that is away is tried again", () => {
  for (const status of [0, 500, 502, 503]) {
    expect(afterRefusal(status, 1, () => 0.5)).toEqual({ wait: 500 });
  }
});
