// @vitest-environment jsdom
import { DOMParser as Parser, type Node as PMNode, Slice } from "prosemirror-model";
import { expect, test, vi } from "vitest";
import { flowSchema } from "../schema.ts";
import { cleanHTML, cleanText, clipboardSerializer, copiedText, fitting, limits } from "./index.ts";

const schema = flowSchema((name) => name);

/** What is pasted, read by the schema: each block as it would stand in a text. */
function parsed(html: string): PMNode {
  const holder = document.createElement("div");
  holder.innerHTML = html;
  const doc = Parser.fromSchema(schema).parse(holder);
  doc.check();
  return doc;
}

/** Cleans, and makes sure that the schema loses none of it. */
function clean(html: string): string {
  const { html: cleaned } = cleanHTML(html);
  const holder = document.createElement("div");
  holder.innerHTML = cleaned;
  const letters = (text: string | null) => (text ?? "").replace(/\s/g, "");
  expect(letters(parsed(cleaned).textContent)).toBe(letters(holder.textContent));
  return cleaned;
}

const text = (plain: string): string => cleanText(plain).html;

// Google Docs

test("Google Docs: a link goes where it says, and not past Google", () => {
  const past = "https://www.google.com/url?q=https://voorbeeld.nl/a?b%3D1%26c%3D2&sa=D&source=editors&ust=1";
  expect(clean(`<p><a href="${past.replaceAll("&", "&amp;")}">bron</a></p>`)).toContain('<a href="https://voorbeeld.nl/a?b=1&amp;c=2">bron</a>');
  for (const href of ["https://www.google.com/url?q=javascript:alert(1)", "https://www.google.com/search?q=https://x.nl", "https://google.evil.nl/url?q=https://x.nl"]) {
    expect(clean(`<p><a href="${href}">bron</a></p>`)).toContain(href.slice(0, 24));
  }
});

