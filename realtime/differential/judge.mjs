// The judge: replays a session with yjs and tells what came out of every step.
//
// It reads one session per line from standard input, as JSON, and answers with one line: a hash per
// step, or the bytes themselves when the session asks for them. See session.go for the steps.
import * as Y from 'yjs'
import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'

console.log = console.warn = console.error = () => {}

const value = v => {
  if (v === null || typeof v !== 'object') return v
  if (Array.isArray(v)) return v.map(value)
  switch (v.t) {
    case 'undef': return undefined
    case 'big': return BigInt(v.v)
    case 'num': return v.v === '-0' ? -0 : Number(v.v)
    case 'bin': return new Uint8Array(Buffer.from(v.v, 'base64'))
    case 'obj': return Object.fromEntries(v.v.map(([k, x]) => [k, value(x)]))
    case 'doc': return new Y.Doc({ guid: v.v, ...(v.autoLoad ? { autoLoad: true } : {}), ...(v.noGC ? { gc: false } : {}), ...(v.meta !== undefined ? { meta: value(v.meta) } : {}) })
    case 'text': return fill(new Y.Text(), v)
    case 'xtext': return fill(new Y.XmlText(), v)
    case 'array': { const a = new Y.Array(); a.insert(0, (v.list ?? []).map(value)); return a }
    case 'map': { const m = new Y.Map(); for (const [k, x] of v.attrs ?? []) m.set(k, value(x)); return m }
    case 'hook': { const m = new Y.XmlHook(v.v); for (const [k, x] of v.attrs ?? []) m.set(k, value(x)); return m }
    case 'el': {
      const e = new Y.XmlElement(v.v)
      e.insert(0, (v.list ?? []).map(value))
      for (const [k, x] of v.attrs ?? []) e.setAttribute(k, value(x))
      return e
    }
    case 'frag': { const f = new Y.XmlFragment(); f.insert(0, (v.list ?? []).map(value)); return f }
  }
  throw new Error('unknown value ' + JSON.stringify(v))
}

const fill = (text, v) => {
  if (v.v) text.insert(0, v.v)
  if (v.delta) text.applyDelta(delta(v.delta))
  return text
}

const attributes = a => a === undefined || a === null ? undefined : Object.fromEntries(a.map(([k, x]) => [k, value(x)]))

const delta = ops => ops.map(op => {
  const out = {}
  if (op.insert !== undefined) out.insert = value(op.insert)
  if (op.retain) out.retain = op.retain
  if (op.delete) out.delete = op.delete
  if (op.attrs) out.attributes = attributes(op.attrs)
  return out
})

const root = (doc, name) => ({ text: () => doc.getText('text'), array: () => doc.getArray('array'), map: () => doc.getMap('map'), xml: () => doc.getXmlFragment('xml') })[name]()

const find = (doc, path) => {
  let type = root(doc, path[0])
  for (const step of path.slice(1)) {
    if (typeof step === 'string') { type = type.get(step); continue }
    if (!(type instanceof Y.Text)) { type = type.get(step); continue }
    let i = 0
    for (let n = type._start; n !== null; n = n.right) {
      if (n.deleted || !n.countable) continue
      if (i === step) { type = n.content.type; break }
      i += n.length
    }
  }
  return type
}

const edit = (doc, op) => {
  const type = find(doc, op.path)
  switch (op.do) {
    case 'insert': return type.insert(op.at, op.text, attributes(op.attrs))
    case 'embed': return type.insertEmbed(op.at, value(op.value), attributes(op.attrs))
    case 'delete': return type.delete(op.at, op.len)
    case 'format': return type.format(op.at, op.len, attributes(op.attrs))
    case 'delta': return type.applyDelta(delta(op.delta))
    case 'list': return type.insert(op.at, op.list.map(value))
    case 'push': return type.push(op.list.map(value))
    case 'set': return type.set(op.key, value(op.value))
    case 'unset': return type.delete(op.key)
    case 'clear': return type.clear()
    case 'attr': return type.setAttribute(op.key, value(op.value))
    case 'unattr': return type.removeAttribute(op.key)
  }
  throw new Error('unknown edit ' + op.do)
}

