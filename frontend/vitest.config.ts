import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "words/*.test.ts", "build/**/*.test.ts", "e2e/gallery.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
