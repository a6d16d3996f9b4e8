// The recorder: makes up sessions with yjs and writes them as conformance cases, in the form of
// realtime/crdt/testdata/conformance.
//
//   node record.mjs <directory> [cases per profile] [transactions per case] [first seed]
//
// `SAMENWIJK_CONFORMANCE=<directory> go test -v -run Yjs ./realtime/crdt` replays them.
import * as Y from 'yjs'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { join } from 'node:path'

console.warn = console.error = () => {}

const profiles = {
  ascii: ['text'], unicode: ['text'], surrogate: ['text'], rich: ['text'],
  array: ['array'], map: ['map'], xml: ['xml'], mixed: ['text', 'array', 'map', 'xml']
}
const sha = b => createHash('sha256').update(b).digest('hex')
const b64 = b => Buffer.from(b).toString('base64')
const root = (doc, name) => ({ text: () => doc.getText('text'), array: () => doc.getArray('array'), map: () => doc.getMap('map'), xml: () => doc.getXmlFragment('prosemirror') })[name]()

// random gives a generator of numbers that a seed repeats.
const random = seed => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}

// dump is canonical: keys sorted, and a tag on what JSON has no word for.
const dump = v => {
  if (v === undefined) return '{"$undef":1}'
  if (v === null) return 'null'
  if (typeof v === 'bigint') return `{"$big":"${v}"}`
  if (typeof v === 'number' && (!Number.isFinite(v) || Object.is(v, -0))) return `{"$num":"${Object.is(v, -0) ? '-0' : v}"}`
  if (typeof v !== 'object') return JSON.stringify(v)
  if (v instanceof Uint8Array) return `{"$bin":"${b64(v)}"}`
  if (Array.isArray(v)) return '[' + v.map(dump).join(',') + ']'
  if (v instanceof Y.Doc) return `{"$doc":${JSON.stringify(v.guid)}}`
  if (v instanceof Y.Text) {
    const ops = v.toDelta().map(o => `{"insert":${dump(o.insert)}` + (o.attributes ? `,"attributes":${dump(o.attributes)}` : '') + '}')
    return `{"${v instanceof Y.XmlText ? '$xtext' : '$text'}":[${ops.join(',')}]}`
  }
  if (v instanceof Y.Array) return `{"$arr":${dump(v.toArray())}}`
  if (v instanceof Y.XmlHook) return `{"$hook":${JSON.stringify(v.hookName)},"map":${dumpMap(v)}}`
  if (v instanceof Y.Map) return `{"$map":${dumpMap(v)}}`
  if (v instanceof Y.XmlElement) return `{"$el":${JSON.stringify(v.nodeName)},"attrs":${dump(v.getAttributes())},"kids":${dump(v.toArray())}}`
  if (v instanceof Y.XmlFragment) return `{"$frag":${dump(v.toArray())}}`
  return '{' + Object.keys(v).sort().map(k => JSON.stringify(k) + ':' + dump(v[k])).join(',') + '}'
}
const dumpMap = m => '{' + [...m.keys()].sort().map(k => JSON.stringify(k) + ':' + dump(m.get(k))).join(',') + '}'
const dumpDoc = (doc, roots) => '{' + roots.map(r => JSON.stringify(r) + ':' + dump(root(doc, r))).join(',') + '}'

