// Makes the cases of testdata/read: documents that yjs wrote, and what every reader shows of them; and those of
// testdata/back: where requirements that were removed come back.
//
//   node record.mjs        (after npm ci in realtime/differential)
//
// What a case shows is written here by hand, from docs/document.md; no reader is asked. Each file is
// {"name", "update": a v1 update in base64, "nodes": [{"type", "attrs", "content", "text", "marks"}]},
// fields that are empty left out and marks in the order of their types.
import { createRequire } from 'node:module'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const Y = createRequire(new URL('../../differential/package.json', import.meta.url))('yjs')
const directory = new URL('read', import.meta.url).pathname

// --- what is shown

const node = (type, attrs, content) => ({ type, ...(attrs && { attrs }), ...(content?.length && { content: content.map(inline) }) })
const inline = n => typeof n === 'string' ? { type: 'text', text: n } : n
const p = (...content) => node('paragraph', null, content)
const strange = (unknown, ...content) => node('paragraph', { unknown }, content)
const h = (level, ...content) => node('heading', { level }, content)
const ul = (...items) => node('bulletList', null, items)
const ol = (start, ...items) => node('orderedList', { start }, items)
const li = (...content) => node('listItem', null, content)
const box = (kind, id, ...content) => node('box', { kind, id }, content)
const requirement = (id, statement, rationale) => node('requirement', { id }, [node('statement', null, statement), node('rationale', null, rationale)])
const table = (id, ...rows) => node('table', { id }, rows)
const row = (id, ...cells) => node('tableRow', { id }, cells)
const td = (column, ...content) => node('tableCell', { column }, content)
const th = (column, ...content) => node('tableHeader', { column }, content)
const block = value => node('unknownBlock', { value })
const thing = value => node('unknownInline', { value })
const br = { type: 'hardBreak' }
const marked = (what, ...names) => ({ ...inline(what), marks: names.map(m => typeof m === 'string' ? { type: m } : m) })
const link = href => ({ type: 'link', attrs: { href } })

// --- what is written

// writer is a client of a number. Its text goes to the end of a flow.
const writer = client => {
  const doc = new Y.Doc()
  doc.clientID = client
  const flow = name => doc.getText(name)
  const w = {
    doc, flow,
    text: (name, text, attributes = {}) => { flow(name).insert(flow(name).length, text, attributes); return w },
    embed: (name, value, attributes = {}) => { flow(name).insertEmbed(flow(name).length, value, attributes); return w },
    mark: (name, id, values = {}) => {
      w.embed(name, { p: id })
      for (const [key, value] of Object.entries(values)) w.set('marks', `${id}:${key}`, value)
      return w
    },
    para: (name, text, id, values = {}) => { if (text) w.text(name, text); return w.mark(name, id, values) },
    card: (kind, id, place) => w.embed('body', { [kind]: id, place }),
    set: (map, key, value) => { doc.getMap(map).set(key, value); return w },
    learn: (...others) => { for (const o of others) Y.applyUpdate(doc, Y.encodeStateAsUpdate(o.doc)); return w }
  }
  return w
}

const cases = []
const shows = (name, nodes, ...writers) => cases.push({ name, update: Buffer.from(Y.mergeUpdates(writers.map(w => Y.encodeStateAsUpdate(w.doc)))).toString('base64'), nodes })
const w = () => writer(1)

// Paragraphs.
shows('empty-document', [p()], w())
shows('text-without-a-mark', [p('abc')], w().text('body', 'abc'))
shows('text-with-a-mark', [p('abc')], w().para('body', 'abc', 'a'))
shows('marks-alone-are-empty-paragraphs', [p(), p()], w().mark('body', 'a').mark('body', 'b'))
shows('the-last-paragraph-needs-no-mark', [p('een'), p('twee')], w().para('body', 'een', 'a').text('body', 'twee'))
shows('a-line-break', [p('een', br, br, 'twee', br)], w().para('body', 'een\n\ntwee\n', 'a'))
shows('a-line-break-has-marks', [p(marked('een', 'bold'), marked(br, 'bold'), 'twee')], w().text('body', 'een\n', { bold: true }).para('body', 'twee', 'a'))
shows('all-marks', [p(marked('b', 'bold'), marked('i', 'italic'), marked('s', 'strike'), marked('c', 'code'), marked('l', link('https://voorbeeld.test')),
  marked('alle', 'bold', 'code', 'italic', link(''), 'strike'))], w()
  .text('body', 'b', { bold: true }).text('body', 'i', { italic: true }).text('body', 's', { strike: true }).text('body', 'c', { code: true })
  .text('body', 'l', { link: 'https://voorbeeld.test' }).text('body', 'alle', { strike: true, link: '', italic: true, code: true, bold: true }).mark('body', 'a'))
