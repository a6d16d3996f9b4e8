// Who is here, as a list of names with initials. What a person is called and to which group they
// belong is the server's word; a browser's own claim never arrives.
import type { Awareness } from "y-protocols/awareness";

export interface User {
  id: string;
  name: string;
  initials: string;
  /** The stakeholder group, empty when it is none of the six. */
  group: string;
}

/** The six groups, each with a colour of its own. */
const colours = ["resident", "entrepreneur", "partner", "municipality", "education", "expert"];

export function readUser(value: unknown): User {
  const user = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const text = (name: string) => (typeof user[name] === "string" ? user[name] : "");
  const group = colours.includes(text("group")) ? text("group") : "";
  return { id: text("id"), name: text("name"), initials: text("initials"), group };
}

const colourClass = (user: User): string => (user.group === "" ? "" : `sw-group-${user.group}`);

/** Everybody else who is here, once each. */
export function present(awareness: Awareness): User[] {
  const people = new Map<string, User>();
  for (const [client, state] of awareness.getStates()) {
    if (client === awareness.clientID) continue;
    const user = readUser(state["user"]);
    if (user.name !== "") people.set(user.id || String(client), user);
  }
  return [...people.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** Fills the list with copies of the page's own avatars, one template for each group. */
export function showPresence(list: HTMLElement, people: User[], avatars: HTMLElement): void {
  const items = people.map((user) => {
    const template = avatars.querySelector<HTMLTemplateElement>(`template[data-group="${user.group}"]`);
    const item = document.createElement("li");
    item.append(template?.content.cloneNode(true) ?? "");
    const avatar = item.querySelector<HTMLElement>(".sw-avatar");
    const initials = item.querySelector(".sw-avatar__initials");
    const label = item.querySelector(".sw-unseen");
    const group = template?.dataset["name"] ?? "";
    const named = group === "" ? user.name : `${user.name}, ${group}`;
    if (avatar) avatar.title = named;
    if (initials) initials.textContent = user.initials;
    if (label) label.textContent = named;
    const name = document.createElement("span");
    name.className = "sw-presence__name";
    name.setAttribute("aria-hidden", "true"); // the avatar says it already
    name.textContent = user.name;
    item.append(name);
    return item;
  });
  list.replaceChildren(...items);
}

/** The place of somebody else in the text. */
export function caret(value: unknown): HTMLElement {
  const user = readUser(value);
  const mark = document.createElement("span");
  mark.className = `sw-caret ${colourClass(user)}`;
  const label = document.createElement("span");
  label.className = "sw-caret__label";
  label.textContent = user.name;
  mark.append(label);
  return mark;
}

export const selectionClass = (value: unknown): string => `sw-selection ${colourClass(readUser(value))}`;
