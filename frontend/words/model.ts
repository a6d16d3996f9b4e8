// The model under test: flows, with the binding and the schema of the editor.
import type { Node, ResolvedPos, Slice } from "prosemirror-model";
import * as Y from "yjs";
import { type Block, sameValue } from "../src/editor/binding/flow.ts";
import { Flows } from "../src/editor/binding/flows.ts";
import { Headless } from "../src/editor/binding/headless.ts";
import { mirror } from "../src/editor/binding/index.ts";
import { fitting } from "../src/editor/paste/index.ts";
import { flowSchema } from "../src/editor/schema.ts";
import { Random } from "./fixed.ts";
import { Broken } from "./ledger.ts";
import { outlineOfNodes } from "./outline.ts";
import { plant } from "./plant.ts";
import { scan } from "./scan.ts";
import type { Commands, Editor, Model } from "./site.ts";

const schema = flowSchema((key) => key);
const cards = { requirement: ["statement", "rationale"] };

/** The flow around a position, from the nodes alone. */
function flowAt(pos: ResolvedPos): string {
  for (let d = pos.depth; d > 0; d--) {
    const node = pos.node(d);
    const name = node.type.name;
    const above = pos.node(d - 1);
    if (name === "statement" || name === "rationale") return `${name}:${String(above.attrs["id"])}`;
    if (name === "tableCell" || name === "tableHeader") {
      return `cell:${String(pos.node(d - 2).attrs["id"])}:${String(above.attrs["id"])}:${String(node.attrs["column"])}`;
    }
  }
  return "body";
}

/** The methods of an object as functions of their own. */
function bound(object: object): unknown {
  const out: Record<string, unknown> = {};
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(object))) {
    const value: unknown = Reflect.get(object, name);
    if (typeof value === "function") out[name] = value.bind(object);
  }
  return out;
}

function sameBlocks(a: readonly Block[], b: readonly Block[]): boolean {
  return (
    a.length === b.length &&
    a.every((one, i) => {
      const other = b[i] as Block;
      return one.length === other.length && one.end === other.end && one.id === other.id && sameValue(one.tokens, other.tokens);
    })
  );
}

class FlowEditor implements Editor {
  readonly schema = schema;
  readonly commands: Commands;
  readonly doc: Y.Doc;
  private readonly headless: Headless;
  private verified: Node | undefined;
  private changes = 0;
  private read = -1;
  private said = "";
  private readonly end: () => void;

  constructor(doc: Y.Doc, seed: number, reads: boolean) {
    const random = new Random(seed);
    this.doc = doc;
    const [shown, end] = reads ? mirror(doc) : [doc, () => undefined];
    this.end = end;
    this.headless = new Headless(shown, {
      schema,
      cards,
      newID: () => random.seed().toString(36).replace("-", "") + random.seed().toString(36).replace("-", ""),
      random: () => random.int(1 << 30) / (1 << 30),
    });
    shown.on("afterTransaction", () => this.changes++);
    this.headless.binding.on("offer", (offer) => {
      this.said += ` ${offer.words}`;
    });
    this.commands = bound(this.headless.binding.commands) as Commands;
  }

  get state(): Editor["state"] {
    return this.headless.state;
  }
  get fallbacks(): number {
    return this.headless.binding.cost.fallbacks;
  }
  get hasCaret(): boolean {
    return !this.headless.binding.lost;
  }
  get offered(): string {
    return this.said;
  }
  dispatch(tr: Parameters<Editor["dispatch"]>[0]): void {
    this.headless.dispatch(tr);
  }
  paste(slice: Slice): void {
    this.dispatch(this.state.tr.replaceSelection(fitting(slice, this.state.selection.$from)));
  }
  compose(on: boolean): void {
    this.headless.composing = on;
    if (!on) this.headless.binding.release();
  }
  receive(update: Uint8Array): void {
    if (this.headless.doc === this.doc) this.headless.binding.receive(update, "network");
    else Y.applyUpdate(this.doc, update, "network");
  }
  sends(): boolean {
    return true;
  }
  flowAt(pos: ResolvedPos): string {
    return flowAt(pos);
  }
  outline(): string[] {
    return outlineOfNodes(this.state.doc);
  }
  verify(): void {
    // Nothing has changed since it was right.
    if (this.verified === this.state.doc && this.read === this.changes) return;
    const { state, binding } = this.headless;
    state.doc.check();
    const fresh = new Flows(this.headless.doc, cards, schema);
    const read = fresh.document();
    if (!state.doc.eq(read)) throw new Broken(3, `the editor shows ${state.doc.toString()}, and Yjs holds ${read.toString()}`);
    for (const flow of fresh.open()) {
      if (!sameBlocks(binding.flows.flow(flow.name).blocks, flow.blocks)) throw new Broken(3, `the index of ${flow.name} is not what a fresh one is`);
    }
    this.verified = state.doc;
    this.read = this.changes;
    const ids = new Set<string>();
    state.doc.descendants((node) => {
      if (node.type.name !== "requirement" && node.type.name !== "table") return !node.isTextblock;
      const key = `${node.type.name}:${String(node.attrs["id"])}`;
      if (ids.has(key)) throw new Broken(2, `${key} stands twice`);
      ids.add(key);
      return false;
    });
  }
  destroy(): void {
    this.headless.destroy();
    this.end();
  }
}

export const flowModel: Model = {
  name: "flows",
  exact: true,
  editor: (doc, seed) => new FlowEditor(doc, seed, false),
  reader: (doc) => new FlowEditor(doc, 1, true),
  scan,
  plant,
};
