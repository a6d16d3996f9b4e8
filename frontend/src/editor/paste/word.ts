// What Word says in words of its own: its lists are paragraphs with a marker in them, and the look of
// a level stands in a style sheet beside the text.

export type Styles = Map<string, string>;

/** The attribute in which a style is looked for; see `unstyled`. */
export const styleAttribute = "data-written-style";

/** The same page with its styles under other names. A browser minds a style as soon as it reads it, also in a
 * page that is never shown, and complains of each to who looks at its console. */
export function unstyled(html: string): string {
  return html
    .replace(/<style(?=[\s>])/gi, '<script type="text/css"')
    .replace(/<\/style(?=[\s>])/gi, "</script")
    .replace(/<[a-z][^<>]*>/gi, (tag) => tag.replace(/(["'\s/])style(?=\s*=)/gi, `$1${styleAttribute}`));
}

/** The text of the style sheets of a page whose styles have other names. */
export const sheetOf = (page: Document): string =>
  [...page.querySelectorAll('script[type="text/css"]')].map((style) => style.textContent ?? "").join("\n");

/** The declarations of a style attribute, also those that no browser knows. */
export function stylesOf(element: Element): Styles {
  const found: Styles = new Map();
  const written = element.getAttribute(styleAttribute);
  if (written === null) return found;
  for (const declaration of written.split(";")) {
    const at = declaration.indexOf(":");
    if (at > 0) found.set(declaration.slice(0, at).trim().toLowerCase(), declaration.slice(at + 1).trim().toLowerCase());
  }
  return found;
}

export interface WordItem {
  ordered: boolean;
  indent: number;
  /** What the marker says, 0 when it says no number. */
  number: number;
}

/** The place in a list that Word gives a paragraph; sheet is the text of its style sheet. */
export function wordItem(element: Element, styles: Styles, sheet: string): WordItem | undefined {
  const place = /^(l\d+)\s+level(\d)/.exec(styles.get("mso-list") ?? "");
  if (!place) return undefined;
  const marker = markerOf(element);
  const [, list, level] = place;
  const digits = /(\d{1,6})\s*[.)\]:-]*$/.exec(marker);
  return {
    indent: Number(level) - 1,
    number: digits ? Number(digits[1]) : 0,
    ordered: marker === "" ? orderedBySheet(sheet, `${list}:level${level}`) : digits !== null || /^[([]?[a-z]{1,5}[.)\]]/i.test(marker),
  };
}

/** Is this the marker that Word draws itself, or anything else that is no text of the writer? */
export const isWordMachinery = (styles: Styles): boolean =>
  styles.get("mso-list") === "ignore" ||
  styles.get("mso-hide") === "all" ||
  styles.get("mso-special-character") === "comment" ||
  /^(comment|comment-list|header|footer|field-begin)$/.test(styles.get("mso-element") ?? "");

function markerOf(element: Element): string {
  for (const inside of element.querySelectorAll(`[${styleAttribute}]`)) {
    if (stylesOf(inside).get("mso-list") === "ignore") return (inside.textContent ?? "").replace(/[\s\u00a0]+/g, " ").trim();
  }
  return "";
}

function orderedBySheet(sheet: string, level: string): boolean {
  const found = new RegExp(`@list\\s+${level}\\s*\\{([^}]*)\\}`).exec(sheet)?.[1];
  return found !== undefined && !/mso-level-number-format:\s*(bullet|image|none)/.test(found);
}

/** The level of a heading that Word or LibreOffice writes as an ordinary paragraph; 0 for none. */
export function wordHeading(element: Element, styles: Styles): number {
  const outline = /^([1-9])$/.exec(styles.get("mso-outline-level") ?? "");
  if (outline) return Number(outline[1]);
  const named = /^(?:mso)?(?:heading|kop)[-_ ]?([1-9])$/i.exec(element.className);
  if (named) return Number(named[1]);
  return element.className === "MsoTitle" ? 1 : 0;
}
