// make words: sessions on the binding of the editor; with RULE, one of its rules is off.
import { type Rules, rules } from "../src/editor/binding/rules.ts";
import { flowModel } from "./model.ts";
import { run } from "./run.ts";

const off = process.env["RULE"];
if (off !== undefined && off !== "") {
  if (!(off in rules)) throw new Error(`there is no rule ${off}`);
  rules[off as keyof Rules] = false;
}
process.exitCode = run(flowModel) > 0 ? 1 : 0;