shows('attributes-that-are-not-known', [p('abcdef', marked('g', 'bold'))], w()
  .text('body', 'a', { underline: true }).text('body', 'b', { bold: 1 }).text('body', 'c', { italic: 'true' }).text('body', 'd', { link: true })
  .text('body', 'e', { link: { href: 'x' } }).text('body', 'f', { strike: false }).text('body', 'g', { bold: true, comment: { thread: 't' } }).mark('body', 'a'))
shows('two-links-side-by-side', [p(marked('a', link('/a')), marked('b', link('/b')))], w().text('body', 'a', { link: '/a' }).text('body', 'b', { link: '/b' }).mark('body', 'a'))
shows('surrogates', [p('a😀', marked('𝒳', 'bold'), '👨‍👩‍👧'), p('é')], w().text('body', 'a😀').text('body', '𝒳', { bold: true }).para('body', '👨‍👩‍👧', 'a').para('body', 'é', 'b'))
{
  const a = w().para('body', 'x😀y', 'a')
  a.flow('body').insert(2, '-')
  shows('a-surrogate-pair-that-was-cut', [p('x\ufffd-\ufffdy')], a)
}
shows('control-characters-are-text', [p('a\u0000\r\t\u2028b')], w().para('body', 'a\u0000\r\t\u2028b', 'a'))

// What a paragraph is.
shows('headings', [h(2, 'a'), h(2, 'b'), h(3, 'c'), h(4, 'd'), h(2, 'e'), h(2, 'f'), h(2, 'g'), p('h')], w()
  .para('body', 'a', 'a', { kind: 'heading' }).para('body', 'b', 'b', { kind: 'heading', level: 2 }).para('body', 'c', 'c', { kind: 'heading', level: 3 })
  .para('body', 'd', 'd', { kind: 'heading', level: 4 }).para('body', 'e', 'e', { kind: 'heading', level: 1 }).para('body', 'f', 'f', { kind: 'heading', level: 5 })
  .para('body', 'g', 'g', { kind: 'heading', level: '3' }).para('body', 'h', 'h', { level: 3 }))
shows('a-kind-that-is-not-known', [strange('poem', 'a'), strange('', 'b'), p('c'), p('d'), strange('paragraph', 'e')], w()
  .para('body', 'a', 'a', { kind: 'poem', level: 3 }).para('body', 'b', 'b', { kind: '' }).para('body', 'c', 'c', { kind: 7 }).para('body', 'd', 'd', { kind: null })
  .para('body', 'e', 'e', { kind: 'paragraph' }))
shows('values-that-are-not-known', [p('a'), h(2, 'b')], w()
  .para('body', 'a', 'a', { colour: 'red', 'kind:x': 'heading' }).para('body', 'b', 'b', { kind: 'heading', align: 'left' })
  .set('marks', 'b', 'heading').set('marks', 'a_:kind', 'heading').set('marks', ':kind', 'heading'))
shows('a-value-that-was-deleted', [p('a')], (() => { const a = w().para('body', 'a', 'a', { kind: 'heading' }); a.doc.getMap('marks').delete('a:kind'); return a })())
shows('values-of-a-paragraph-without-a-mark', [p('a')], w().set('marks', ':kind', 'heading').text('body', 'a'))

// Lists.
const item = (a, text, id, list, indent, more = {}) => a.para('body', text, id, { list, ...(indent !== undefined && { indent }), ...more })
const list = (...items) => items.reduce((a, [text, kind, indent, more], i) => item(a, text, 'i' + i, kind, indent, more), w())
shows('a-list', [ul(li(p('a')), li(p('b')))], list(['a', 'bullet'], ['b', 'bullet']))
shows('lists-inside-lists', [ul(li(p('a'), ul(li(p('b'), ol(1, li(p('c')))), li(p('d')))), li(p('e')))],
  list(['a', 'bullet'], ['b', 'bullet', 1], ['c', 'ordered', 2], ['d', 'bullet', 1], ['e', 'bullet', 0]))