test("what is read has no style that a browser minds", () => {
  const read: string[] = [];
  const parse = vi.spyOn(DOMParser.prototype, "parseFromString").mockImplementation(function (this: DOMParser, html) {
    read.push(String(html));
    return document.implementation.createHTMLDocument("");
  });
  cleanHTML(`<style>p { color: red }</style><p class="a"style='font-weight:bold'>x</p><td STYLE = "color:red">style= in words</td>`);
  parse.mockRestore();
  expect(read[0]).not.toMatch(/<style|\sstyle\s*=\s*"|["']style=/i);
  expect(read[0]).toContain("style= in words");
  expect(clean(`<p><span id="a"style='font-weight:bold'>x</span></p>`)).toBe("<p><strong>x</strong></p>");
});

const docsSpan = "font-size:11pt;font-family:Arial,sans-serif;color:#000000;background-color:transparent;font-style:normal;font-variant:normal;text-decoration:none;vertical-align:baseline;white-space:pre;white-space:pre-wrap;";

test("Google Docs: the wrapper that says it is bold is not, and what is bold by its weight is", () => {
  const html =
    `<meta charset='utf-8'><meta charset="utf-8"><b style="font-weight:normal;" id="docs-internal-guid-27f6cb80-7fff-abca-7723-8fd5aa0d3c3a">` +
    `<p dir="ltr" style="line-height:1.38;margin-top:0pt;margin-bottom:0pt;"><span style="${docsSpan}font-weight:400;">Wij willen een </span>` +
    `<span style="${docsSpan}font-weight:700;">vaste</span><span style="${docsSpan}font-weight:400;font-style:italic;"> begeleider</span></p>` +
    `<br /><p dir="ltr"><span style="${docsSpan}font-weight:400;text-decoration:line-through">oud</span></p></b><br class="Apple-interchange-newline">`;
  expect(clean(html)).toBe("<p>Wij willen een <strong>vaste</strong><em> begeleider</em></p><p><s>oud</s></p>");
});

test("Google Docs: lists lie beside their item, and their levels stay", () => {
  const item = (level: number, words: string) =>
    `<li dir="ltr" style="list-style-type:disc;font-size:11pt;white-space:pre;" aria-level="${level}"><p dir="ltr" role="presentation"><span style="${docsSpan}font-weight:400;">${words}</span></p></li>`;
  const html =
    `<b style="font-weight:normal;" id="docs-internal-guid-1"><ul style="margin-top:0;margin-bottom:0;padding-inline-start:48px;">${item(1, "Tafels")}` +
    `<ul>${item(2, "rond")}<ol>${item(3, "wit")}${item(3, "rood")}</ol>${item(2, "vierkant")}</ul>${item(1, "Stoelen")}</ul></b>`;
  expect(clean(html)).toBe(
    "<ul><li><p>Tafels</p><ul><li><p>rond</p><ol><li><p>wit</p></li><li><p>rood</p></li></ol></li><li><p>vierkant</p></li></ul></li>" +
      "<li><p>Stoelen</p></li></ul>",
  );
});

test("Google Docs: a list that is copied from its middle begins at the edge", () => {
  const html =
    '<ul id="docs-internal-guid-2"><ul><ul><li aria-level="3">diep</li></ul><li aria-level="2">minder</li></ul><li aria-level="1">rand</li></ul>';
  expect(clean(html)).toBe("<ul><li><p>diep</p></li><li><p>minder</p></li><li><p>rand</p></li></ul>");
});

test("Google Docs: a heading is one, whatever its weight; a picture in a checklist goes", () => {
  const html =
    `<b style="font-weight:normal;"><h1 dir="ltr" style="line-height:1.38;"><span style="${docsSpan}font-weight:400;">Samen eten</span></h1>` +
    `<h2><span style="font-weight:700">Wanneer</span></h2><ul style="list-style:none;"><li role="checkbox" aria-checked="false" aria-level="1">` +
    `<img src="data:image/png;base64,iVBORw0KGgo=" aria-roledescription="checkbox" alt="niet afgevinkt"><p role="presentation"><span>Koken</span></p></li></ul></b>`;
  expect(clean(html)).toBe("<h2>Samen eten</h2><h3>Wanneer</h3><ul><li><p>Koken</p></li></ul>");
});

test("Google Docs: a soft break stays in its item, and a further paragraph too", () => {
  const html = '<ul><li aria-level="1"><p><span>een</span><br><span>nog</span></p><p>meer</p></li><li aria-level="1">twee</li></ul>';
  expect(clean(html)).toBe("<ul><li><p>een<br>nog<br>meer</p></li><li><p>twee</p></li></ul>");
});

// Word

const wordPage = (body: string, sheet = "") =>
  `<html xmlns:v="urn:schemas-microsoft-com:vml"\nxmlns:o="urn:schemas-microsoft-com:office:office"\nxmlns:w="urn:schemas-microsoft-com:office:word"\nxmlns="http://www.w3.org/TR/REC-html40">\n\n<head>\n<meta http-equiv=Content-Type content="text/html; charset=utf-8">\n<meta name=Generator content="Microsoft Word 15">\n<link rel=File-List href="file:///C:/Users/x/AppData/Local/Temp/msohtmlclip1/01/clip_filelist.xml">\n<!--[if gte mso 9]><xml>\n <w:WordDocument>\n  <w:View>Normal</w:View>\n </w:WordDocument>\n</xml><![endif]-->\n<style>\n<!--\n /* Font Definitions */\n @font-face\n\t{font-family:Wingdings;}\n${sheet}\n-->\n</style>\n</head>\n\n<body lang=NL style='tab-interval:35.4pt'>\n<!--StartFragment-->\n${body}\n<!--EndFragment-->\n</body>\n\n</html>\n\u0000\u0000`;

const wordItem = (level: number, marker: string, words: string, list = "l0") =>
  `<p class=MsoListParagraphCxSpMiddle style='margin-left:36.0pt;mso-add-space:\nauto;text-indent:-18.0pt;mso-list:${list} level${level} lfo1'><![if !supportLists]><span\nstyle='font-family:Symbol;mso-fareast-font-family:Symbol;mso-bidi-font-family:\nSymbol'><span style='mso-list:Ignore'>${marker}<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;&nbsp;\n</span></span></span><![endif]>${words}<o:p></o:p></p>\n`;

test("Word: paragraphs with a marker are lists, with their levels, and the marker goes", () => {
  const html = wordPage(
    `<p class=MsoNormal>Wij hebben\nnodig:<o:p></o:p></p>\n` +
      wordItem(1, "·", "tafels") +
      wordItem(2, "o", "ronde") +
      wordItem(3, "§", "<b>witte<o:p></o:p></b>") +
      wordItem(1, "·", "stoelen") +
      "<p class=MsoNormal><o:p>&nbsp;</o:p></p>\n<p class=MsoNormal>Meer niet.</p>",
  );
  expect(clean(html)).toBe(
    "<p>Wij hebben nodig:</p><ul><li><p>tafels</p><ul><li><p>ronde</p><ul><li><p><strong>witte</strong></p></li></ul></li></ul></li>" +
      "<li><p>stoelen</p></li></ul><p>Meer niet.</p>",
  );
});

test.each([
  ["1.", "<ol>"],
  ["4)", '<ol start="4">'],
  ["1.2.3.", '<ol start="3">'],
  ["a)", "<ol>"],
  ["iv.", "<ol>"],
  ["(b)", "<ol>"],
  ["·", "<ul>"],
  ["o", "<ul>"],
  ["–", "<ul>"],
])("Word: the marker %s begins %s", (marker, list) => {
  expect(clean(wordPage(wordItem(1, marker, "een") + wordItem(1, marker, "twee")))).toMatch(new RegExp(`^${list}<li><p>een</p></li><li>`));
});

test("Word: bullets and numbers at several levels stay what they are", () => {
  const html = wordPage(wordItem(1, "·", "a") + wordItem(2, "1.", "b", "l1") + wordItem(2, "2.", "c", "l1") + wordItem(1, "·", "d"));
  expect(clean(html)).toBe("<ul><li><p>a</p><ol><li><p>b</p></li><li><p>c</p></li></ol></li><li><p>d</p></li></ul>");
});

test("Word: without a marker the style sheet says what kind of list it is", () => {
  const sheet = "@list l3\n\t{mso-list-id:1;}\n@list l3:level1\n\t{mso-level-tab-stop:none;\n\tmargin-left:36pt;}\n@list l4:level1\n\t{mso-level-number-format:bullet;}";
  const bare = (list: string) => `<p class=MsoListParagraph style='mso-list:${list} level1 lfo2'>woord</p>`;
  expect(clean(wordPage(bare("l3"), sheet))).toBe("<ol><li><p>woord</p></li></ol>");
  expect(clean(wordPage(bare("l4"), sheet))).toBe("<ul><li><p>woord</p></li></ul>");
});

test("Word: headings by element, by class and by outline level; a number before one goes", () => {
  const html = wordPage(
    `<h1 style='mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>1<span>&nbsp;</span></span><![endif]><b>Doel</b><o:p></o:p></h1>` +
      "<p class=MsoHeading2>Voor wie</p><p class=MsoNormal style='mso-outline-level:3'>Wanneer</p><p class=MsoTitle>Plan</p><p class=MsoHeading9>Klein</p>",
  );
  expect(clean(html)).toBe("<h2>Doel</h2><h3>Voor wie</h3><h4>Wanneer</h4><h2>Plan</h2><h4>Klein</h4>");
});

test("Word: a table with spans is a grid; the row that only sets widths goes", () => {
  const cell = (words: string, more = "") => `<td width=201 ${more} valign=top style='border:solid windowtext 1.0pt'><p class=MsoNormal>${words}<o:p></o:p></p></td>`;
  const html = wordPage(
    `<table class=MsoTableGrid border=1 cellspacing=0 cellpadding=0><thead><tr style='mso-yfti-irow:0'>${cell("<b>Wie</b>")}${cell("Wanneer", "colspan=2")}</tr></thead>` +
      `<tr>${cell("Ana", "rowspan=2")}${cell("ma")}${cell("di")}</tr><tr>${cell("wo")}${cell("<o:p>&nbsp;</o:p>")}</tr>` +
      `<![if !supportMisalignedColumns]><tr height=0><td width=201></td><td width=201></td><td width=201></td></tr><![endif]></table>`,
  );
  expect(clean(html)).toBe(
    "<table><tbody><tr><th><p><strong>Wie</strong></p></th><th><p>Wanneer</p></th><th><p></p></th></tr>" +
      "<tr><td><p>Ana</p></td><td><p>ma</p></td><td><p>di</p></td></tr><tr><td><p></p></td><td><p>wo</p></td><td><p></p></td></tr></tbody></table>",
  );
});

test("Word: style sheets, remarks, hidden words and drawings do not become text", () => {
  const html = wordPage(
    `<p class=MsoNormal>Tekst<span class=MsoCommentReference><a class=msocomanchor href="#_msocom_1">[JJ1]</a></span><span style='mso-hide:all'>geheim</span>` +
      `<!--[if gte vml 1]><v:shape><v:imagedata src="file:///x.png"/></v:shape><![endif]--><![if !vml]><img width=1 src="file:///x.png"><![endif]></p>` +
      `<div style='mso-element:comment-list'><div style='mso-element:comment'><p class=MsoCommentText>opmerking</p></div></div>`,
  );
  expect(clean(html)).toBe("<p>Tekst</p>");
});

test("Word in the browser: each item is a list of its own, and says how deep it is", () => {
  const item = (tag: string, level: number, start: number, words: string) =>
    `<div class="ListContainerWrapper SCXW1 BCX0"><${tag} class="BulletListStyle1" role="list" start="${start}"><li data-leveltext="" data-listid="2" data-aria-posinset="${start}" data-aria-level="${level}" role="listitem" class="OutlineElement Ltr"><p class="Paragraph"><span lang="NL" class="TextRun" style="font-weight:bold"><span class="NormalTextRun">${words}</span></span><span class="EOP" data-ccp-props="{}">&nbsp;</span></p></li></${tag}></div>`;
  const html = item("ol", 1, 1, "een") + item("ul", 2, 1, "diep") + item("ol", 1, 2, "twee") + '<div class="OutlineElement"><p class="Paragraph">gewoon</p></div>';
  expect(clean(html)).toBe(
    "<ol><li><p><strong>een</strong></p><ul><li><p><strong>diep</strong></p></li></ul></li><li><p><strong>twee</strong></p></li></ol><p>gewoon</p>",
  );
});

test("Outlook: lists beside their items, and words in a font of their own", () => {
  const html =
    "<ul style='margin-top:0cm' type=disc><li class=MsoListParagraph style='margin-left:0cm;mso-list:l1 level1 lfo2'><font face=Calibri>een</font></li>" +
    "<ul type=circle><li class=MsoListParagraph style='mso-list:l1 level2 lfo2'>diep</li></ul></ul>";
  expect(clean(html)).toBe("<ul><li><p>een</p><ul><li><p>diep</p></li></ul></li></ul>");
});

// LibreOffice

test("LibreOffice: lines of its source are no lines of the text, and empty paragraphs go", () => {
  const html = `<!DOCTYPE html>\n<html>\n<head>\n\t<meta http-equiv="content-type" content="text/html; charset=utf-8"/>\n\t<title></title>\n\t<meta name="generator" content="LibreOffice 7.4.7.2 (Linux)"/>\n\t<style type="text/css">\n\t\t@page { size: 21cm 29.7cm; margin: 2cm }\n\t\tp { line-height: 115% }\n\t</style>\n</head>\n<body lang="nl-NL" link="#000080" dir="ltr"><h1 class="western"><font face="Arial">Een\nkop</font></h1>\n<p style="line-height: 100%; margin-bottom: 0cm">Een <b>vette\nregel</b> en <i>schuin</i>.</p>\n<p style="margin-bottom: 0cm"><br/>\n\n</p>\n<ol>\n\t<li><p style="margin-bottom: 0cm">een</p>\n\t<li><p>twee</p>\n\t<ol type="a">\n\t\t<li><p>diep</p></li>\n\t</ol>\n</ol>\n</body>\n</html>`;
  expect(clean(html)).toBe(
    "<h2>Een kop</h2><p>Een <strong>vette regel</strong> en <em>schuin</em>.</p><ol><li><p>een</p></li><li><p>twee</p><ol><li><p>diep</p></li></ol></li></ol>",
  );
});

test("a spreadsheet: cells that are empty at the end go, one cell alone is only its words", () => {
  const sheet = `<google-sheets-html-origin><style type="text/css"><!--td {border: 1px solid #cccccc;}--></style><table xmlns="http://www.w3.org/1999/xhtml" cellspacing="0" dir="ltr"><colgroup><col width="100"/></colgroup><tbody><tr style="height:21px;"><td data-sheets-value="{&quot;1&quot;:2}">Naam</td><td>Uren</td><td></td></tr><tr style="height:21px;"><td>Ana</td><td>4</td><td></td></tr><tr><td></td><td></td><td></td></tr></tbody></table>`;
  expect(clean(sheet)).toBe(
    "<table><tbody><tr><td><p>Naam</p></td><td><p>Uren</p></td></tr><tr><td><p>Ana</p></td><td><p>4</p></td></tr></tbody></table>",
  );
  expect(clean("<table><tr height=20><td height=20 class=xl65 width=64>alleen</td></tr></table>")).toBe("<p>alleen</p>");
});

test("a spreadsheet: rows that are joined over their whole width leave no hole", () => {
  const html = "<table><tr><td rowspan=2>a</td><td rowspan=2>b</td></tr><tr></tr><tr><td>c</td><td>d</td></tr></table>";
  expect(clean(html)).toBe("<table><tbody><tr><td><p>a</p></td><td><p>b</p></td></tr><tr><td><p>c</p></td><td><p>d</p></td></tr></tbody></table>");
});

// Pages and mail

test("a page: only what is text stays, links keep an address that is safe", () => {
  const html =
    `<html><body>\n<!--StartFragment--><nav aria-hidden="true">Menu</nav><h1 style="font-weight: 700">Buurt <a class="anchor" aria-hidden="true" href="#x">#</a></h1>` +
    `<p style="color: rgb(36, 41, 47); font-weight: 400; display: block">Lees <a href="https://wijk.test/a?b=1&amp;c=2" onclick="alert(1)">meer</a>, ` +
    `<a href="javascript:alert(1)">niet dit</a>, <a href="/elders">daar</a> of <a href="mailto:an@wijk.test"><b>mail</b></a>.</p>` +
    `<script>alert(1)</script><style>p{}</style><iframe src="https://x.test"></iframe><svg><text>tekening</text></svg><img src=x onerror=alert(1) alt="Een foto">` +
    `<button>Kopieer</button><input value="x"><div style="display:none">weg</div><p hidden>weg</p><!--EndFragment-->\n</body>\n</html>`;
  expect(clean(html)).toBe(
    '<h2>Buurt</h2><p>Lees <a href="https://wijk.test/a?b=1&amp;c=2">meer</a>, niet dit, daar of <a href="mailto:an@wijk.test"><strong>mail</strong></a>.</p>',
  );
});

test("a page: spaces between words in different styles stay, and become one", () => {
  expect(clean("De <em> </em>ene<b> </b>en&nbsp;<span>&nbsp;de</span>\n<i>andere</i> ")).toBe("<p>De ene en de <em>andere</em></p>");
  expect(clean('woord<span class="Apple-converted-space">&nbsp;</span>woord')).toBe("<p>woord woord</p>");
});

test("mail: lines in boxes, empty boxes and double breaks are paragraphs", () => {
  const html = '<div dir="ltr">Beste Ana,<div><br></div><div>Tot <b>morgen</b>!<br>Groet<br><br>Bram</div></div>';
  expect(clean(html)).toBe("<p>Beste Ana,</p><p>Tot <strong>morgen</strong>!<br>Groet</p><p>Bram</p>");
});

test("mail: what is quoted is a quote, and a table that only places things is none", () => {
  const html =
    '<table role="presentation"><tr><td><p>Hallo</p></td><td>daar</td></tr></table>' +
    "<table><tr><td><table><tr><td>a</td><td>b</td></tr></table></td></tr></table>" +
    "<blockquote type=cite><p>eerder</p><blockquote><ul><li>nog eerder</li></ul></blockquote></blockquote>";
  expect(clean(html)).toBe(
    "<p>Hallo</p><p>daar</p><table><tbody><tr><td><p>a</p></td><td><p>b</p></td></tr></tbody></table>" +
      '<blockquote data-box="quote"><p>eerder</p><ul><li><p>nog eerder</p></li></ul></blockquote>',
  );
});

test("a table in a cell is lines in that cell", () => {
  const html = "<table><tr><td>a</td><td>voor<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>na</td></tr></table>";
  expect(clean(html)).toBe("<table><tbody><tr><td><p>a</p></td><td><p>voor</p><p>1</p><p>2</p><p>3</p><p>na</p></td></tr></tbody></table>");
});

test("a table in a list stands between the items, and the numbers go on", () => {
  const html = "<ol><li>een<table><tr><td>a</td><td>b</td></tr></table></li><li>twee</li></ol>";
  expect(clean(html)).toBe(
    '<ol><li><p>een</p></li></ol><table><tbody><tr><td><p>a</p></td><td><p>b</p></td></tr></tbody></table><ol start="2"><li><p>twee</p></li></ol>',
  );
});

test("chat: levels that an item says itself, and pictures of letters", () => {
  const html =
    '<ul data-stringify-type="unordered-list" data-indent="0"><li data-stringify-indent="0">een <img alt="🎉" data-stringify-emoji=":tada:" src="x"></li></ul>' +
    '<ul data-indent="1"><li data-stringify-indent="1">diep</li></ul>';
  expect(clean(html)).toBe("<ul><li><p>een 🎉</p><ul><li><p>diep</p></li></ul></li></ul>");
});

test("a program's source: each line is a line, and a text file reads as plain text", () => {
  const editor = '<div style="font-family:Consolas;white-space:pre;"><br><div><span style="color:#569cd6">een</span></div><br><div>twee</div></div>';
  expect(clean(editor)).toBe("<p>een</p><p>twee</p>");
  expect(clean("<pre>Kop\n\n- a\n- b\n</pre>")).toBe("<p>Kop</p><ul><li><p>a</p></li><li><p>b</p></li></ul>");
  expect(clean("<p>typ <code>ls</code></p>")).toBe("<p>typ <code>ls</code></p>");
});

test("another editor of the same make does not say how open its piece is", () => {
  const html = '<ul data-pm-slice="3 3 [&quot;bulletList&quot;,null]"><li><p>half</p></li></ul>';
  expect(clean(html)).toBe("<ul><li><p>half</p></li></ul>");
});

test("letters that are none go", () => {
  expect(clean("<p>a\ufeffb\u0007c\ufffcd\ud83d e👍</p>")).toBe("<p>abcd e👍</p>");
});

test("elements that lie deep in each other are read to the last", () => {
  expect(clean(`${"<div><span>".repeat(500)}diep${"</span></div>".repeat(500)}`)).toBe("<p>diep</p>");
});

test("what is too much is cut, and said", () => {
  const small = { ...limits, letters: 10, blocks: 6, rows: 2, columns: 2 };
  expect(cleanHTML("<p>12345</p><p>67890</p>", small)).toEqual({ html: "<p>12345</p><p>67890</p>", cut: false });
  expect(cleanHTML("<p>12345</p><p>678901</p><p>x</p>", small)).toEqual({ html: "<p>12345</p><p>67890</p>", cut: true });
  expect(cleanHTML("<p>a</p>".repeat(7), small)).toEqual({ html: "<p>a</p>".repeat(6), cut: true });
  const cell = "<td><p>a</p></td>";
  expect(cleanHTML(`<table>${`<tr>${"<td>a</td>".repeat(3)}</tr>`.repeat(3)}</table>`, { ...small, blocks: 100 })).toEqual({
    html: `<table><tbody>${`<tr>${cell.repeat(2)}</tr>`.repeat(2)}</tbody></table>`,
    cut: true,
  });
  expect(cleanHTML("<p>abc</p><p>def</p>", { ...small, html: 8 }).cut).toBe(true);
  expect(cleanText("12345678901", small)).toEqual({ html: "<p>1234567890</p>", cut: true });
});

test("a table that spans more than there is stays within its bounds", () => {
  expect(clean("<table><tr><td colspan=99999 rowspan=99999>a</td></tr><tr><td>b</td></tr></table>")).toBe(
    "<table><tbody><tr><td><p>a</p></td><td><p></p></td></tr><tr><td><p></p></td><td><p>b</p></td></tr></tbody></table>",
  );
  expect(clean("<table><tr><td rowspan=0>a</td><td colspan=0>b</td></tr><tr><td>c</td></tr></table>")).toBe(
    "<table><tbody><tr><td><p>a</p></td><td><p>b</p></td></tr><tr><td><p></p></td><td><p>c</p></td></tr></tbody></table>",
  );
});

test("whatever elements stand in each other, each word comes out once, in its order", () => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
  let state = seed;
  const upTo = (n: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * n);
  };
  const tags = "p div span b i a ul ol li table tr td th thead tbody h1 h3 blockquote pre br section font dl dd".split(" ");
  const styles = ["", "", "font-weight:700", "mso-list:l1 level2 lfo1", "display:block", "mso-outline-level:2", "font-weight:normal"];
  for (let round = 0; round < 60; round++) {
    let count = 0;
    const make = (depth: number): Node[] =>
      Array.from({ length: 1 + upTo(3) }, () => {
        if (depth > 7 || upTo(4) === 0) return document.createTextNode(` w${round}x${count++} `);
        const node = document.createElement(tags[upTo(tags.length)] ?? "p");
        node.setAttribute("style", styles[upTo(styles.length)] ?? "");
        if (upTo(6) === 0) node.setAttribute(["colspan", "rowspan", "start", "aria-level"][upTo(4)] ?? "", String(upTo(5)));
        node.append(...(node.localName === "br" ? [] : make(depth + 1)));
        return node;
      });
    const holder = document.createElement("div");
    holder.append(...make(0));
    // As a browser reads it: some elements move out of each other.
    const source = new DOMParser().parseFromString(holder.innerHTML, "text/html").body;
    const words = (text: string | null): string[] => text?.match(/w\d+x\d+/g) ?? [];
    const doc = parsed(cleanHTML(holder.innerHTML).html);
    const found = words(doc.textBetween(0, doc.content.size, " ", " "));
    expect(found, `seed ${seed}, round ${round}: ${holder.innerHTML}`).toEqual(words(source.textContent));
  }
});

