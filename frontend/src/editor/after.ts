// What nobody needs for the first letter: it is fetched when the text can be written in. Over a slow line
// that is a quarter of a second sooner.
export { Announcer } from "./announce.ts";
export { movedWords } from "./moved.ts";
export { caretLayer } from "./carets.ts";
export { dropCursor } from "prosemirror-dropcursor";
export { dragging } from "./dragging.ts";
export { outline } from "./outline.ts";
export { pasting } from "./pasting.ts";
export { removed } from "./removed.ts";
export { Restored } from "./restored.ts";
export { askLink, toolbar } from "./toolbar.ts";
