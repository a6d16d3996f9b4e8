// The server's part in a session, done by the server's own code: a program that takes requests and gives
// answers, line by line. Asking waits for the answer, so that a session stays one thing after another.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Node as PMNode, type Schema } from "prosemirror-model";
import * as Y from "yjs";
import type { Random } from "./fixed.ts";
import { Broken } from "./ledger.ts";
import { outlineOfNodes } from "./outline.ts";
import { liveCards } from "./scan.ts";

/** The server's part: it changes a document as its forms and its versions do, and reads it. */
export interface Server {
  /** Takes in what came over the network. Returns what it tidied up by that, which others need as well. */
  receive(update: Uint8Array): Uint8Array | undefined;
  /** Changes a part of a card as its form does. Returns the update that says so; nothing when there was nothing to change. */
  form(doc: Y.Doc, random: Random, token: () => string): Uint8Array | undefined;
  /** Brings back how the document was. Returns the update that does so. */
  restore(version: Uint8Array): Uint8Array | undefined;
  /** The server's own reading of the document, as lines. */
  outline(): string[];
}
export type ServerMaker = (doc: Y.Doc, client: number) => Server;

interface Answer {
  Updates?: string[];
  Text?: string;
  Nodes?: unknown[];
  Wrong?: string;
}

/** A program that is spoken to in lines. */
class Program {
  private readonly input: number;
  private readonly output: number;
  private readonly chunk = Buffer.alloc(1 << 16);
  private rest = "";

  constructor(binary: string) {
    const dir = mkdtempSync(join(tmpdir(), "words-"));
    const [to, from] = [join(dir, "to"), join(dir, "from")];
    execFileSync("mkfifo", [to, from]);
    spawn("sh", ["-c", 'exec "$0" <"$1" >"$2"', binary, to, from], { stdio: ["ignore", "ignore", "inherit"] }).unref();
    this.input = openSync(to, "w");
    this.output = openSync(from, "r");
    rmSync(dir, { recursive: true });
  }

  ask(request: Record<string, unknown>): Answer {
    const line = Buffer.from(`${JSON.stringify(request)}\n`);
    for (let at = 0; at < line.length; ) at += writeSync(this.input, line, at);
    while (!this.rest.includes("\n")) {
      const n = readSync(this.output, this.chunk);
      if (n === 0) throw new Error("the server's program has ended");
      this.rest += this.chunk.toString("latin1", 0, n);
    }
    const end = this.rest.indexOf("\n");
    const said = Buffer.from(this.rest.slice(0, end), "latin1").toString();
    this.rest = this.rest.slice(end + 1);
    const answer = JSON.parse(said) as Answer;
    if (answer.Wrong !== undefined) throw new Broken(4, `the server says: ${answer.Wrong}`);
    return answer;
  }
}

const bytes = (update: Uint8Array): string => Buffer.from(update).toString("base64");
const update = ({ Updates = [] }: Answer): Uint8Array | undefined =>
  Updates.length === 0 ? undefined : Y.mergeUpdates(Updates.map((one) => new Uint8Array(Buffer.from(one, "base64"))));

/** Returns what makes the server of a session, with the program at this path. */
export function serverOf(binary: string, schema: Schema, now: () => number): ServerMaker {
  const program = new Program(binary);
  return (doc, client) => new Partner(program, schema, doc, client, now);
}

class Partner implements Server {
  private readonly program: Program;
  private readonly schema: Schema;
  private readonly now: () => number;

  constructor(program: Program, schema: Schema, doc: Y.Doc, client: number, now: () => number) {
    this.program = program;
    this.schema = schema;
    this.now = now;
    program.ask({ Do: "new", Client: client, Update: bytes(Y.encodeStateAsUpdate(doc)) });
  }

  receive(given: Uint8Array): Uint8Array | undefined {
    return update(this.program.ask({ Do: "apply", Update: bytes(given) }));
  }

  form(doc: Y.Doc, random: Random, token: () => string): Uint8Array | undefined {
    const cards = [...liveCards(doc).keys()].filter((key) => key.startsWith("requirement:"));
    if (cards.length === 0) return undefined;
    const Card = random.pick(cards).slice("requirement:".length);
    const Part = random.pick(["statement", "statement", "rationale"]);
    const said = this.program.ask({ Do: "words", Card, Part }).Text ?? "";
    const words = said.split(/(\s+)/);
    const whole = words.flatMap((word, i) => (/^[A-Z][a-z]{5}$/.test(word) ? [i] : []));
    const how = whole.length === 0 ? "add" : random.pick(["instead", "instead", "add", "away", "paragraph"] as const);
    let text: string;
    if (how === "add") text = said === "" ? token() : `${said} ${token()}`;
    else if (how === "paragraph") text = `${said}\n\n${token()}`;
    else {
      const at = random.pick(whole);
      text = words.map((word, i) => (i !== at ? word : how === "instead" ? token() : "")).join("");
    }
    return update(this.program.ask({ Do: "form", Card, Part, Text: text }));
  }

  restore(version: Uint8Array): Uint8Array | undefined {
    return update(this.program.ask({ Do: "restore", Update: bytes(version), Now: this.now() }));
  }

  outline(): string[] {
    const { Nodes } = this.program.ask({ Do: "read" });
    return outlineOfNodes(PMNode.fromJSON(this.schema, { type: "doc", content: Nodes ?? [] }));
  }
}
