// The text that came with the page: behind all that it shows, in a script that no browser runs. How it is
// written is said in server/programmes/given.go.
import { loosen, type Size } from "./tight.ts";

/** A text that the page brought. */
export interface Brought {
  epoch: number;
  /** How many bytes it has with its ids in it. */
  size: number;
  /** Without its ids, which editor/ids.ts puts back. */
  packed: Uint8Array;
}

/** Takes the text out of the page, if there is one. What was cut off on its way is none. */
export function readGiven(): Brought | undefined {
  const script = document.querySelector<HTMLElement>("script[data-given]");
  if (!script) return undefined;
  script.remove();
  const letters = script.textContent;
  try {
    const told = JSON.parse(script.dataset["given"] ?? "") as Size & { epoch: number; size: number; letters: number };
    if (letters.length !== told.letters) throw new Error("it was cut off");
    const small = Uint8Array.from(atob(letters), (letter) => letter.charCodeAt(0));
    return { epoch: told.epoch, size: told.size, packed: loosen(small, told) };
  } catch (mistake) {
    console.warn("the text in the page cannot be read", mistake);
    return undefined;
  }
}
