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

/** The keys of a plain editor, which ours has none of: nothing can tell that nobody needs what they call. */
function withoutItsKeys(): Plugin {
  return {
    name: "samenwijk-keys",
    apply: "build",
    transform(code, id) {
      if (!id.includes("prosemirror-commands/dist/")) return undefined;
      const keys = /\nlet backspace = [^]*?(?=\nexport \{)/;
      if (!keys.test(code)) throw new Error("prosemirror-commands has its keys somewhere else now");
      return { code: code.replace(keys, "").replace(/(?:\w+B|\bb)aseKeymap, /g, ""), map: null };
    },
  };
}

/** What the editor does for browsers that nobody has any more, and that could not run it. */
function withoutInternetExplorer(): Plugin {
  return {
    name: "samenwijk-browsers",
    apply: "build",
    transform(code, id) {
      if (!id.includes("prosemirror-view/dist/")) return undefined;
      const is = /\nconst ie = !!.*;\nconst ie_version = .*;/;
      if (!is.test(code)) throw new Error("prosemirror-view knows its browsers in another way now");
      return { code: code.replace(is, "\nconst ie = false;\nconst ie_version = 0;"), map: null };
    },
  };
}

/** Our texts lie in Yjs: no step, selection or document is read from JSON, or written to it. */
function withoutJSON(): Plugin {
  return {
    name: "samenwijk-json",
    apply: "build",
    transform(code, id) {
      if (!/prosemirror-(model|transform|state)\/dist\//.test(id)) return undefined;
      const json = /\n    (?:static fromJSON|toJSON)\((?:.*\}|[^]*?\n    \})(?=\n)/g;
      if (!json.test(code)) throw new Error(`${id} reads JSON in another way now`);
      return { code: code.replace(json, ""), map: null };
    },
  };
}

/** Nor is a text of Yjs read as JSON, or as elements of a page or their source. */
function withoutReading(): Plugin {
  return {
    name: "samenwijk-reading",
    apply: "build",
    transform(code, id) {
      if (!id.includes("yjs/dist/")) return undefined;
      const reading = /\n  (?:toDOM|toJSON|querySelector|querySelectorAll) \(.*\) \{(?:.*\}|\n[^]*?\n  \})(?=\n)/g;
      const elements = code.indexOf("\nclass YXmlFragment ");
      if (elements < 0 || !reading.test(code)) throw new Error("Yjs reads its texts in another way now");
      const shown = code.slice(elements).replaceAll(/\n  toString \(\) \{\n[^]*?\n  \}(?=\n)/g, "");
      return { code: (code.slice(0, elements) + shown).replace(reading, ""), map: null };
    },
  };
}

export default defineConfig({
  publicDir: false,
  plugins: [pictures(), withoutItsKeys(), withoutInternetExplorer(), withoutJSON(), withoutReading(), twins()],
  resolve: { alias: { "lib0/logging": resolve("build/logging.ts") } },
  css: { postcss: { plugins: [prune(wordsOf(pagesBelow(resolve(".."))))] } },
  build: {
    outDir: dist,
    manifest: "manifest.json",
    assetsInlineLimit: (file) => file.endsWith("street.svg"), // by itself its headers would be most of it
    modulePreload: false, // no part of ours has parts that could be fetched with it
    rolldownOptions: {
      input: ["src/styles/site.css", "src/styles/app.css", "src/styles/reading.css", "src/styles/version.css", "src/styles/list.css", "src/styles/print.css", "src/islands.ts", "src/early.ts"],
    },
  },
});
