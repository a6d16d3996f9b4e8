// What another side lacks of a document, and no more: an update always names all deletions, of which a
// document that lives long has many.
import * as Y from "yjs";

export type Deletes = ReturnType<typeof Y.createDeleteSetFromStructStore>;

/** The deletions in a document. */
export const deletesOf = (doc: Y.Doc): Deletes => Y.createDeleteSetFromStructStore(doc.store);

/** The deletions that an update names; decode reads its form. */
export const deletesIn = (update: Uint8Array, decode: typeof Y.decodeUpdate = Y.decodeUpdate): Deletes => Y.mergeDeleteSets([decode(update).ds]);

/** Returns what a side lacks that has this state vector and knows these deletions. */
export function lacking(doc: Y.Doc, vector: Uint8Array, known: Deletes): Uint8Array {
  const update = Y.encodeStateAsUpdate(doc, vector);
  const mine = deletesOf(doc);
  const tail = written(mine); // with which an update ends
  const head = update.length - tail.length;
  // What waits for something that has not come is part of the update too, and then it ends otherwise.
  if (head < 0 || !tail.every((byte, i) => byte === update[head + i])) return update;
  const news = written(without(mine, known));
  const short = new Uint8Array(head + news.length);
  short.set(update.subarray(0, head));
  short.set(news, head);
  return short;
}

/** Bytes of a set of deletions, as they stand in an update. */
function written(deletes: Deletes): Uint8Array {
  const snapshot = Y.encodeSnapshot(Y.createSnapshot(deletes, new Map()));
  return snapshot.subarray(0, -1); // without the number of clients in its state vector, which is 0
}

/** Returns what is in all and not in some; both are in order, without overlap. */
function without(all: Deletes, some: Deletes): Deletes {
  const rest = Y.createDeleteSet();
  for (const [client, deletes] of all.clients) {
    const had = some.clients.get(client) ?? [];
    const left: typeof deletes = [];
    let at = 0;
    for (const { clock, len } of deletes) {
      let from = clock;
      const end = clock + len;
      while (at < had.length && endOf(had[at]) <= from) at++;
      for (let i = at; i < had.length && from < end; i++) {
        const next = had[i];
        if (!next || next.clock >= end) break;
        if (next.clock > from) left.push(deletion(from, next.clock - from));
        from = Math.max(from, endOf(next));
      }
      if (from < end) left.push(deletion(from, end - from));
    }
    if (left.length > 0) rest.clients.set(client, left);
  }
  return rest;
}

type Deletion = Deletes["clients"] extends Map<number, (infer D)[]> ? D : never;

const endOf = (d: Deletion | undefined): number => (d ? d.clock + d.len : 0);
const deletion = (clock: number, len: number): Deletion => ({ clock, len });