const record = (profile, seed, transactions) => {
  const rnd = random(seed * 8191 + Object.keys(profiles).indexOf(profile))
  const int = n => Math.floor(rnd() * n)
  const pick = list => list[int(list.length)]
  const roots = profiles[profile]

  // --- what is written
  const plainWords = ['a', 'quick ', 'the ', 'zebra', '\n', '<&>', '"', 'x']
  const wideWords = ['😀', 'x😀y', '👨‍👩‍👧', '𝒳𝒴', '🇳🇱', 'é', 'עברית', '日本語', '\u2028', 'naïve']
  const word = () => profile === 'ascii' || rnd() < 0.5 ? pick(plainWords) : pick(wideWords)
  const text = () => { let s = word(); while (rnd() < 0.4) s += word(); return s }
  // A place between characters, except where pairs may be cut.
  const place = (t, at) => {
    if (profile === 'surrogate') return at
    let i = 0
    for (const op of t.toDelta()) {
      if (typeof op.insert !== 'string') { i++; continue }
      if (at > i && at < i + op.insert.length) {
        const c = op.insert.charCodeAt(at - i)
        return c >= 0xdc00 && c <= 0xdfff ? at + 1 : at
      }
      i += op.insert.length
    }
    return at
  }
  const plain = depth => pick([
    () => null, () => true, () => false, () => int(2000) - 1000, () => rnd() * 1000, () => pick([64, -64, 2147483647, 2147483648, 9007199254740991, 1e300, 0.1, -1.5, 1e-7]),
    () => -0, () => Infinity, () => NaN, () => text(), () => '', () => depth ? undefined : 1, () => depth ? BigInt(int(1e9)) * 1000003n : 2,
    () => depth > 2 ? 3 : Array.from({ length: int(4) }, () => plain(depth + 1)),
    () => depth > 2 ? 4 : Object.fromEntries(Array.from({ length: int(4) }, () => [pick(['a', 'b', '10', 'ключ', '😀']), plain(depth + 1)])),
    () => depth ? 5 : new Uint8Array(Array.from({ length: int(6) }, () => int(256)))
  ])()
  const element = depth => {
    const e = new Y.XmlElement(pick(['paragraph', 'heading', 'blockquote', 'listItem', 'codeBlock']))
    if (rnd() < 0.5) e.setAttribute(pick(['level', 'textAlign', 'id']), pick([1, 2, 'left', null, true, { a: 1 }]))
    for (let i = depth > 0 ? int(3) : 0; i > 0; i--) e.push([node(depth - 1)])
    return e
  }
  const marked = () => {
    const t = new Y.XmlText()
    if (rnd() < 0.8) t.applyDelta(Array.from({ length: 1 + int(3) }, () => ({ insert: text(), ...(rnd() < 0.5 ? { attributes: marks() } : {}) })))
    return t
  }
  const node = depth => rnd() < 0.4 ? marked() : rnd() < 0.05 ? new Y.XmlHook('hook') : element(depth)
  const value = depth => {
    const n = depth > 2 ? 10 : int(10)
    if (n === 0) { const t = new Y.Text(text()); if (rnd() < 0.3) t.insert(0, 'b', { bold: true }); return t }
    if (n === 1) { const a = new Y.Array(); a.push(Array.from({ length: int(3) }, () => value(depth + 1))); return a }
    if (n === 2) { const m = new Y.Map(); for (let i = int(3); i > 0; i--) m.set(pick(['k', 'l', '1']), value(depth + 1)); return m }
    if (n === 3) return element(1)
    if (n === 4 && profile === 'mixed') return new Y.Doc(rnd() < 0.5 ? { guid: 'g' + int(99) } : { guid: 'g' + int(99), autoLoad: true, meta: { a: int(9) } })
    return plain(0)
  }
  const marks = () => {
    const m = {}
    for (let i = 1 + int(2); i > 0; i--) {
      const k = pick(['bold', 'italic', 'color', 'link', 'strong'])
      m[k] = rnd() < 0.35 ? null : k === 'link' ? { href: '/' + int(4), target: null } : k === 'color' ? pick(['red', 'blue']) : k === 'strong' ? {} : true
    }
    return m
  }

  // --- edits
  const inside = t => {
    if (t instanceof Y.Text) return t.toDelta().map(o => o.insert).filter(v => v instanceof Y.AbstractType)
    if (t instanceof Y.Map) return [...t.values()].filter(v => v instanceof Y.AbstractType)
    return t.toArray().filter(v => v instanceof Y.AbstractType)
  }
  const some = doc => {
    let t = root(doc, pick(roots))
    while (rnd() < 0.6) { const list = inside(t); if (list.length === 0) break; t = pick(list) }
    return t
  }
  const rich = ['rich', 'xml', 'mixed', 'surrogate', 'unicode'].includes(profile)
  const edit = doc => {
    const t = some(doc)
    if (t instanceof Y.Text) {
      const n = t.length
      const at = place(t, int(n + 1)), to = Math.min(n, place(t, Math.min(n, at + 1 + int(12))))
      const what = int(12)
      if (what < 3 && to > at) return t.delete(at, to - at)
      if (what < 6 && rich && to > at) return t.format(at, to - at, marks())
      if (what === 6 && rich && profile !== 'unicode') return t.insertEmbed(at, rnd() < 0.3 ? value(2) instanceof Y.AbstractType ? new Y.Map([['k', 1]]) : { image: text(), w: int(9) } : { image: text() }, rnd() < 0.5 ? marks() : {})
      if (what === 7 && rich) {
        return t.applyDelta([...(at > 0 ? [{ retain: at, ...(rnd() < 0.5 ? { attributes: marks() } : {}) }] : []), { insert: text(), attributes: marks() }, ...(to > at ? [{ delete: to - at }] : [])])
      }
      if (what === 8 && t instanceof Y.XmlText && rnd() < 0.3) return t.setAttribute('lang', pick(['nl', 'en']))
      return t.insert(at, text(), rich && rnd() < 0.3 ? marks() : undefined)
    }
    if (t instanceof Y.Map) { // a hook is one too
      const k = pick(['a', 'b', 'c', 'level', '10', 'ключ', '😀'])
      return rnd() < 0.25 ? t.delete(k) : rnd() < 0.02 ? t.clear() : t.set(k, value(0))
    }
    const n = t.length
    if (n > 0 && rnd() < 0.3) { const at = int(n); return t.delete(at, 1 + int(Math.min(4, n - at))) }
    if (t instanceof Y.XmlElement && rnd() < 0.3) {
      const k = pick(['level', 'textAlign', 'id'])
      return rnd() < 0.2 ? t.removeAttribute(k) : t.setAttribute(k, pick([1, 2, 'left', null, true, text()]))
    }
    if (t instanceof Y.XmlFragment) return t.insert(int(n + 1), Array.from({ length: 1 + int(2) }, () => node(2)))
    return t.insert(int(n + 1), Array.from({ length: 1 + int(3) }, () => value(0)))
  }

  // --- the session
  const updates = []
  const problems = []
  const ids = new Set()
  const docs = Array.from({ length: 2 + int(4) }, () => {
    const doc = new Y.Doc({ gc: rnd() < 0.7 })
    do doc.clientID = rnd() < 0.25 ? 2 + int(120) : Math.floor(rnd() * 4294967296); while (ids.has(doc.clientID))
    ids.add(doc.clientID)
    for (const r of roots) root(doc, r)
    doc.heard = new Set()
    let last = null
    doc.on('update', (u, origin) => { last = null; if (origin !== 'net') { last = { kind: 'tx', by: doc.clientID, v1: u }; doc.heard.add(updates.length); updates.push(last) } })
    doc.on('updateV2', (u, origin) => { if (origin !== 'net' && last) last.v2 = u })
    doc.undo = new Y.UndoManager(roots.map(r => root(doc, r)), { captureTimeout: pick([0, 0, 1e9]) })
    return doc
  })
  const give = (doc, i) => {
    doc.heard.add(i)
    if (rnd() < 0.5) Y.applyUpdate(doc, updates[i].v1, 'net'); else Y.applyUpdateV2(doc, updates[i].v2, 'net')
  }
  for (let tx = 0; tx < transactions; tx++) {
    const doc = pick(docs)
    const what = rnd()
    try {
      if (what < 0.08) doc.undo.undo()
      else if (what < 0.11) doc.undo.redo()
      else if (what < 0.13) doc.undo.stopCapturing()
      else doc.transact(() => { for (let i = 1 + int(3); i > 0; i--) edit(doc) })
    } catch (e) { return null } // yjs fails in some undos of collected content: another seed
    for (const other of docs) {
      if (rnd() < 0.5) continue
      const list = updates.map((_, i) => i).filter(i => !other.heard.has(i) || rnd() < 0.002)
      list.sort(() => rnd() - 0.5)
      for (const i of list.slice(0, int(list.length + 1))) give(other, i)
    }
    if (rnd() < 0.1) {
      const from = pick(docs), to = pick(docs)
      const sv = Y.encodeStateVector(to)
      const u = { kind: 'diff', by: from.clientID, v1: Y.encodeStateAsUpdate(from, sv), v2: Y.encodeStateAsUpdateV2(from, sv) }
      to.heard.add(updates.length)
      updates.push(u)
      Y.applyUpdate(to, u.v1, 'net')
    }
  }
  for (let more = true, round = 0; more && round < 20; round++) { // clean-ups make updates too
    more = false
    for (const doc of docs) for (let i = 0; i < updates.length; i++) if (!doc.heard.has(i)) { give(doc, i); more = true }
  }
  const shows = docs.map(d => dumpDoc(d, roots))
  if (new Set(shows).size > 1) problems.push('clients-diverge')

  // --- what a receiver makes of it
  const all = updates.map((_, i) => i)
  const shuffled = []
  for (let i = 0; i < all.length;) {
    const part = all.slice(i, i += 1 + int(9))
    part.sort(() => rnd() - 0.5)
    shuffled.push(...part)
    if (rnd() < 0.4) shuffled.push(int(i > all.length ? all.length : i))
  }
  const receiver = gc => {
    const doc = new Y.Doc({ gc })
    doc.clientID = 1
    for (const r of roots) root(doc, r)
    return doc
  }
  const deliver = (name, order) => {
    const doc = receiver(true)
    const emitted = createHash('sha256')
    let emittedCount = 0
    doc.on('update', u => { emitted.update(u); emittedCount++ })
    const every = Math.max(1, Math.floor(order.length / 9))
    const checkpoints = []
    order.forEach((at, i) => {
      Y.applyUpdate(doc, updates[at].v1)
      if ((i + 1) % every !== 0 && i + 1 !== order.length) return
      checkpoints.push({
        after: i + 1, sv: b64(Y.encodeStateVector(doc)), v1sha: sha(Y.encodeStateAsUpdate(doc)), v2sha: sha(Y.encodeStateAsUpdateV2(doc)),
        pending: doc.store.pendingStructs !== null || doc.store.pendingDs !== null, dumpSha: sha(dumpDoc(doc, roots))
      })
    })
    if (dumpDoc(doc, roots) !== shows[0]) problems.push('server-differs-from-clients:' + name)
    return {
      order, checkpoints, emittedCount, emittedSha: emitted.digest('hex'),
      v1: b64(Y.encodeStateAsUpdate(doc)), v2: b64(Y.encodeStateAsUpdateV2(doc)), sv: b64(Y.encodeStateVector(doc)),
      snapshotV1: b64(Y.encodeSnapshot(Y.snapshot(doc))), snapshotV2: b64(Y.encodeSnapshotV2(Y.snapshot(doc)))
    }
  }
  const deliveries = { ordered: deliver('ordered', all), shuffled: deliver('shuffled', shuffled), reversed: deliver('reversed', all.slice().reverse()) }

  // --- what forgets nothing
  const keeper = receiver(false)
  const thirds = [Math.floor(all.length / 3), Math.floor(all.length * 2 / 3), all.length]
  const history = [], relpos = []
  all.forEach(i => {
    Y.applyUpdate(keeper, updates[i].v1)
    if (!thirds.includes(i + 1)) return
    const snap = Y.snapshot(keeper)
    history.push({ after: i + 1, snap, snapshotV1: b64(Y.encodeSnapshot(snap)), snapshotV2: b64(Y.encodeSnapshotV2(snap)) })
    for (let n = 0; n < 8; n++) {
      const r = pick(roots)
      const index = int((root(keeper, r).length ?? 0) + 1)
      const assoc = pick([0, -1])
      const p = Y.createRelativePositionFromTypeIndex(root(keeper, r), r === 'map' ? 0 : index, assoc)
      relpos.push({ at: i + 1, root: r, index: r === 'map' ? 0 : index, assoc, p, enc: b64(Y.encodeRelativePosition(p)) })
    }
  })
  for (const r of relpos) { r.abs = Y.createAbsolutePositionFromRelativePosition(r.p, keeper)?.index ?? null; delete r.p }
  const noGC = { v1: b64(Y.encodeStateAsUpdate(keeper)), v2: b64(Y.encodeStateAsUpdateV2(keeper)) }
  for (const h of history) {
    const past = Y.createDocFromSnapshot(keeper, h.snap)
    delete h.snap
    h.v1sha = sha(Y.encodeStateAsUpdate(past))
    h.dump = dumpDoc(past, roots)
  }

  // --- without a document
  const mergeV1 = Y.mergeUpdates(updates.map(u => u.v1)), mergeV2 = Y.mergeUpdatesV2(updates.map(u => u.v2))
  const gap = all.filter(() => rnd() < 0.5)
  if (gap.length === 0) gap.push(0)
  const half = receiver(true)
  for (const i of all.slice(0, all.length >> 1)) Y.applyUpdate(half, updates[i].v1)
  const svHalf = Y.encodeStateVector(half)
  const meta = Y.parseUpdateMeta(mergeV1)
  const sorted = m => [...m].sort((a, b) => a[0] - b[0])
  const again = receiver(true)
  Y.applyUpdate(again, Buffer.from(deliveries.ordered.v1, 'base64'))
  const reloaded = { v1: b64(Y.encodeStateAsUpdate(again)), v2: b64(Y.encodeStateAsUpdateV2(again)) }
  const docless = {
    mergeV1: b64(mergeV1), mergeV2: b64(mergeV2), gap, gapV1: b64(Y.mergeUpdates(gap.map(i => updates[i].v1))), gapV2: b64(Y.mergeUpdatesV2(gap.map(i => updates[i].v2))),
    svHalf: b64(svHalf), diffV1: b64(Y.diffUpdate(mergeV1, svHalf)), diffV2: b64(Y.diffUpdateV2(mergeV2, svHalf)), svFromUpdate: b64(Y.encodeStateVectorFromUpdate(mergeV1)),
    v1ToV2: b64(Y.convertUpdateFormatV1ToV2(mergeV1)), v2ToV1: b64(Y.convertUpdateFormatV2ToV1(mergeV2)), meta: { from: sorted(meta.from), to: sorted(meta.to) }
  }
  const out = {
    format: 'yconf1', yjs: '13.6.33', profile, seed, clients: docs.map(d => d.clientID), roots, problems,
    updates: updates.map(u => ({ kind: u.kind, by: u.by, v1: b64(u.v1), v2: b64(u.v2) })), deliveries, docless, noGC, reloaded, history, relpos, dump: shows[0]
  }
  if (roots.includes('xml')) out.xml = root(docs[0], 'xml').toString()
  if (roots.includes('text')) out.str = root(docs[0], 'text').toString()
  return out
}

const [dir, count = 4, transactions = 200, first = 1] = process.argv.slice(2)
if (!dir) throw new Error('which directory?')
mkdirSync(dir, { recursive: true })
for (const profile of Object.keys(profiles)) {
  let written = 0, n = 0
  for (let seed = Number(first); written < Number(count); seed++) {
    const c = record(profile, seed, Number(transactions))
    if (c === null) continue
    writeFileSync(join(dir, `${profile}-${String(seed).padStart(4, '0')}.json.gz`), gzipSync(JSON.stringify(c)))
    written++
    n += c.updates.length
  }
  console.log(`${profile.padEnd(10)} ${written} cases, ${n} updates`)
}
