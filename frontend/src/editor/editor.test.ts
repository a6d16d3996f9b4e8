// @vitest-environment jsdom
// The editor on the page of a browser without a screen: keys, cards, tables and lists.
import { NodeSelection, TextSelection } from "prosemirror-state";
import { expect, test, vi } from "vitest";
import { entriesOf } from "./entries.ts";
import { asked, behind, card, edit, ids, pasteText, press, schema, shape, type, withOne } from "./desk.ts";

test("a requirement is inserted with the caret in its statement, and asks for its key", async () => {
  const page = await edit();
  press(page, "e", { ctrlKey: true, shiftKey: true });
  type(page, "x");
  expect(shape(page)).toBe('requirement(statement("x") rationale(""))');
  const key = page.view.dom.querySelector(".sw-requirement__key");
  expect(key?.textContent).toBe("PVE-…");
  await vi.waitFor(() => expect(key?.textContent).toBe("PVE-1"));
  expect(asked).toEqual(ids(page));
  expect(page.view.dom.querySelector("section")?.getAttribute("aria-label")).toBe("Eis PVE-1");
});

test("it comes after the block with the caret, and takes the place of an empty line", async () => {
  const page = await edit();
  type(page, "a");
  press(page, "Enter");
  behind(page, "a");
  press(page, "e", { ctrlKey: true, shiftKey: true });
  expect(shape(page)).toBe('"a" requirement(statement("") rationale("")) ""');
  press(page, "Enter", { ctrlKey: true });
  const before = page.view.state.doc.childCount;
  press(page, "e", { ctrlKey: true, shiftKey: true });
  expect(page.view.state.doc.childCount).toBe(before);
});

test("Enter goes from the statement to the rationale, and from an empty line there out of the card", async () => {
  const page = await withOne();
  expect(shape(page)).toBe(card);
  press(page, "Enter");
  press(page, "Enter");
  type(page, "verder");
  expect(shape(page)).toBe(`${card} "verder"`);
});

test("Enter on the empty last line of a rationale leaves what stands behind the card whole", async () => {
  const page = await withOne();
  press(page, "Enter", { ctrlKey: true });
  press(page, "2", { ctrlKey: true, altKey: true });
  type(page, "Begeleiding");
  behind(page, "e");
  press(page, "Tab");
  type(page, "reden");
  press(page, "Enter");
  press(page, "Enter");
  type(page, "verder");
  expect(shape(page)).toContain('rationale("vertrouwenreden")) "verder" "Begeleiding"');
  expect(page.view.state.doc.eq(page.binding.read())).toBe(true);
});

test("who removes a card is in the one that stood behind it, or in the text", async () => {
  const page = await withOne();
  press(page, "Enter", { ctrlKey: true });
  press(page, "e", { ctrlKey: true, shiftKey: true });
  type(page, "twee");
  behind(page, "e");
  const [first, second] = ids(page);
  page.binding.commands.removeCard("requirement", first ?? "");
  type(page, "meer ");
  expect(shape(page)).toContain('statement("meer twee")');
  page.binding.commands.removeCard("requirement", second ?? "");
  type(page, "tekst");
  expect(shape(page)).toContain('"tekst"');
});

test("Tab goes from the statement to the end of the rationale and back, and leaves the text from there", async () => {
  const page = await edit();
  press(page, "e", { ctrlKey: true, shiftKey: true });
  type(page, "eis");
  expect(press(page, "Tab")).toBe(true);
  type(page, "reden");
  const { view } = page;
  expect(press(page, "Tab", { shiftKey: true })).toBe(true);
  type(page, "en");
  behind(page, "e");
  press(page, "Tab");
  type(page, "en");
  expect(shape(page)).toContain('requirement(statement("eisen") rationale("redenen"))');
  expect(press(page, "Tab"), "the browser's").toBe(false);
  press(page, "Tab", { shiftKey: true });
  expect(press(page, "Tab", { shiftKey: true }), "the browser's").toBe(false);
  expect(view.state.selection.$head.parent.textContent).toBe("eisen");
});

test("nothing that is typed or pasted takes the place of a card that is chosen", async () => {
  const page = await edit();
  press(page, "e", { ctrlKey: true, shiftKey: true });
  type(page, "eis");
  const { view } = page;
  const choose = (): void => {
    let at = 0;
    view.state.doc.forEach((node, pos) => {
      if (node.type.name === "requirement") at = pos;
    });
    view.dispatch(view.state.tr.setSelection(NodeSelection.create(view.state.doc, at)));
  };
  const before = shape(page);
  choose();
  type(page, "x");
  view.dispatch(view.state.tr.insertText("x")); // as a browser does that asks nobody
  expect(press(page, "Enter")).toBe(true);
  expect(shape(page)).toBe(before);
  type(page, "en");
  expect(shape(page)).toContain('statement("eisen")');
  choose();
  pasteText(page, "geplakt");
  expect(shape(page)).toContain('requirement(statement("eisen") rationale("")) "geplakt"');
  choose();
  press(page, "Backspace");
  expect(shape(page)).not.toContain("requirement");
});

test("Ctrl+Enter leaves the card from anywhere in it", async () => {
  const page = await withOne();
  press(page, "Enter", { ctrlKey: true });
  type(page, "verder");
  expect(shape(page)).toBe(`${card} "verder"`);
});

test("Backspace removes a card without words, and never one with words", async () => {
  const page = await edit();
  press(page, "e", { ctrlKey: true, shiftKey: true });
  press(page, "Backspace");
  expect(ids(page)).toEqual([]);

  const full = await withOne();
  behind(full, "");
  press(full, "Backspace");
  expect(shape(full)).toBe(card);
});

