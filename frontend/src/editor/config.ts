// What the page tells the editor. It is ours, yet it came as text: each field is looked at once.

export interface Config {
  /** The shared text. */
  document: string;
  /** Who is signed in; empty for a visitor. */
  person: string;
  mayWrite: boolean;
  /** No copy may stay on this device. */
  confidential: boolean;
  csrf: string;
  ticket: string;
  socket: string;
  /** Keys of the requirements by id, as JSON. */
  keys: string;
  /** Where a new requirement gets its key, with a POST. */
  add: string;
  /** The form of a requirement, followed by its id. */
  form: string;
  /** Where it is said whether an older version was put back just now; empty when one may not know. */
  restored: string;
  texts: Record<string, string>;
}

export function readConfig(root: HTMLElement): Config {
  const sent: unknown = JSON.parse(root.dataset["editor"] ?? "");
  if (typeof sent !== "object" || sent === null) throw new Error("the page says nothing to the editor");
  const values = sent as Record<string, unknown>;
  const text = (name: string): string => {
    const value = values[name];
    if (typeof value !== "string") throw new Error(`the page does not say ${name}`);
    return value;
  };
  return {
    document: text("document"),
    person: text("person"),
    mayWrite: values["mayWrite"] === true,
    confidential: values["confidential"] === true,
    csrf: text("csrf"),
    ticket: text("ticket"),
    socket: text("socket"),
    keys: text("keys"),
    add: text("add"),
    form: text("form"),
    restored: text("restored"),
    texts: values["texts"] as Record<string, string>,
  };
}

/** Gives the sentences of the page; one that is missing shows its name, so that it is found. */
export type Say = (name: string, values?: Record<string, string | number>) => string;

export function sayer(texts: Record<string, string>): Say {
  return (name, values = {}) =>
    (texts[name] ?? name).replace(/\{(\w+)\}/g, (whole, key: string) => String(values[key] ?? whole));
}

/** The element of the page that has this part to play. */
export function part(root: HTMLElement, name: string): HTMLElement {
  const found = root.querySelector<HTMLElement>(`[data-part="${name}"]`);
  if (!found) throw new Error(`the page has no part "${name}"`);
  return found;
}