// Plain text

test("plain text: each row is a paragraph, unless empty lines say what one is", () => {
  expect(text("een\r\ntwee\n")).toBe("<p>een</p><p>twee</p>");
  expect(text("een\ntwee\n\n\ndrie\n \nvier")).toBe("<p>een<br>twee</p><p>drie</p><p>vier</p>");
});

test("plain text: dashes, bullets and numbers that count are lists", () => {
  expect(text("Nodig:\n- tafels\n  - rond\n* stoelen\n\nKlaar")).toBe(
    "<p>Nodig:</p><ul><li><p>tafels</p><ul><li><p>rond</p></li></ul></li><li><p>stoelen</p></li></ul><p>Klaar</p>",
  );
  expect(text("3. drie\n4. vier\n   en meer\n5) vijf")).toBe('<ol start="3"><li><p>drie</p></li><li><p>vier<br>en meer</p></li><li><p>vijf</p></li></ol>');
  expect(text("•\teen\n•\ttwee")).toBe("<ul><li><p>een</p></li><li><p>twee</p></li></ul>");
});

test("plain text: a sentence that begins with a number or a minus is a sentence", () => {
  expect(text("2026. Dat wordt een mooi jaar")).toBe("<p>2026. Dat wordt een mooi jaar</p>");
  expect(text("-5 graden")).toBe("<p>-5 graden</p>");
  expect(text("1 < 2 & \"3\"")).toBe("<p>1 &lt; 2 &amp; &quot;3&quot;</p>");
});

