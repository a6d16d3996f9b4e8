// @vitest-environment jsdom
// What is pasted, dragged and copied in the editor.
import { expect, test } from "vitest";
import { behind, card, edit, ids, pasteHTML, pasteText, press, shape, type, withOne } from "./desk.ts";

test("a requirement that is moved by dragging keeps its id and its words", async () => {
  const page = await withOne();
  press(page, "Enter", { ctrlKey: true });
  type(page, "eind");
  const [first] = ids(page);
  const { tr, doc } = page.view.state;
  const node = doc.child(0);
  tr.delete(0, node.nodeSize);
  page.view.dispatch(tr.insert(tr.doc.content.size, node));
  expect(shape(page)).toBe(`"eind" ${card}`);
  expect(ids(page)).toEqual([first]);
});

test("a copy is another requirement; the one that was there keeps its id", async () => {
  const page = await withOne();
  const [first] = ids(page);
  const copied = page.view.serializeForClipboard(page.view.state.doc.slice(0, page.view.state.doc.content.size));
  press(page, "Enter", { ctrlKey: true });
  pasteHTML(page, copied.dom.innerHTML);
  const [original, copy] = ids(page);
  expect(original).toBe(first);
  expect(copy).toMatch(/^[0-9a-f-]{36}$/);
  expect(copy).not.toBe(first);
  expect(shape(page).split(card)).toHaveLength(3);
});

test("what is pasted from elsewhere arrives clean, also in a card, where a table leaves its words", async () => {
  const page = await withOne();
  behind(page, "vertrouwen");
  pasteHTML(page, "<h1>Kop</h1><table><tr><td>a</td><td>b</td></tr></table><p onclick=x>slot</p>");
  expect(page.view.state.doc.textBetween(0, page.view.state.doc.content.size, "|")).toBe("vaste begeleider|vertrouwenKop|a | b|slot");
  press(page, "Enter", { ctrlKey: true });
  pasteHTML(page, "<blockquote><p>zei zij</p></blockquote><table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>");
  expect(page.view.state.doc.children.map((node) => node.type.name)).toContain("table");
  const [, box] = page.view.state.doc.children;
  expect(box?.type.name).toBe("box");
  expect(box?.attrs["id"]).toMatch(/^[0-9a-f-]{36}$/);
  page.view.state.doc.check();
  expect(page.binding.read().eq(page.view.state.doc)).toBe(true);
});

test("in a statement a table becomes lines of their own with the cells parted, and a list stays a list", async () => {
  const page = await withOne();
  behind(page, "vaste begeleider");
  pasteHTML(page, "<table><tr><th>wie</th><th>wat</th></tr><tr><td><p>Ana</p><p>Bo</p></td><td><b>kookt</b></td></tr></table>");
  const statement = page.view.state.doc.firstChild?.firstChild;
  expect(statement?.children.map((line) => line.textContent)).toEqual(["vaste begeleider", "wie | wat", "Ana Bo | kookt"]);
  expect(page.binding.read().eq(page.view.state.doc)).toBe(true);

  const other = await withOne();
  behind(other, "vaste begeleider");
  pasteHTML(other, "<ul><li>een</li><li>twee</li></ul>");
  expect(shape(other)).toContain('statement("vaste begeleider" bulletList(listItem("een") listItem("twee"))');
  pasteText(other, "- drie\n- vier");
  expect(shape(other)).toContain('listItem("vier")');
  expect(other.binding.read().eq(other.view.state.doc)).toBe(true);
});

test("of a table for which there is no room the first rows are pasted, and that is said", async () => {
  const page = await edit();
  const table = (rows: number): string => `<table>${"<tr><td>a</td><td>b</td><td>c</td></tr>".repeat(rows)}</table>`;
  const sizes = (): string => page.view.state.doc.children.filter((node) => node.type.name === "table").map((node) => String(node.childCount)).join(" ");
  page.room = 20;
  pasteHTML(page, `${table(6)}<p>tussen</p>`);
  expect([sizes(), page.told]).toEqual(["6", []]);
  page.room = 8;
  pasteHTML(page, `<p>voor</p>${table(3)}<p>na</p>`);
  expect([sizes(), page.told]).toEqual(["6 2", ["full"]]);
  expect(shape(page)).toContain('"na"');
  page.room = 2;
  pasteHTML(page, `<p>en</p>${table(2)}<p>slot</p>`);
  expect([sizes(), page.told]).toEqual(["6 2", ["full", "full"]]);
  expect(shape(page)).toContain('"slot"');
});

test("plain text looks as what is typed there does", async () => {
  const page = await edit();
  press(page, "b", { ctrlKey: true });
  type(page, "vet");
  pasteText(page, " ook");
  expect(page.view.dom.querySelector("strong")?.textContent).toBe("vet ook");
  pasteText(page, "\n- a\n- b");
  expect(shape(page)).toContain('listItem("b")');
});