// dump writes what a document shows, in the form that the Go side writes as well.
const dump = v => {
  if (v === undefined) return '{"$undef":1}'
  if (v === null) return 'null'
  if (typeof v === 'bigint') return `{"$big":"${v}"}`
  if (typeof v === 'number' && (!Number.isFinite(v) || Object.is(v, -0))) return `{"$num":"${Object.is(v, -0) ? '-0' : v}"}`
  if (typeof v !== 'object') return JSON.stringify(v)
  if (v instanceof Uint8Array) return `{"$bin":"${Buffer.from(v).toString('base64')}"}`
  if (Array.isArray(v)) return '[' + v.map(dump).join(',') + ']'
  if (v instanceof Y.Doc) return `{"$doc":${JSON.stringify(v.guid)}}`
  const deltas = t => '[' + t.toDelta().map(o => `{"insert":${dump(o.insert)}` + (o.attributes ? `,"attributes":${dump(o.attributes)}` : '') + '}').join(',') + ']'
  if (v instanceof Y.XmlText) return `{"$xtext":${deltas(v)},"attrs":${dump(v.getAttributes())}}`
  if (v instanceof Y.Text) return `{"$text":${deltas(v)},"attrs":${dump(v.getAttributes())}}`
  if (v instanceof Y.Array) return `{"$arr":${dump(v.toArray())}}`
  if (v instanceof Y.XmlHook) return `{"$hook":${JSON.stringify(v.hookName)},"map":${dumpMap(v)}}`
  if (v instanceof Y.Map) return `{"$map":${dumpMap(v)}}`
  if (v instanceof Y.XmlElement) return `{"$el":${JSON.stringify(v.nodeName)},"attrs":${dump(v.getAttributes())},"kids":${dump(v.toArray())}}`
  if (v instanceof Y.XmlFragment) return `{"$frag":${dump(v.toArray())}}`
  return '{' + Object.keys(v).sort().map(k => JSON.stringify(k) + ':' + dump(v[k])).join(',') + '}'
}
const dumpMap = m => '{' + [...m.keys()].sort().map(k => JSON.stringify(k) + ':' + dump(m.get(k))).join(',') + '}'