test("Backspace behind a card takes an empty line and chooses the card, and then takes that; undo brings it back with its words", async () => {
  const page = await withOne();
  press(page, "Enter", { ctrlKey: true });
  press(page, "Backspace");
  expect(shape(page)).toBe(card);
  expect(page.view.state.selection).toBeInstanceOf(NodeSelection);
  press(page, "Backspace");
  expect(shape(page)).toBe('""');
  press(page, "z", { ctrlKey: true });
  expect(shape(page)).toBe(card);
});

test("behind a card a line with words is not joined to it, and Delete before one takes an empty line", async () => {
  const page = await withOne();
  press(page, "Enter", { ctrlKey: true });
  type(page, "na");
  const { doc, tr } = page.view.state;
  page.view.dispatch(tr.setSelection(TextSelection.create(doc, doc.content.size - 3)));
  press(page, "Backspace");
  expect(shape(page)).toBe(`${card} "na"`);
  expect(page.view.state.selection).toBeInstanceOf(NodeSelection);
  page.view.dispatch(page.view.state.tr.insert(0, schema.nodes.paragraph.create()));
  page.view.dispatch(page.view.state.tr.setSelection(TextSelection.create(page.view.state.doc, 1)));
  press(page, "Delete");
  expect(shape(page)).toBe(`${card} "na"`);
});

test("a card goes up and down by keyboard, with the caret in it, and that is said", async () => {
  const page = await withOne();
  press(page, "Enter", { ctrlKey: true });
  type(page, "na");
  behind(page, "vaste");
  const [id] = ids(page);
  expect(press(page, "ArrowDown", { altKey: true, shiftKey: true })).toBe(true);
  expect(shape(page)).toBe(`"na" ${card}`);
  type(page, "!");
  press(page, "ArrowUp", { altKey: true, shiftKey: true });
  expect(shape(page)).toBe('requirement(statement("vaste! begeleider") rationale("vertrouwen")) "na"');
  expect(press(page, "ArrowUp", { altKey: true, shiftKey: true })).toBe(false);
  expect(page.moved).toEqual([id, id]);
  expect(ids(page)).toEqual([id]);
});

test("in a table Tab goes through the cells, and behind the last one makes a row", async () => {
  const page = await edit();
  page.binding.commands.insertTable(2, 2);
  type(page, "a");
  for (const word of ["b", "c", "d", "e"]) {
    expect(press(page, "Tab")).toBe(true);
    type(page, word);
  }
  expect(page.view.state.doc.child(0).children.map((row) => row.children.map((cell) => cell.textContent))).toEqual([
    ["a", "b"],
    ["c", "d"],
    ["e", ""],
  ]);
  press(page, "Tab", { shiftKey: true });
  press(page, "Tab", { shiftKey: true });
  expect(page.view.state.selection.$from.parent.textContent).toBe("c");
  press(page, "Enter", { ctrlKey: true });
  type(page, "na");
  expect(shape(page)).toMatch(/^table\(.*\) "na"$/);
});

test("in a list Tab puts an item deeper, and never leaves; elsewhere it is the browser's", async () => {
  const page = await edit();
  expect(press(page, "Tab")).toBe(false);
  expect(press(page, "Tab", { shiftKey: true })).toBe(false);
  type(page, "- een");
  press(page, "Enter");
  type(page, "twee");
  expect(press(page, "Tab")).toBe(true);
  expect(shape(page)).toBe('bulletList(listItem("een" bulletList(listItem("twee"))))');
  press(page, "Tab", { shiftKey: true });
  expect(shape(page)).toBe('bulletList(listItem("een") listItem("twee"))');
  behind(page, "een");
  expect(press(page, "Tab")).toBe(true);
  expect(shape(page)).toBe('bulletList(listItem("een") listItem("twee"))');
  expect(press(page, "Escape")).toBe(true);
  expect(page.left).toBe(1);
});

test("marks at the start of a line make lists and headings", async () => {
  const page = await edit();
  type(page, "## Kop");
  press(page, "Enter");
  type(page, "1. een");
  press(page, "Enter");
  press(page, "Enter");
  type(page, "5 - 3 is 2");
  expect(shape(page)).toBe('"Kop" orderedList(listItem("een")) "5 - 3 is 2"');
  expect(page.view.state.doc.child(0).attrs).toEqual({ level: 2 });
});

test("behind the last cell of a table without room for a row Tab stays in the text, and that is said", async () => {
  const page = await edit();
  page.binding.commands.insertTable(500, 1);
  const last = page.binding.flows.table(page.binding.commands.cell()?.table ?? "")?.rows.at(-1) ?? "";
  page.binding.select({ flow: `cell:${page.binding.commands.cell()?.table}:${last}:${page.binding.commands.cell()?.column}`, index: 0 });
  page.told.length = 0;
  expect(press(page, "Tab")).toBe(true);
  expect(page.told).toEqual(["full"]);
  expect(page.binding.commands.cell()?.row).toBe(last);
});

test("the outline looks again only at what changed", async () => {
  const page = await withOne();
  press(page, "Enter", { ctrlKey: true });
  type(page, "## Kop");
  const [requirement, heading] = page.view.state.doc.children;
  if (!requirement || !heading) throw new Error("no blocks");
  expect([...entriesOf(requirement), ...entriesOf(heading)].map(({ level, text }) => [level, text])).toEqual([
    [0, "vaste begeleider"],
    [2, "Kop"],
  ]);
  const before = entriesOf(requirement);
  type(page, "pen");
  expect(entriesOf(page.view.state.doc.child(0))).toBe(before);
  await vi.waitFor(() => expect(document.querySelector("ol")?.textContent).toContain("Koppen"));
});