// From this editor itself

const everything = parsed(
  '<h3>Kop</h3><p>Een <strong>vette</strong>  regel<br>en <a href="/programmas/x">meer</a></p><ul><li><p>a</p><ol start="3"><li><p>b</p></li></ol></li></ul>' +
    '<div data-box="note" data-id="n1"><p>let op</p></div><section data-requirement="r1"><div data-block="statement"><p>eis</p></div>' +
    '<div data-block="rationale"><p>waarom</p><ul><li><p>x</p></li></ul></div></section>' +
    '<table data-table="t1"><tbody><tr data-row="q1"><td data-column="c1"><p>1</p></td><td data-column="c2"><p>2</p></td></tr></tbody></table>',
);

function copied(slice: Slice): string {
  const holder = document.createElement("div");
  holder.append(clipboardSerializer(schema).serializeFragment(slice.content));
  return holder.innerHTML;
}

test("what is copied here is known again, and stays as it is", () => {
  const html = copied(everything.slice(0, everything.content.size));
  expect(cleanHTML(`<html><body><!--StartFragment-->${html}<!--EndFragment--></body></html>`)).toEqual({
    html: `<html><body><!--StartFragment-->${html}`,
    cut: false,
  });
  expect(parsed(cleanHTML(html).html).toJSON()).toEqual(everything.toJSON());
});

