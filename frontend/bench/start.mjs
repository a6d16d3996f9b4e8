// Runs run.ts, which Node itself does not read; from the folder above, where the program's own tests run.
import { runnerImport } from "vite";

await runnerImport("./bench/run.ts", { configFile: false, logLevel: "error" });
