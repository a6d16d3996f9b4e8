// The text that every editor gets: a programme of requirements of the size that a large one has.
// Headings with a paragraph under each, and cards with a statement, a rationale and here and there a
// list. The same seed gives the same words.

export interface Run {
  text: string;
  bold?: true;
}

export type Block =
  | { kind: "paragraph"; runs: Run[] }
  | { kind: "heading"; level: number; text: string }
  | { kind: "list"; items: Run[][] }
  | { kind: "requirement"; id: string; statement: Block[]; rationale: Block[] };

export const requirements = 300;
const chapters = 30;
const perHeading = 4; // words
const perParagraph = 96;
const perStatement = 45;
const perRationale = 25;
const perItem = 10; // of the three items that every sixth statement ends with

/** The word with which the statement of card n begins; it stands nowhere else. */
export const mark = (n: number): string => `eis${n}n`;

const words = (
  "de het een van en in op te met voor die dat is niet aan er om ook als bij maar door naar over uit dan nog wel " +
  "buurt wijk straat bewoner ondernemer school docent student gemeente plein park huis tuin fiets vergadering afspraak " +
  "begeleiding samenwerking verantwoordelijkheid toegankelijkheid ontmoeting leren werken wonen zorgen delen bouwen " +
  "overleg besluit verslag planning budget ruimte gebruik beheer onderhoud veiligheid duurzaam open licht groen samen " +
  "moet kan zal wordt heeft krijgt vindt vraagt geeft maakt elke iedere nieuwe vaste goede kleine grote eigen jaar week"
).split(" ");

/** Random numbers that can be had again (mulberry32). */
export function dice(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function programme(seed: number): Block[] {
  const random = dice(seed);
  const some = (count: number): string[] => Array.from({ length: count }, () => words[Math.floor(random() * words.length)] ?? "");
  const sentence = (count: number, first = ""): Run[] => {
    const all = some(first === "" ? count : count - 1);
    if (first !== "") all.unshift(first);
    const at = 2 + Math.floor(random() * (count - 4)); // one bold word in each paragraph
    return [{ text: `${all.slice(0, at).join(" ")} ` }, { text: all[at] ?? "", bold: true }, { text: ` ${all.slice(at + 1).join(" ")}.` }];
  };
  const paragraph = (count: number, first?: string): Block => ({ kind: "paragraph", runs: sentence(count, first) });

  const blocks: Block[] = [];
  for (let chapter = 0; chapter < chapters; chapter++) {
    blocks.push({ kind: "heading", level: chapter % 3 === 0 ? 2 : 3, text: some(perHeading).join(" ") });
    blocks.push(paragraph(perParagraph));
    for (let i = 0; i < requirements / chapters; i++) {
      const n = (chapter * requirements) / chapters + i;
      const listed = n % 6 === 5;
      const statement = [paragraph(listed ? perStatement - 3 * perItem : perStatement, mark(n))];
      if (listed) statement.push({ kind: "list", items: [1, 2, 3].map(() => sentence(perItem)) });
      blocks.push({ kind: "requirement", id: id(random), statement, rationale: [paragraph(perRationale)] });
    }
  }
  return blocks;
}

/** A UUID of the fourth version. */
export function id(random: () => number): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16));
  hex[12] = "4";
  hex[16] = "8";
  return hex.join("").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** How many words and blocks of text there are, cards and lists counted by what they hold. */
export function count(blocks: Block[]): { words: number; paragraphs: number; cards: number } {
  const total = { words: 0, paragraphs: 0, cards: 0 };
  const add = (text: string): void => {
    total.paragraphs++;
    total.words += text.split(/\s+/).filter((word) => word !== "").length;
  };
  const plain = (runs: Run[]): string => runs.map((run) => run.text).join("");
  for (const block of blocks) {
    if (block.kind === "paragraph") add(plain(block.runs));
    if (block.kind === "heading") add(block.text);
    if (block.kind === "list") for (const item of block.items) add(plain(item));
    if (block.kind === "requirement") {
      total.cards++;
      const inside = count([...block.statement, ...block.rationale]);
      total.words += inside.words;
      total.paragraphs += inside.paragraphs;
    }
  }
  return total;
}
