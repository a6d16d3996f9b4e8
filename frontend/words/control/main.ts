// How many sessions the tree of XML elements damages.
import "../fixed.ts";
import type { ActName } from "../acts.ts";
import { run } from "../run.ts";
import { control } from "./model.ts";

const failures = run(control, {
  together: process.env["TOGETHER"] === "1",
  without: (process.env["LEAVE"] ?? "").split(",").filter((s) => s !== "") as ActName[],
});
process.exitCode = failures > 0 ? 0 : 1;
