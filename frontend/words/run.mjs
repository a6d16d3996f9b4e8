// Builds a program of the word test and runs it: node words/run.mjs words/main.ts
import { spawnSync } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { build } from "vite";

const entry = resolve(process.argv[2]);
const outDir = join(dirname(entry), "node_modules", ".words");
await build({
  configFile: false,
  logLevel: "error",
  root: dirname(entry),
  // Libraries keep a reference to the clock when they load; all in one file they load after fixed.ts.
  ssr: { noExternal: true },
  build: { ssr: entry, outDir, emptyOutDir: false, target: "node20", minify: false, sourcemap: true, rollupOptions: { output: { entryFileNames: "[name]-[hash].mjs" } } },
}).then(({ output }) => {
  const main = output.find((chunk) => chunk.isEntry);
  const { status } = spawnSync(process.execPath, ["--enable-source-maps", "--max-semi-space-size=64", join(outDir, main.fileName)], { stdio: "inherit" });
  process.exitCode = status ?? 1;
});
