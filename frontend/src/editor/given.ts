// The text with which the editor begins, out of the page.
import { takeGiven } from "../early.ts";
import { unpackIDs } from "./ids.ts";
import type { Given } from "./provider.ts";

/** Returns the text that the page brought, once. What cannot be read is none. */
export function given(): Given | undefined {
  const brought = takeGiven();
  if (!brought) return undefined;
  try {
    return { epoch: brought.epoch, update: unpackIDs(brought.packed, brought.size) };
  } catch (mistake) {
    console.warn("the text in the page is none", mistake);
    return undefined;
  }
}
