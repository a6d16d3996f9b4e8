// @vitest-environment jsdom
// The buttons of the editor, above the text and under a card.
import { expect, test } from "vitest";
import { behind, edit, press, screen, shape, type, withOne } from "./desk.ts";

test("who only reads has no buttons for a card or a table, and none that work", async () => {
  const page = await withOne();
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  await frame();
  const under = page.view.dom.querySelector<HTMLElement>(".sw-card-tools__button") as HTMLElement;
  expect(under).not.toBeNull();
  page.reading = true;
  const before = shape(page);
  for (const button of page.view.dom.querySelectorAll<HTMLElement>(".sw-card-tools__button")) button.click();
  expect(shape(page)).toBe(before);
  page.view.setProps({}); // as the page does
  await frame();
  expect(page.view.dom.querySelector(".sw-card-tools")).toBeNull();
});

test("Escape among the buttons that are folded away leaves the Tab key at what unfolds them", async () => {
  const page = await edit();
  const unfold = page.bar.querySelector<HTMLElement>('[aria-controls="meer-knoppen"]') as HTMLElement;
  unfold.click();
  const folded = [...page.bar.querySelectorAll<HTMLElement>("#meer-knoppen button")].find((button) => !button.closest("[hidden]")) as HTMLElement;
  for (const button of page.bar.querySelectorAll<HTMLElement>("button")) button.tabIndex = button === folded ? 0 : -1;
  folded.focus();
  folded.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true }));
  expect([...page.bar.querySelectorAll('[tabindex="0"]')]).toEqual([unfold]);
});

test("the buttons say what is so at the caret, and those of a card go with it", async () => {
  const page = await withOne();
  const button = (name: string) => page.bar.querySelector(`.sw-toolbar__button--${name}`);
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  await frame();
  expect(page.bar.querySelector<HTMLElement>('[aria-label="tools_requirement"]')?.hidden).toBe(false);
  expect(page.view.dom.querySelector(".sw-requirement .sw-card-tools")).not.toBeNull();
  press(page, "Enter", { ctrlKey: true });
  press(page, "2", { ctrlKey: true, altKey: true });
  await frame();
  expect(button("heading2")?.getAttribute("aria-pressed")).toBe("true");
  expect(button("undo")?.getAttribute("aria-disabled")).toBe("false");
  expect(page.bar.querySelector<HTMLElement>('[aria-label="tools_requirement"]')?.hidden).toBe(true);
  expect(page.view.dom.querySelector(".sw-card-tools")).toBeNull();
  expect(page.bar.querySelectorAll('[tabindex="0"]')).toHaveLength(1);
  const places = [...page.view.dom.querySelectorAll("a, button")].filter((one) => one.getAttribute("tabindex") !== "-1");
  expect(places).toEqual([]);
});

test("what keys and buttons do to the text is said once, in one sentence", async () => {
  const page = await edit();
  const told = (): string[] => page.told.splice(0);
  const click = (name: string): void => page.bar.querySelector<HTMLButtonElement>(`.sw-toolbar__button--${name}`)?.click();
  const ctrl = { ctrlKey: true };
  type(page, "kop");
  for (let i = 0; i < 2; i++) press(page, "2", { ...ctrl, altKey: true });
  expect(told()).toEqual(["tool_heading2 aan", "tool_heading2 uit"]);
  press(page, "z", ctrl);
  press(page, "y", ctrl);
  expect(told()).toEqual(["did_undo", "did_redo"]);
  click("note");
  click("note");
  click("bold");
  expect(told()).toEqual(["tool_note aan", "tool_note uit", "tool_bold aan"]);
  type(page, "x");
  press(page, "Enter");
  type(page, "- een");
  press(page, "Enter");
  press(page, "Tab");
  press(page, "Tab");
  press(page, "Tab", { shiftKey: true });
  expect(told()).toEqual(["tool_bulletList aan", "Niveau 2", "didNot_indent", "Niveau 1"]);
  click("bulletList");
  click("table");
  press(page, "Tab");
  for (let i = 0; i < 5; i++) press(page, "Tab");
  click("columnBefore");
  click("rowBefore");
  click("headingRow");
  click("removeRow");
  click("removeColumn");
  expect(told()).toEqual([
    "tool_bulletList uit", "didTable", "Rij 4 erbij", "Kolom 1 erbij", "Rij 4 erbij", "tool_headingRow uit", "Rij 4 weg", "Kolom 1 weg",
  ]);
});

test("the buttons that are not used often go away after use on a small screen, and with Escape on any", async () => {
  const page = await edit();
  const more = page.bar.querySelector<HTMLButtonElement>("[aria-controls]");
  const unfolded = (): string | null | undefined => more?.getAttribute("aria-expanded");
  const click = (name: string): void => page.bar.querySelector<HTMLButtonElement>(`.sw-toolbar__button--${name}`)?.click();
  more?.click();
  click("table");
  expect(unfolded(), "there is room for them").toBe("true");
  more?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  expect(unfolded()).toBe("false");
  screen.small = true;
  more?.click();
  click("rowAfter"); // in a group of its own
  screen.small = false;
  expect(unfolded()).toBe("false");
});

test("a link is taken away with a button; an empty address is no answer", async () => {
  const page = await edit();
  type(page, "wijk");
  const dialog = document.querySelector("dialog");
  const [make, remove] = [...(dialog?.querySelectorAll("button") ?? [])];
  const field = dialog?.querySelector("input");
  if (!dialog || !make || !remove || !field) throw new Error("there is no dialog");
  dialog.showModal = () => dialog.setAttribute("open", "");
  dialog.close = () => dialog.removeAttribute("open");
  page.view.setProps({ handleScrollToSelection: () => true }); // nothing is laid out here
  const ask = (): void => page.bar.querySelector<HTMLButtonElement>(".sw-toolbar__button--link")?.click();
  ask();
  expect(remove.hidden, "there is none to take away").toBe(true);
  make.click();
  expect(dialog.querySelector('[role="alert"]')?.textContent).toBe("linkMistake");
  expect(dialog.open).toBe(true);
  field.value = "www.wijk.test";
  make.click();
  const links = (): number => page.view.dom.querySelectorAll("a[href]").length;
  expect(links()).toBe(1);
  behind(page, "www.wij");
  ask();
  expect(remove.hidden).toBe(false);
  remove.click();
  expect([links(), dialog.open]).toEqual([0, false]);
});

test("a second press on the spot where another button came, or for a second table, does nothing; one elsewhere or later does", async () => {
  const page = await edit();
  const click = (name: string, clientX: number, detail: number): void => {
    const button = page.bar.querySelector(`.sw-toolbar__button--${name}`);
    button?.dispatchEvent(new MouseEvent("click", { bubbles: true, clientX, detail }));
  };
  click("table", 50, 1);
  const table = shape(page);
  expect(table).toContain("table(");
  click("table", 50, 2);
  click("removeTable", 51, 2);
  expect(shape(page)).toBe(table);
  click("removeTable", 250, 1);
  expect(shape(page)).not.toBe(table);
  click("table", 50, 1);
  await new Promise((later) => setTimeout(later, 650));
  const before = shape(page);
  click("removeTable", 50, 1);
  expect(shape(page)).not.toBe(before);
});
