import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";
import { pagesBelow, prune, wordsOf } from "./build/prune.ts";

const dist = resolve("dist");

/** Pictures that a page names itself, without a style between. */
function pictures(): Plugin {
  return {
    name: "samenwijk-pictures",
    apply: "build",
    buildStart() {
      const file = "src/images/favicon.svg";
      this.addWatchFile(resolve(file));
      this.emitFile({ type: "asset", name: "favicon.svg", originalFileName: file, source: readFileSync(file) });
    },
  };
}

/** Writes a compressed twin beside each text, so that the server compresses nothing itself. */
function twins(): Plugin {
  return {
    name: "samenwijk-twins",
    apply: "build",
    writeBundle() {
      writeFileSync(join(dist, ".gitkeep"), "");
      for (const name of readdirSync(join(dist, "assets"))) {
        if (!/\.(css|js|svg)$/.test(name)) continue;
        const path = join(dist, "assets", name);
        const text = readFileSync(path);
        writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }));
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
        writeFileSync(`${path}.br`, brotliCompressSync(text, { params }));
      }
    },
  };
}

export default defineConfig({
  publicDir: false,
  plugins: [pictures(), twins()],
  css: { postcss: { plugins: [prune(wordsOf(pagesBelow(resolve(".."))))] } },
  build: {
    outDir: dist,
    manifest: "manifest.json",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: ["src/styles/site.css", "src/styles/app.css", "src/islands.ts", "src/early.ts"],
    },
  },
});