const replay = session => {
  const log = []
  let parts = []
  const say = b => parts.push(typeof b === 'string' ? Buffer.from(b) : b)
  const updates = [] // [v1, v2]
  const snapshots = []
  const positions = []
  const docs = session.clients.map(c => {
    const doc = new Y.Doc({ gc: c.gc, guid: 'doc' })
    doc.clientID = c.id
    for (const r of session.roots) root(doc, r)
    doc.on('update', u => { say(u); updates.push([u, null]) })
    doc.on('updateV2', u => { say(u); updates[updates.length - 1][1] = u })
    doc.undo = new Y.UndoManager(c.scope.map(r => root(doc, r)), { captureTimeout: c.capture, trackedOrigins: new Set([null, 'user']), ignoreRemoteMapChanges: c.ignoreRemote })
    return doc
  })
  const apply = (doc, u, v2) => v2 ? Y.applyUpdateV2(doc, u) : Y.applyUpdate(doc, u)
  const run = s => {
    const doc = docs[s.c]
    switch (s.op) {
      case 'edit': return doc.transact(() => { for (const e of s.edits) edit(doc, e) }, s.origin ?? null)
      case 'apply': return apply(doc, updates[s.u][s.v2 ? 1 : 0], s.v2)
      case 'sync': {
        const sv = Y.encodeStateVector(doc)
        const u = s.v2 ? Y.encodeStateAsUpdateV2(docs[s.from], sv) : Y.encodeStateAsUpdate(docs[s.from], sv)
        say(sv); say(u)
        return apply(doc, u, s.v2)
      }
      case 'undo': doc.undo.undo(); return
      case 'redo': doc.undo.redo(); return
      case 'stop': doc.undo.stopCapturing(); return
      case 'merge': {
        const m1 = Y.mergeUpdates(s.us.map(i => updates[i][0])), m2 = Y.mergeUpdatesV2(s.us.map(i => updates[i][1]))
        say(m1); say(m2)
        const sv = Y.encodeStateVector(doc)
        say(Y.diffUpdate(m1, sv)); say(Y.diffUpdateV2(m2, sv))
        say(Y.encodeStateVectorFromUpdate(m1)); say(Y.encodeStateVectorFromUpdateV2(m2))
        say(Y.convertUpdateFormatV1ToV2(m1)); say(Y.convertUpdateFormatV2ToV1(m2))
        if (s.apply) apply(doc, s.v2 ? m2 : m1, s.v2)
        return
      }
      case 'state':
        say(Y.encodeStateVector(doc)); say(Y.encodeStateAsUpdate(doc)); say(Y.encodeStateAsUpdateV2(doc))
        say(Y.encodeSnapshot(Y.snapshot(doc))); say(Y.encodeSnapshotV2(Y.snapshot(doc)))
        say('{' + session.roots.map(r => JSON.stringify(r) + ':' + dump(root(doc, r))).join(',') + '}')
        if (session.roots.includes('xml')) say(root(doc, 'xml').toString())
        return
      case 'load': {
        const v1 = Y.encodeStateAsUpdate(doc), v2 = Y.encodeStateAsUpdateV2(doc)
        const fresh = new Y.Doc({ gc: s.gc, guid: 'doc' })
        fresh.clientID = 1
        for (const r of session.roots) root(fresh, r)
        apply(fresh, s.v2 ? v2 : v1, s.v2)
        say(Y.encodeStateAsUpdate(fresh)); say(Y.encodeStateAsUpdateV2(fresh))
        const sv = Y.encodeStateVector(docs[s.other])
        say(Y.diffUpdate(v1, sv)); say(Y.diffUpdateV2(v2, sv)); say(Y.encodeStateVectorFromUpdate(v1))
        const back = Y.convertUpdateFormatV2ToV1(v2)
        say(s.u === undefined ? back : Y.mergeUpdates([updates[s.u][0], back]))
        return
      }
      case 'snapshot': snapshots.push([s.c, Y.snapshot(doc)]); return
      case 'restore': {
        const [c, snap] = snapshots[s.u]
        const past = Y.createDocFromSnapshot(docs[c], snap)
        say(Y.encodeStateAsUpdate(past)); say(Y.encodeStateAsUpdateV2(past))
        return
      }
      case 'position': {
        const p = Y.createRelativePositionFromTypeIndex(find(doc, s.path), s.at, s.assoc)
        positions.push(p); say(Y.encodeRelativePosition(p))
        return
      }
      case 'resolve': for (const p of positions) {
        const a = Y.createAbsolutePositionFromRelativePosition(p, doc)
        say(a === null ? 'null;' : a.index + ';')
      }
        return
    }
    throw new Error('unknown step ' + s.op)
  }
  for (const s of session.steps) {
    parts = []
    try { run(s) } catch (e) {
      // What yjs does after it failed says nothing any more.
      log.push('threw ' + String(e.stack).split('\n').slice(0, 2).join(' '))
      break
    }
    const all = Buffer.concat(parts)
    log.push(session.verbose ? parts.map(p => Buffer.from(p).toString('hex')).join('|') : createHash('md5').update(all).digest('hex'))
  }
  return log
}

