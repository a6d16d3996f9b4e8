// What others call things is a name like any other, also when objects of JavaScript have something by it.
import { expect, test } from "vitest";
import * as Y from "yjs";
import { flowSchema } from "../schema.ts";
import { Headless } from "./headless.ts";

const schema = flowSchema((name) => name);

test.each(["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"])("something is called %s", (name) => {
  const before = Object.getOwnPropertyNames(Object.prototype);
  const doc = new Y.Doc();
  doc.getText("body").insertEmbed(0, { p: "first" });
  const options = { schema, cards: { requirement: ["statement", "rationale"] }, now: () => 1, random: () => 0.5, captureTimeout: 0 };
  const one = new Headless(doc, { ...options, newID: () => "new" });

  const other = new Y.Doc();
  Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
  const planted = { polluted: true, [name]: { polluted: true } };
  const value = name === "constructor" ? true : planted; // Yjs itself asks a value for its constructor, and makes none of this
  const body = other.getText("body");
  body.insert(0, "woorden ", { [name]: planted, bold: true });
  body.insertEmbed(0, { p: name, ...planted });
  body.insertEmbed(0, { requirement: name, place: 1 });
  body.insertEmbed(0, { table: name, place: 2 });
  other.getText(`statement:${name}`).insert(0, "in een kaart", { [name]: planted });
  other.getMap("marks").set(name, value);
  other.getMap("marks").set("first", value);
  other.getMap("tables").set(`${name}:row:r1`, 1);
  other.getMap("tables").set(`${name}:column:c1`, 1);
  other.getMap("removed").set(`requirement:${name}`, 3);
  one.binding.receive(Y.encodeStateAsUpdate(other), "network");
  one.dispatch(one.state.tr.insertText("getypt "));

  expect(one.state.doc.textContent).toContain("woorden");
  expect(one.state.doc.toString()).toBe(one.binding.read().toString());
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
});