shows('the-first-item-has-no-depth', [ul(li(p('a')), li(p('b')))], list(['a', 'bullet', 5], ['b', 'bullet', 0]))
shows('an-item-is-one-deeper-at-most', [ul(li(p('a'), ul(li(p('b'), ul(li(p('c')))), li(p('d')))))],
  list(['a', 'bullet', 0], ['b', 'bullet', 8], ['c', 'bullet', 8], ['d', 'bullet', 1]))
shows('another-kind-of-list-begins-a-new-one', [ul(li(p('a'), ul(li(p('b'))), ol(1, li(p('c'))), ul(li(p('d')))), li(p('e'))), ol(1, li(p('f')))],
  list(['a', 'bullet'], ['b', 'bullet', 1], ['c', 'ordered', 1], ['d', 'bullet', 1], ['e', 'bullet'], ['f', 'ordered']))
shows('another-kind-behind-deeper-items', [ul(li(p('a'), ul(li(p('b'))))), ol(1, li(p('c')))], list(['a', 'bullet'], ['b', 'bullet', 1], ['c', 'ordered']))
shows('a-paragraph-ends-a-list', [ul(li(p('a'))), p('b'), ul(li(p('c')))], list(['a', 'bullet'], ['b'], ['c', 'bullet', 3]))
shows('a-number-that-is-no-indent', [ul(li(p('a'), ul(li(p('b')))), li(p('c')), li(p('d')), li(p('e')), li(p('f'), ul(li(p('g')))))],
  list(['a', 'bullet'], ['b', 'bullet', 99], ['c', 'bullet', -3], ['d', 'bullet', 1.5], ['e', 'bullet', '1'], ['f', 'bullet', null], ['g', 'bullet', 1e300]))
shows('the-deepest-list', [[8, 7, 6, 5, 4, 3, 2, 1, 0].reduce((inside, i) => i === 8 ? ul(li(p('8')), li(p('9'))) : ul(li(p('' + i), inside)), null)],
  list(...Array.from({ length: 10 }, (_, i) => ['' + i, 'bullet', i])))
shows('where-a-list-begins', [ol(3, li(p('a')), li(p('b'))), p('c'), ol(1, li(p('d'))), p('e'), ol(1000000, li(p('f'))), p('g'), ol(1, li(p('h'))), p('i'), ol(1, li(p('j'))), ul(li(p('k')))],
  list(['a', 'ordered', 0, { start: 3 }], ['b', 'ordered', 0, { start: 9 }], ['c'], ['d', 'ordered', 0, { start: 0 }], ['e'], ['f', 'ordered', 0, { start: 1e6 }], ['g'],
    ['h', 'ordered', 0, { start: 1000001 }], ['i'], ['j', 'ordered', 0, { start: 2.5 }], ['k', 'bullet', 0, { start: 4 }]))
shows('lists-that-are-none', [p('a'), p('b'), p('c')], list(['a', 'numbered', 1], ['b', true, 1], ['c', 'Bullet']))
shows('a-heading-in-a-list', [ul(li(h(3, 'a'), ul(li(strange('poem', 'b')))))], list(['a', 'bullet', 0, { kind: 'heading', level: 3 }], ['b', 'bullet', 1, { kind: 'poem' }]))

// Boxes.
shows('boxes', [box('note', 'n1', p('a'), p('b')), box('note', 'n2', p('c')), p('d'), box('note', 'n1', p('e'))], w()
  .para('body', 'a', 'a', { box: 'note:n1' }).para('body', 'b', 'b', { box: 'note:n1' }).para('body', 'c', 'c', { box: 'note:n2' }).para('body', 'd', 'd')
  .para('body', 'e', 'e', { box: 'note:n1' }))
shows('a-list-in-a-box', [ul(li(p('a'))), box('term', 't', ul(li(p('b')), li(p('c'))), h(2, 'd')), ul(li(p('e')))], w()
  .para('body', 'a', 'a', { list: 'bullet' }).para('body', 'b', 'b', { list: 'bullet', indent: 1, box: 'term:t' }).para('body', 'c', 'c', { list: 'bullet', box: 'term:t' })
  .para('body', 'd', 'd', { kind: 'heading', box: 'term:t' }).para('body', 'e', 'e', { list: 'bullet', indent: 1 }))