// sound says whether every list of a document holds its own items only, and as many as it says.
const sound = doc => {
  const types = [...doc.share.values()]
  for (const structs of doc.store.clients.values()) for (const s of structs) if (s.content instanceof Y.ContentType) types.push(s.content.type)
  return types.every(t => {
    if (t._item?.deleted) return true
    let n = 0
    for (let i = t._start; i !== null; i = i.right) {
      if (i.parent !== t || i.parentSub !== null) return false
      if (!i.deleted && i.countable) n += i.length
    }
    for (const [key, item] of t._map) for (let i = item; i !== null; i = i.left) if (i.parent !== t || i.parentSub !== key || i !== item && !i.deleted) return false
    return n === t._length
  })
}

// hostile brings updates that no editor made into a document, one after the other, and tells what came
// of each, with and without the document. It ends at the first that makes yjs fail half-way.
const hostile = task => {
  const doc = new Y.Doc({ gc: task.gc, guid: 'doc' })
  doc.clientID = task.id
  for (const r of task.roots) root(doc, r)
  const bytes = s => new Uint8Array(Buffer.from(s, 'base64'))
  for (const u of task.base) Y.applyUpdate(doc, bytes(u))
  let emitted = []
  doc.on('update', u => emitted.push(u))
  doc.on('updateV2', u => emitted.push(u))
  const hex = b => (typeof b === 'string' ? Buffer.from(b) : Buffer.from(b)).toString('hex')
  const attempt = (f, lines = 2) => { try { return hex(f()) } catch (e) { return 'threw ' + String(e.stack).split('\n').slice(0, lines).join(' ') } }
  const log = []
  for (const { u: text, v2 } of task.updates) {
    const u = bytes(text), mate = bytes(v2 ? task.mate2 : task.mate1), sv = Y.encodeStateVector(doc)
    const parts = v2
      ? [() => Y.encodeStateVectorFromUpdateV2(u), () => Y.convertUpdateFormatV2ToV1(u), () => Y.mergeUpdatesV2([u, mate]), () => Y.diffUpdateV2(u, sv)].map(f => attempt(f))
      : [() => Y.encodeStateVectorFromUpdate(u), () => Y.convertUpdateFormatV1ToV2(u), () => Y.mergeUpdates([u, mate]), () => Y.diffUpdate(u, sv)].map(f => attempt(f))
    // Where yjs contradicts itself there is nothing to compare with; INTERNALS.md says what the engine does.
    try {
      const { structs, ds } = v2 ? Y.decodeUpdateV2(u) : Y.decodeUpdate(u)
      if ([...ds.clients.values()].some(list => list.some((r, i) => i > 0 && r.clock < list[i - 1].clock + list[i - 1].len))) return log.concat([['beyond compare: deletes out of order']])
      if (structs.length > 0 && structs[0] instanceof Y.Skip) parts[0] = 'beyond compare: a gap at the start counts as known'
    } catch {}
    emitted = []
    const applied = attempt(() => { v2 ? Y.applyUpdateV2(doc, u) : Y.applyUpdate(doc, u); return '' }, 5)
    parts.push(applied)
    if (!applied.startsWith('threw')) {
      parts.push(
        attempt(() => Buffer.concat(emitted)), attempt(() => Y.encodeStateVector(doc)), attempt(() => Y.encodeStateAsUpdate(doc)), attempt(() => Y.encodeStateAsUpdateV2(doc)),
        attempt(() => Y.encodeSnapshot(Y.snapshot(doc))), attempt(() => '{' + task.roots.map(r => JSON.stringify(r) + ':' + dump(root(doc, r))).join(',') + '}'))
    }
    if (!sound(doc)) return log.concat([['beyond compare: the document of yjs contradicts itself']])
    log.push(parts)
    if (applied.startsWith('threw')) break
  }
  return log
}

createInterface({ input: process.stdin, crlfDelay: Infinity }).on('line', line => {
  const task = JSON.parse(line)
  process.stdout.write(JSON.stringify(task.hostile ? hostile(task) : replay(task)) + '\n')
})
