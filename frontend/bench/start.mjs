// Runs run.ts, or what PART names, which Node itself does not read; from the folder above, where the
// program's own tests run.
import { runnerImport } from "vite";

await runnerImport(`./bench/${process.env.PART || "run"}.ts`, { configFile: false, logLevel: "error" });