shows('boxes-of-another-kind-and-none', [box('secret', 'x', p('a')), p('b'), p('c'), p('d'), p('e'), p('f'), p('g'), box('principle', 'y', p('h')), box('quote', 'y', p('i'))], w()
  .para('body', 'a', 'a', { box: 'secret:x' }).para('body', 'b', 'b', { box: 'note' }).para('body', 'c', 'c', { box: 'note:' }).para('body', 'd', 'd', { box: ':x' })
  .para('body', 'e', 'e', { box: 'note:x:y' }).para('body', 'f', 'f', { box: 7 }).para('body', 'g', 'g', { box: 'note:x_y' }).para('body', 'h', 'h', { box: 'principle:y' })
  .para('body', 'i', 'i', { box: 'quote:y' }))
shows('a-card-ends-a-box', [box('note', 'n', p('a')), requirement('r', [p()], [p()]), box('note', 'n', p('b'))], w()
  .para('body', 'a', 'a', { box: 'note:n' }).card('requirement', 'r', 1).para('body', 'b', 'b', { box: 'note:n' }))
shows('a-box-in-a-statement', [requirement('r', [box('note', 'n', p('a'))], [p()])], w().card('requirement', 'r', 1).para('statement:r', 'a', 'a', { box: 'note:n' }))

// Cards.
shows('a-requirement', [p('voor'), requirement('r-1', [p('Elke ', marked('deelnemer', 'bold'))], [p('Omdat.')]), p('na')], w()
  .para('body', 'voor', 'a').card('requirement', 'r-1', 1700000000000).para('body', 'na', 'b').text('statement:r-1', 'Elke ').text('statement:r-1', 'deelnemer', { bold: true })
  .mark('statement:r-1', 'c').para('rationale:r-1', 'Omdat.', 'd').para('plain:r-1', 'In gewone taal.', 'e'))
shows('a-requirement-of-nothing', [requirement('r', [p()], [p()])], w().card('requirement', 'r', 1))
shows('a-paragraph-before-a-card-needs-no-mark', [p('a'), requirement('r', [p()], [p()]), requirement('s', [p()], [p()]), p('b')], w()
  .text('body', 'a').card('requirement', 'r', 1).card('requirement', 's', 1).text('body', 'b'))
shows('an-empty-paragraph-before-a-card', [p(), requirement('r', [p()], [p()])], w().mark('body', 'a').card('requirement', 'r', 1))
shows('a-paragraph-in-two-flows', [h(2, 'a'), requirement('r', [h(2, 'b')], [p()])], w()
  .para('body', 'a', 'x', { kind: 'heading' }).card('requirement', 'r', 1).para('statement:r', 'b', 'x'))
shows('blocks-in-a-part', [requirement('r', [p('a'), ul(li(p('b')), li(p('c'))), h(3, 'd')], [p('e')])], w()
  .card('requirement', 'r', 1).para('statement:r', 'a', 'a').para('statement:r', 'b', 'b', { list: 'bullet' }).para('statement:r', 'c', 'c', { list: 'bullet' })
  .para('statement:r', 'd', 'd', { kind: 'heading', level: 3 }).text('rationale:r', 'e'))
shows('the-highest-place-is-the-card', [p('a'), p('b'), requirement('r', [p('x')], [p()]), p('c')], w()
  .para('body', 'a', 'a').card('requirement', 'r', 5).para('body', 'b', 'b').card('requirement', 'r', 7).para('body', 'c', 'c').card('requirement', 'r', -3).text('statement:r', 'x'))
{
  const a = writer(10), b = writer(200)
  a.para('body', 'a', 'a').card('requirement', 'r', 5).para('body', 'b', 'b')
  b.learn(a).card('requirement', 'r', 5).para('body', 'c', 'c')
  shows('of-equal-places-the-higher-client', [p('a'), p('b'), requirement('r', [p()], [p()]), p('c')], a, b)
}
{
  const a = writer(200), b = writer(10)
  a.para('body', 'a', 'a').card('requirement', 'r', 5).para('body', 'b', 'b')
  b.learn(a).card('requirement', 'r', 5).para('body', 'c', 'c')
  shows('of-equal-places-the-higher-client-also-when-it-comes-first', [p('a'), requirement('r', [p()], [p()]), p('b'), p('c')], a, b)
}
{
  const a = writer(5)
  a.para('body', 'a', 'a').card('requirement', 'r', 5).para('body', 'b', 'b')
  a.flow('body').insertEmbed(0, { requirement: 'r', place: 5 })
  shows('of-equal-places-of-one-client-the-higher-clock', [requirement('r', [p()], [p()]), p('a'), p('b')], a)
}
shows('a-reference-that-is-not-the-card-splits-nothing', [p('abc'), requirement('r', [p()], [p()])], w()
  .text('body', 'a').card('requirement', 'r', 1).text('body', 'b').card('requirement', 'r', 2).para('body', 'c', 'a').card('requirement', 'r', 3))
