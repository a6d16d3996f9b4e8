// Makes the two font files of the site from the variable Source Sans 3: the letters and signs of
// Dutch and English pages, in the weights that the styles use. Other letters of names come from the
// "latin-ext" file, which a browser fetches only when a page holds one.
import { readFile, writeFile } from "node:fs/promises";
import subsetFont from "subset-font";

const source = "node_modules/@fontsource-variable/source-sans-3/files/source-sans-3-";
const letters = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
const dutch = "ÁÄÇÈÉÊËÏÓÖÜáàâäçèéêëíìîïñóòôöúùûü";
const signs = "\u00a0·×°½€§©«»–—‘’“”„…•−";
const weights = { wght: { min: 400, max: 600, default: 400 } };

for (const [style, target] of [
  ["normal", "source-sans-3"],
  ["italic", "source-sans-3-italic"],
]) {
  const font = await subsetFont(await readFile(`${source}latin-wght-${style}.woff2`), letters + dutch + signs, {
    targetFormat: "woff2",
    variationAxes: weights,
    noLayoutClosure: true, // fractions and small figures, which the pages do not use
  });
  await writeFile(`src/fonts/${target}.woff2`, font);
  console.log(target, font.length);
}
