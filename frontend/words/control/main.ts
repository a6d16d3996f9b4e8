// How many sessions the tree of XML elements damages.
import "../fixed.ts";
import type { ActName } from "../acts.ts";
import { run } from "../run.ts";
import { number } from "../settings.ts";
import { control } from "./model.ts";

const failures = run(control, {
  together: process.env["TOGETHER"] === "1",
  without: (process.env["LEAVE"] ?? "").split(",").filter((s) => s !== "") as ActName[],
});
// A control that damages few would say that the sessions are too tame.
process.exitCode = failures * 2 > number("N", 1000) ? 0 : 1;