test("rows that are copied here are known in the table that goes around them", () => {
  const rows = Slice.maxOpen(everything.lastChild?.content ?? everything.content);
  const html = `<table><tbody>${copied(rows)}</tbody></table>`;
  expect(cleanHTML(html).html).toBe(html);
});

test("what is copied here as plain text reads back as the same lines", () => {
  const plain = copiedText(everything.slice(0, everything.content.size));
  expect(plain).toBe("Kop\n\nEen vette regel\nen meer\n\n- a\n  3. b\n\nlet op\n\neis\n\nwaarom\n\n- x\n\n1\t2");
  expect(text("- a\n  3. b\n  4. c\n- d")).toBe(
    '<ul><li><p>a</p><ol start="3"><li><p>b</p></li><li><p>c</p></li></ol></li><li><p>d</p></li></ul>',
  );
});

test("cards that are pasted in a card leave their lines there, and none is lost", () => {
  const all = everything.slice(0, everything.content.size);
  let inside = -1;
  let inBox = -1;
  everything.descendants((node, pos) => {
    if (node.type.name === "statement") inside = pos + 2;
    if (node.type.name === "box") inBox = pos + 2;
  });
  expect(fitting(all, everything.resolve(1))).toBe(all);
  const inCard = fitting(all, everything.resolve(inside));
  expect(inCard.content.toString()).toBe(
    '<heading("Kop"), paragraph("Een ", bold("vette"), " regel", hardBreak, "en ", link("meer")), bulletList(listItem(paragraph("a"), orderedList(listItem(paragraph("b"))))), ' +
      'box(paragraph("let op")), paragraph("eis"), paragraph("waarom"), bulletList(listItem(paragraph("x"))), paragraph("1 | 2")>',
  );
  const words = (slice: Slice) => slice.content.textBetween(0, slice.content.size, "|");
  expect(words(fitting(all, everything.resolve(inBox)))).toBe(words(inCard));
  expect(fitting(all, everything.resolve(inBox)).content.toString()).not.toContain("box(");
});