shows('what-is-hidden-joins-texts-of-the-same-marks-only', [p('a', marked('b', 'bold'), 'c')], w()
  .set('removed', 'requirement:r', 9).text('body', 'a').card('requirement', 'r', 1).text('body', 'b', { bold: true }).card('requirement', 'r', 2).text('body', 'c'))
shows('a-removed-card', [p('ab')], w().text('body', 'a').card('requirement', 'r', 5).text('body', 'b').text('statement:r', 'woorden').set('removed', 'requirement:r', 5))
shows('a-card-that-was-put-back', [p('a'), requirement('r', [p('woorden')], [p()]), p('b')], w()
  .para('body', 'a', 'a').card('requirement', 'r', 6).para('body', 'b', 'b').text('statement:r', 'woorden').set('removed', 'requirement:r', 5))
shows('removed-is-of-one-kind', [requirement('x', [p()], [p()])], w().card('requirement', 'x', 5).set('removed', 'table:x', 9).set('removed', 'x', 9))
shows('a-removal-that-is-no-number', [requirement('r', [p()], [p()]), requirement('s', [p()], [p()])], w()
  .card('requirement', 'r', 5).set('removed', 'requirement:r', '9').card('requirement', 's', -1).set('removed', 'requirement:s', null))
shows('a-reference-to-a-removed-card-splits-no-box', [box('note', 'n', p('a'), p('b'))], w()
  .para('body', 'a', 'a', { box: 'note:n' }).card('requirement', 'r', 1).set('removed', 'requirement:r', 1).para('body', 'b', 'b', { box: 'note:n' }))
shows('a-figure-and-a-card-of-a-kind-that-is-not-known', [p('a'), block({ figure: 'f' }), block({ chart: 'c-1' }), p('b')], w()
  .text('body', 'a').card('figure', 'f', 1).card('chart', 'c-1', 2).text('body', 'b'))
shows('cards-that-are-not-known-are-one-each-too', [block({ chart: 'c' }), p('ab'), block({ chart: 'd' })], w()
  .card('chart', 'c', 9).text('body', 'a').card('chart', 'c', 2).card('figure', 'f', 3).set('removed', 'figure:f', 3).text('body', 'b').card('chart', 'd', 0))
shows('a-reference-outside-the-running-text', [requirement('r', [p('a', thing({ requirement: 's', place: 4 }), 'b')], [p()])], w()
  .card('requirement', 'r', 1).text('statement:r', 'a').embed('statement:r', { requirement: 's', place: 4 }).text('statement:r', 'b'))

// Marks that stand more than once.
shows('of-two-marks-the-first', [h(2, 'a'), p('bc'), p('d')], w()
  .para('body', 'a', 'x', { kind: 'heading' }).text('body', 'b').mark('body', 'x').para('body', 'c', 'y').text('body', 'd').mark('body', 'x').mark('body', 'y'))
shows('a-second-mark-at-the-end-is-no-paragraph', [p('a')], w().para('body', 'a', 'x').mark('body', 'x'))
{
  const a = writer(1).para('body', 'een twee', 'x', { kind: 'heading' })
  const b = writer(2).learn(a)
  a.flow('body').insertEmbed(3, { p: 'n' }); a.set('marks', 'n:kind', 'heading')
  b.flow('body').insertEmbed(8, { p: 'm' }); b.set('marks', 'x:level', 3)
  shows('two-who-split', [h(2, 'een'), p(' twee'), h(3)], a, b)
}
{
  const a = writer(1).para('body', 'een', 'x').para('body', 'twee', 'y', { kind: 'heading' })
  const b = writer(2).learn(a)
  a.flow('body').delete(3, 1)
  b.flow('body').insert(3, '!')
  shows('who-joins-and-who-types', [h(2, 'een!twee')], a, b)
}

// Embeds that are not known.
shows('embeds-that-are-not-known', [p('a', thing({ image: 'x' }), thing({ p: 'a', q: 1 }), thing({ p: 7 }), thing({ p: 'a b' }), thing({ p: '' }), thing({}), thing({}),
  thing({}), thing({}), marked(thing({ deep: { deeper: [1] } }), 'bold'), 'b')], w()
  .text('body', 'a').embed('body', { image: 'x' }).embed('body', { p: 'a', q: 1 }).embed('body', { p: 7 }).embed('body', { p: 'a b' }).embed('body', { p: '' }).embed('body', {})
  .embed('body', [1, 'x', null]).embed('body', 5).embed('body', true).embed('body', { deep: { deeper: [1] } }, { bold: true }).para('body', 'b', 'a'))
