// Stands in for lib0/logging, which colours what it prints and brings 12 KB along for that. Yjs warns with it of
// mistakes in the program; these names are the ones that it uses.
export const [BOLD, UNBOLD, RED, ORANGE] = ["", "", "", ""];
export const print = (...words: unknown[]): void => console.log(...words);
export const warn = (...words: unknown[]): void => console.warn(...words);
