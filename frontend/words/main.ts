// make words: sessions on the binding of the editor; with RULE, one of its rules is off.
import "./fixed.ts";
import { type Rules, rules } from "../src/editor/binding/rules.ts";
import { flowSchema } from "../src/editor/schema.ts";
import { flowModel } from "./model.ts";
import { run } from "./run.ts";
import { serverOf } from "./server.ts";

const off = process.env["RULE"];
if (off !== undefined && off !== "") {
  if (!(off in rules)) throw new Error(`there is no rule ${off}`);
  rules[off as keyof Rules] = false;
}
// PARTNER names the program that does the server's part; without one the server takes no part.
const partner = process.env["PARTNER"];
const server = partner === undefined || partner === "" ? undefined : serverOf(partner, flowSchema((key) => key), Date.now);
process.exitCode = run(flowModel, { server }) > 0 ? 1 : 0;