shows('references-that-are-none', [p(thing({ requirement: 'r' }), thing({ requirement: 'r', place: '1' }), thing({ requirement: 'r', place: 1, x: 1 }), thing({ requirement: 7, place: 1 }),
  thing({ requirement: 'a b', place: 1 }), thing({ place: 1 }), thing({ requirement: 'r', place: null }), thing({ requirement: 'x'.repeat(65), place: 1 }))], w()
  .embed('body', { requirement: 'r' }).embed('body', { requirement: 'r', place: '1' }).embed('body', { requirement: 'r', place: 1, x: 1 }).embed('body', { requirement: 7, place: 1 })
  .embed('body', { requirement: 'a b', place: 1 }).embed('body', { place: 1 }).embed('body', { requirement: 'r', place: null }).embed('body', { requirement: 'x'.repeat(65), place: 1 }))
shows('an-id-may-be-64-long', [p('a'), block({ p: 'x' }), requirement('x'.repeat(64), [p()], [p()])], w()
  .para('body', 'a', 'A-z0'.repeat(16)).embed('body', { place: 3, p: 'x' }).card('requirement', 'x'.repeat(64), 1))

// Tables.
const grid = (a, id, rows, columns, header) => {
  for (const [r, order] of Object.entries(rows)) a.set('tables', `${id}:row:${r}`, order)
  for (const [c, order] of Object.entries(columns)) a.set('tables', `${id}:column:${c}`, order)
  if (header !== undefined) a.set('tables', `${id}:header`, header)
  return a
}
shows('a-table', [p('a'), table('t', row('r1', th('c1', p('1')), th('c2', p('2'))), row('r2', td('c1', p('3')), td('c2', p())))], grid(w()
  .text('body', 'a').card('table', 't', 1).para('cell:t:r1:c1', '1', 'x').text('cell:t:r1:c2', '2').para('cell:t:r2:c1', '3', 'y').text('cell:t:r9:c1', 'nergens'),
't', { r2: 'b', r1: 'a' }, { c1: 'a', c2: 'b' }, true))
shows('rows-and-columns-in-order', [table('t', row('A', td('z', p()), td('a', p())), row('d', td('z', p()), td('a', p())), row('e', td('z', p()), td('a', p())),
  row('c', td('z', p()), td('a', p())), row('b', td('z', p()), td('a', p())), row('x', td('z', p()), td('a', p())))],
grid(w().card('table', 't', 1), 't', { b: '\u{1f600}', c: 'a', d: 5, A: '', e: 'Z', x: '\ufb01' }, { a: 'b', z: 'B' }, 'true'))
shows('a-table-without-rows-or-columns-splits-nothing', [p('abcd')],
  grid(grid(w().text('body', 'a').card('table', 't', 1).text('body', 'b').card('table', 'u', 1).text('body', 'c').card('table', 'v', 1).text('body', 'd'), 't', { r: 'a' }, {}), 'u', {}, { c: 'a' }, true))
shows('a-table-of-too-many-columns', [table('t', row('r', ...Array.from({ length: 100 }, (_, i) => td('c' + (101 + i), p()))))],
  grid(w().card('table', 't', 1).text('cell:t:r:c201', 'nergens'), 't', { r: 'a' }, Object.fromEntries(Array.from({ length: 101 }, (_, i) => ['c' + (201 - i), '' + (201 - i)]))))
shows('a-document-of-a-table-without-rows', [p()], w().card('table', 't', 1))
shows('names-in-tables-that-are-none', [table('t', row('r', td('c', p())))], grid(w().card('table', 't', 1), 't', { r: 'a' }, { c: 'a' })
  .set('tables', 't:row:', 'a').set('tables', 't:row:a:b', 'a').set('tables', 't:row', 'a').set('tables', 't:rows:x', 'a').set('tables', 't:header:x', true).set('tables', 't', true)
  .set('tables', 't:column:a b', 'a'))
