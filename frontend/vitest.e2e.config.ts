import { defineConfig } from "vitest/config";

// The browser tests: each file starts a program and a browser of its own; one file at a time, because
// two cores are enough for one program, one browser and one test.
export default defineConfig({
  test: {
    include: ["e2e/**/*.e2e.ts"],
    testTimeout: 90_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
