// Tables in an editor without a screen, and those that are too large.
import { beforeEach, describe, expect, test } from "vitest";
import * as Y from "yjs";
import type { Headless } from "./headless.ts";
import { Pair, editor, sound, text, type } from "./pair.ts";

let pair: Pair;
beforeEach(() => {
  pair = new Pair();
});

test("a table gets rows and columns, and words in its cells", () => {
  const { commands } = pair.ana.binding;
  commands.insertTable(2, 2);
  sound(pair.ana);
  type(pair.ana, "a");
  commands.nextCell(1);
  type(pair.ana, "b");
  commands.addRow("after");
  sound(pair.ana);
  type(pair.ana, "c");
  commands.addColumn("before");
  sound(pair.ana);
  expect(pair.ana.state.doc.firstChild?.childCount).toBe(3);
  expect(pair.ana.state.doc.firstChild?.firstChild?.childCount).toBe(3);
  commands.removeColumn();
  commands.removeRow();
  sound(pair.ana);
  expect(text(pair.ana)).toBe("doc(table(tableRow(tableHeader(paragraph(\"a\")), tableHeader(paragraph(\"b\"))), tableRow(tableCell(paragraph), tableCell(paragraph))))");
  commands.removeTable();
  sound(pair.ana);
  expect(text(pair.ana)).toBe("doc(paragraph)");
});

describe("tables that are too large", () => {
  /** A document of n tables of so many rows and columns, each made by what a script would do. */
  const grids = (sizes: readonly (readonly [number, number])[]): Headless => {
    const doc = new Y.Doc();
    doc.transact(() => {
      const tables = doc.getMap("tables");
      sizes.forEach(([rows, columns], t) => {
        doc.getText("body").insertEmbed(t, { table: `t${t}`, place: 1 });
        for (let r = 0; r < rows; r++) tables.set(`t${t}:row:r${1000 + r}`, "");
        for (let c = 0; c < columns; c++) tables.set(`t${t}:column:c${1000 + c}`, "");
      });
    });
    return editor(doc);
  };
  const sizes = (one: Headless): string =>
    one.state.doc.children.filter(({ type }) => type.name === "table").map((table) => `${table.childCount}x${table.firstChild?.childCount}`).join(" ");
  const times = (n: number, size: readonly [number, number]): (readonly [number, number])[] => Array.from({ length: n }, () => size);

  test("are cut as the server cuts them", () => {
    const one = grids([[1100, 1], [40, 1100], ...times(38, [40, 20])]);
    expect(sizes(one)).toBe(`1000x1 40x100${" 40x20".repeat(6)} 10x20${" 1x1".repeat(31)}`);
  });

  test("when one goes, another is shown further; and the other way around", () => {
    const one = grids(times(3, [40, 100]));
    expect(sizes(one)).toBe("40x100 40x100 20x100");
    expect(one.binding.flows.isShown("cell:t2:r1019:c1000")).toBe(true);
    expect(one.binding.flows.isShown("cell:t2:r1020:c1000")).toBe(false);
    one.binding.commands.removeCard("table", "t0");
    expect(sizes(one)).toBe("40x100 40x100");
    expect(one.binding.flows.isShown("cell:t2:r1020:c1000")).toBe(true);
    one.binding.commands.undo();
    expect(sizes(one)).toBe("40x100 40x100 20x100");
    one.doc.getMap("tables").delete("t1:row:r1000");
    expect(sizes(one)).toBe("40x100 39x100 21x100");
    one.binding.commands.moveCard("table", "t2", 0);
    sound(one);
    expect(sizes(one)).toBe("40x100 40x100 20x100");
    one.doc.transact(() => {
      for (let r = 0; r < 40; r++) one.doc.getMap("tables").delete(`t2:row:r${1000 + r}`);
    });
    sound(one);
    expect(sizes(one)).toBe("40x100 39x100");
  });

  test("are not made: who asks for a row, a column or a table too many is told", () => {
    const one = grids([[500, 2], [2, 60], [48, 40]]);
    let told = 0;
    one.binding.on("full", () => told++);
    const { commands } = one.binding;
    const before = JSON.stringify(one.doc.getMap("tables").toJSON());
    const refused = (flow: string, ask: () => boolean): void => {
      one.binding.select({ flow, index: 0 });
      const was = told;
      expect([ask(), told - was]).toEqual([false, 1]);
    };
    refused("cell:t0:r1000:c1000", () => commands.addRow("after"));
    refused("cell:t1:r1000:c1000", () => commands.addColumn("before"));
    refused("cell:t1:r1000:c1000", () => commands.insertTable(50, 50));
    expect(commands.room).toBe(5000 - 1000 - 120 - 1920);
    expect(JSON.stringify(one.doc.getMap("tables").toJSON())).toBe(before);
    one.binding.select({ flow: "cell:t2:r1000:c1000", index: 0 });
    expect(commands.insertTable(19, 100)).toBe(false); // more columns than a table has
    expect(commands.insertTable(49, 40)).toBe(true);
    expect(told).toBe(4);
    expect(commands.room).toBe(0);
    refused("cell:t2:r1000:c1000", () => commands.addRow("before"));
    expect(commands.removeRow()).toBe(true);
    expect(commands.addRow("after")).toBe(true);
    sound(one);
  });
});