shows('the-higher-place-of-a-table-has-its-rows', [p('a'), table('t', row('r', td('c', ul(li(p('x')))))), p('b')], grid(w()
  .card('table', 't', 1).para('body', 'a', 'a').card('table', 't', 2).para('body', 'b', 'b').para('cell:t:r:c', 'x', 'x', { list: 'bullet' }), 't', { r: '' }, { c: '' }))
{
  const a = grid(writer(1).card('table', 't', 1), 't', { r: 'a', s: 'b' }, { c: 'a' })
  const b = writer(2).learn(a)
  a.doc.getMap('tables').delete('t:row:r')
  b.set('tables', 't:row:n', 'ab').text('cell:t:r:c', 'te laat').text('cell:t:n:c', 'nieuw')
  shows('a-row-removed-and-another-inserted', [table('t', row('n', td('c', p('nieuw'))), row('s', td('c', p())))], a, b)
}

// What no client of ours writes.
{
  const a = writer(1).para('body', 'ab', 'a')
  const b = writer(2).learn(a)
  b.flow('body').insertEmbed(1, new Y.Map([['x', 1]]))
  shows('a-shared-type-in-a-text-is-not-there', [p('ab')], a, b)
}
{
  const a = writer(1).text('body', 'ab')
  const b = writer(2), c = writer(3)
  b.doc.getMap('body').set('x', 'y')
  c.doc.getArray('marks').push(['a:kind', 'heading'])
  c.doc.getArray('tables').push([1])
  shows('a-map-in-a-text-and-a-list-in-a-map', [p('ab')], a, b, c)
}
{
  const a = writer(1)
  a.doc.getArray('body').push(['x', 7, new Uint8Array([1])])
  shows('a-list-in-a-text', [p('ab')], a, writer(2).text('body', 'ab'))
}
{
  const a = w().para('body', 'a', 'a')
  a.set('marks', 'a:kind', new Y.Text('heading')).set('removed', 'requirement:r', new Y.Map()).card('requirement', 'r', 1)
  a.set('tables', 't:row:r', new Y.Array()).set('tables', 't:column:c', 'a').card('table', 't', 1)
  shows('shared-types-in-a-map', [p('a'), requirement('r', [p()], [p()]), table('t', row('r', td('c', p())))], a)
}
{
  const a = writer(1)
  a.doc.getXmlFragment('default').push([new Y.XmlElement('paragraph')])
  shows('another-version-is-not-read', [p()], a)
}
shows('a-thousand-references-to-one-card', [requirement('r', [p()], [p()])], (() => {
  const a = w()
  a.doc.transact(() => a.flow('body').applyDelta(Array.from({ length: 1000 }, (_, i) => ({ insert: { requirement: 'r', place: i } }))))
  return a
})())

// --- what comes back

// Each file of testdata/back is {"name", "update", "back": the requirements to put back in this order, "blocks": what
// the text is then, a requirement by its id and a paragraph by its words}.
const returns = []
const comes = (name, back, blocks, w) => returns.push({ name, update: Buffer.from(Y.encodeStateAsUpdate(w.doc)).toString('base64'), back, blocks })

// page writes a text in which a single letter is a requirement, and lines are paragraphs.
const page = (...blocks) => blocks.reduce((to, block) => block.length > 1 ? to.para('body', block, block) : to.card('requirement', block, 1).text(`statement:${block}`, block), w())
const find = (w, id) => {
  for (let item = w.flow('body')._start, at = 0; item; item = item.right) {
    const of = item.content.embed
    if (!item.deleted && of && (of.requirement ?? of.p) === id) return { id: item.id, at }
    if (!item.deleted && item.countable) at += item.length
  }
}
// gone removes a requirement, which says where it stood, or something else.
const gone = (w, id, at) => {
  const found = find(w, id)
  w.doc.transact(() => {
    w.flow('body').delete(found.at, 1)
    w.set('removed', `requirement:${id}`, 2)
    w.set('removed', `requirement:${id}:at`, at ?? JSON.stringify(Y.relativePositionToJSON(new Y.RelativePosition(null, 'body', found.id, -1))))
  })
  return w
}
// into writes at a place of the text, directly behind what stands before it.
const into = (w, at, text) => {
  const from = Y.createRelativePositionFromTypeIndex(w.flow('body'), at, -1).item
  w.doc.transact(tr => {
    const left = from && Y.getItemCleanEnd(tr, w.doc.store, from)
    const right = left ? left.right : w.flow('body')._start
    const id = Y.createID(w.doc.clientID, Y.getState(w.doc.store, w.doc.clientID))
    new Y.Item(id, left, left && left.lastId, right, right && right.id, w.flow('body'), null, new Y.ContentString(text)).integrate(tr, 0)
  })
  return w
}
const without = (w, at, length) => { w.flow('body').delete(at, length); return w }

