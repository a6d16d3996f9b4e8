// A small text to begin with: a heading, a list, a box, two cards and a table.
import type * as Y from "yjs";

/** Writes the text into an empty document; words gives a new word each time. */
export function plant(doc: Y.Doc, words: () => string): void {
  doc.transact(() => {
    const body = doc.getText("body");
    const marks = doc.getMap("marks");
    const tables = doc.getMap("tables");
    const line = (flow: Y.Text, id: string, values: Record<string, unknown> = {}): void => {
      flow.insert(flow.length, `${words()} ${words()}`);
      flow.insertEmbed(flow.length, { p: id });
      for (const [name, value] of Object.entries(values)) marks.set(`${id}:${name}`, value);
    };
    const card = (id: string): void => {
      line(doc.getText(`statement:${id}`), `s-${id}`);
      doc.getText(`rationale:${id}`).insertEmbed(0, { p: `r-${id}` });
      body.insertEmbed(body.length, { requirement: id, place: 1 });
    };
    line(body, "p1", { kind: "heading", level: 3 });
    line(body, "p2");
    card("k1");
    line(body, "p3", { list: "bullet" });
    line(body, "p4", { list: "bullet", indent: 1 });
    line(body, "p5", { list: "ordered", start: 3 });
    card("k2");
    line(body, "p6", { box: "note:b1" });
    line(body, "p7", { box: "note:b1" });
    for (const [i, row] of ["r1", "r2"].entries()) tables.set(`t1:row:${row}`, `a${i}`);
    for (const [i, column] of ["c1", "c2"].entries()) tables.set(`t1:column:${column}`, `a${i}`);
    body.insertEmbed(body.length, { table: "t1", place: 1 });
    line(doc.getText("cell:t1:r1:c1"), "x1");
    line(body, "p8");
  });
}
