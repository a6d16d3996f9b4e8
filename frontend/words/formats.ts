// A mark of the text, such as bold, has a beginning and an end there, each an item of Yjs. From which of them
// an act wrote and which it took away, and from the words that changed, follows where it was at work.
import * as Y from "yjs";
import { Broken, last, type Ledger, type Setting } from "./ledger.ts";
import { canonical, lettersOf, type Scan, type Seen, styleOf } from "./scan.ts";

type Act = Omit<Setting, "value">;

/** Where an act wrote or took away beginnings and ends of a mark, and letters of words that it gave it or took it from. */
interface Formatted extends Act {
  style: string;
  ends: Y.ID[];
}

/** From where to where something lies, by text. */
type Spans = Map<unknown, [number, number]>;

export class Formats {
  private readonly list: Formatted[] = [];

  /** Watches a document until the act is over; tidying: only for what Yjs does there by itself. */
  watch(doc: Y.Doc, tidying = false): (act: Act) => void {
    const found = new Map<string, Y.ID[]>();
    const see = (struct: Y.Item | Y.GC): void => {
      if (!(struct instanceof Y.Item) || !(struct.content instanceof Y.ContentFormat)) return;
      const { key } = struct.content as { key: string };
      found.set(key, [...(found.get(key) ?? []), struct.id]);
    };
    const look = (transaction: Y.Transaction): void => {
      if (tidying && !transaction.local) return;
      Y.iterateDeletedStructs(transaction, transaction.deleteSet, see);
      for (const [client, clock] of transaction.afterState) {
        const from = transaction.beforeState.get(client) ?? 0;
        const structs = clock > from ? (doc.store.clients.get(client) ?? []) : [];
        for (let i = structs.length - 1; i >= 0 && (structs[i]?.id.clock ?? 0) >= from; i--) see(structs[i] as Y.Item | Y.GC);
      }
    };
    doc.on("afterTransaction", look);
    return (act) => {
      doc.off("afterTransaction", look);
      for (const [style, ends] of found) this.add(style, act, ends);
    };
  }

  /** Notes that an act gave a word a mark, or took it from it. */
  set(style: string, act: Act, word: Seen): void {
    this.add(style, act, lettersOf(word));
  }

  private add(style: string, act: Act, ends: Y.ID[]): void {
    const known = this.list.find((one) => one.style === style && one.knew === act.knew);
    if (known === undefined) this.list.push({ ...act, style, ends });
    else known.ends.push(...ends);
  }

  /** Judges the marks of words that nobody took apart, once everybody has everything; foreign: a script tidied formats up. */
  judge(doc: Y.Doc, view: Scan, ledger: Ledger, foreign: boolean): void {
    for (const word of ledger.words.values()) {
      if (!ledger.clean(word)) continue;
      const found = view.words.get(word.token)?.[0];
      if (found === undefined || word.born === undefined) continue;
      const { seen, begun, ...born } = word.born;
      for (const style of new Set([...word.styles.keys(), ...[seen, found].flatMap((one) => [...Object.keys(one.attributes), ...one.uneven])])) {
        const list = word.styles.get(style);
        // What nobody ever set is as it was typed; but a script on Yjs alone tidies formats up that others count on.
        if (list === undefined && foreign) continue;
        const decided = list === undefined ? { ...born, value: styleOf(seen, style) } : last(list);
        if (decided === undefined || decided.value === undefined) continue;
        const value = styleOf(found, style);
        if (canonical(value) !== canonical(decided.value) && !this.isCrossed(doc, style, found, decided, list === undefined ? begun.get(style) : undefined)) {
          const what = list === undefined ? "nobody set it since it was typed as" : "it was set last to";
          throw new Broken(6, `${style} of ${word.token} is ${canonical(value) ?? "different within the word"}, and ${what} ${canonical(decided.value)}`);
        }
      }
    }
  }

  /**
   * Whether somebody who did not know of this setting wrote or took away a beginning or an end of the same mark so
   * that theirs lies across its own: then one may end the other.
   */
  private isCrossed(doc: Y.Doc, style: string, word: Seen, setting: Act, begun?: Y.ID): boolean {
    const order = new Order(doc);
    const knows = (a: Act, b: Act): boolean => b.updates.every((update) => a.knew.has(update));
    const own = order.spans([...lettersOf(word), ...(begun === undefined ? [] : [begun]), ...this.list.filter((one) => one.style === style && one.knew === setting.knew).flatMap(({ ends }) => ends)]);
    return this.list.some((other) => {
      if (other.style !== style || other.knew === setting.knew || knows(setting, other) || knows(other, setting)) return false;
      for (const [text, [from, to]] of order.spans(other.ends)) {
        const mine = own.get(text);
        // What was begun or taken away goes on to where the mark begins or ends next.
        if (mine !== undefined && from <= mine[1] && mine[0] <= order.next(text, style, to)) return true;
      }
      return false;
    });
  }
}

/** The places of items in their texts. */
class Order {
  private readonly doc: Y.Doc;
  private readonly texts = new Map<unknown, Map<Y.Item, number>>();

  constructor(doc: Y.Doc) {
    this.doc = doc;
  }

  spans(ids: readonly Y.ID[]): Spans {
    const spans: Spans = new Map();
    for (const id of ids) {
      const item: unknown = Y.getItem(this.doc.store, id);
      if (!(item instanceof Y.Item)) continue;
      const at = this.places(item.parent).get(item) ?? 0;
      const [from, to] = spans.get(item.parent) ?? [at, at];
      spans.set(item.parent, [Math.min(from, at), Math.max(to, at)]);
    }
    return spans;
  }

  /** The next place from one on where a mark begins or ends; one that begins right there goes on to the next. */
  next(text: unknown, style: string, from: number): number {
    let last = from;
    for (const [item, at] of this.places(text)) {
      last = at;
      if (at < from || item.deleted || !(item.content instanceof Y.ContentFormat) || item.content.key !== style) continue;
      if (at > from || item.content.value === null) break;
    }
    return last;
  }

  private places(text: unknown): Map<Y.Item, number> {
    const known = this.texts.get(text);
    if (known !== undefined) return known;
    const places = new Map<Y.Item, number>();
    for (let item = (text as Y.Text)._start; item !== null; item = item.right) places.set(item, places.size);
    this.texts.set(text, places);
    return places;
  }
}