comes('between-two', ['B'], ['A', 'B', 'C'], gone(page('A', 'B', 'C'), 'B'))
comes('the-first', ['A'], ['A', 'B', 'een'], gone(page('A', 'B', 'een'), 'A'))
comes('the-last', ['B'], ['een', 'A', 'B'], gone(page('een', 'A', 'B'), 'B'))
comes('the-only-one', ['A'], ['A'], gone(page('A'), 'A'))
comes('between-paragraphs', ['A'], ['een', 'A', 'twee'], gone(page('een', 'A', 'twee'), 'A'))
comes('all-in-order', ['A', 'B', 'C'], ['A', 'B', 'C', 'een'], gone(gone(gone(page('A', 'B', 'C', 'een'), 'A'), 'B'), 'C'))
comes('all-out-of-order', ['C', 'A', 'B'], ['A', 'B', 'C', 'een'], gone(gone(gone(page('A', 'B', 'C', 'een'), 'B'), 'C'), 'A'))
comes('one-of-three', ['B'], ['een', 'B'], gone(gone(gone(page('A', 'een', 'B', 'C'), 'A'), 'B'), 'C'))
comes('what-stood-before-it-moved', ['B'], ['B', 'C', 'A'], gone(page('A', 'B', 'C'), 'B').card('requirement', 'A', 2))
comes('behind-an-open-paragraph', ['B'], ['een', 'B', 'A'], gone(w().text('body', 'een').card('requirement', 'B', 1).card('requirement', 'A', 1).text('statement:B', 'B'), 'B'))
comes('words-before-it-in-a-paragraph', ['B'], ['een', 'B', 'nu twee'], into(gone(page('een', 'B', 'twee'), 'B'), 4, 'nu '))
comes('more-words-before-it-than-behind', ['B'], ['een', 'hier staat twee', 'B', 'C'], into(gone(page('een', 'B', 'twee', 'C'), 'B'), 4, 'hier staat '))
comes('as-many-words-before-it', ['B'], ['viertwee', 'B'], into(gone(page('B', 'twee'), 'B'), 0, 'vier'))
comes('paragraphs-that-were-joined', ['B'], ['B', 'eendrie', 'C'], without(gone(page('een', 'B', 'drie', 'C'), 'B'), 3, 1))
comes('nobody-said-where', ['B'], ['A', 'C', 'B'], gone(page('A', 'B', 'C'), 'B', ''))
comes('no-json', ['B'], ['A', 'C', 'B'], gone(page('A', 'B', 'C'), 'B', '{'))
comes('a-number', ['B'], ['A', 'C', 'B'], gone(page('A', 'B', 'C'), 'B', 5))
comes('a-list', ['B'], ['A', 'C', 'B'], gone(page('A', 'B', 'C'), 'B', '[]'))
comes('an-item-that-is-none', ['B'], ['A', 'C', 'B'], gone(page('A', 'B', 'C'), 'B', '{"item":{"client":1.5,"clock":0}}'))
comes('an-item-that-is-not-known', ['B'], ['A', 'C', 'B'], gone(page('A', 'B', 'C'), 'B', '{"item":{"client":1,"clock":4000000000}}'))
comes('a-clock-below-nothing', ['B'], ['A', 'C', 'B'], gone(page('A', 'B', 'C'), 'B', '{"item":{"client":1,"clock":-1}}'))
{
  const a = page('A', 'B', 'C')
  const of = type => JSON.stringify({ item: type.id, tname: 'body', assoc: -1 })
  comes('in-another-text', ['B'], ['A', 'C', 'B'], gone(a, 'B', of(a.flow('statement:A')._start)))
}
{
  const a = gone(page('A', 'B', 'C'), 'B')
  comes('in-a-map', ['B'], ['A', 'C', 'B'], a.set('removed', 'requirement:B:at', JSON.stringify({ item: a.doc.getMap('removed')._map.get('requirement:B').id })))
}

const keep = (where, list) => {
  rmSync(where, { recursive: true, force: true })
  mkdirSync(where)
  for (const c of list) writeFileSync(join(where, c.name + '.json'), JSON.stringify(c, null, 1) + '\n')
  console.log(`${list.length} cases`)
}
keep(directory, cases)
keep(new URL('back', import.meta.url).pathname, returns)
