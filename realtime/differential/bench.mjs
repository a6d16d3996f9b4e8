// The other side of the benchmarks: the same workloads with yjs or ywasm, as process CPU time.
// Reads a specification as JSON from standard input and writes the samples as JSON.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { createRequire } from 'node:module'

const spec = JSON.parse(readFileSync(0, 'utf8'))
const engine = spec.engine === 'yjs' ? await import('yjs') : createRequire(import.meta.url)('ywasm')
const isYjs = spec.engine === 'yjs'
const create = () => isYjs ? new engine.Doc() : new engine.YDoc({})
const free = doc => isYjs ? doc.destroy() : doc.free()
const LEAST = 100_000 // microseconds that a sample lasts at least
const EARLY = 7 // runs of a fresh process that are measured one by one

const readTrace = path => {
  const b = gunzipSync(readFileSync(path))
  const out = []
  let p = 12
  for (let n = b.readUInt32LE(8); n > 0; n--) {
    let len = 0; let shift = 0; let x
    do { x = b[p++]; len |= (x & 127) << shift; shift += 7 } while (x > 127)
    out.push(new Uint8Array(b.subarray(p, p + len)))
    p += len
  }
  return out
}

const prepare = w => {
  const state = new Uint8Array(readFileSync(`${spec.dir}/${w.trace}.v1.bin`))
  const load = (bytes, v2) => { const d = create(); (v2 ? engine.applyUpdateV2 : engine.applyUpdate)(d, bytes); return d }
  switch (w.kind) {
    case 'apply': {
      const updates = readTrace(`${spec.dir}/${w.trace}.v1.rec.gz`)
      return () => { const d = create(); for (const u of updates) engine.applyUpdate(d, u); free(d) }
    }
    case 'load': return () => free(load(state, false))
    case 'loadV2': {
      const d = load(state, false)
      const v2 = engine.encodeStateAsUpdateV2(d)
      return () => free(load(v2, true))
    }
    case 'encode': { const d = load(state, false); return () => engine.encodeStateAsUpdate(d) }
    case 'encodeV2': { const d = load(state, false); return () => engine.encodeStateAsUpdateV2(d) }
    case 'diff': {
      if (!isYjs) return null
      const half = new Map([...engine.decodeStateVector(engine.encodeStateVectorFromUpdate(state))].map(([c, n]) => [c, Math.floor(n / 2)]))
      const sv = engine.encodeStateVector(half)
      return () => engine.diffUpdate(state, sv)
    }
    case 'merge': {
      const updates = readTrace(`${spec.dir}/${w.trace}.v1.rec.gz`).slice(0, w.n)
      return () => isYjs ? engine.mergeUpdates(updates) : engine.mergeUpdatesV1(updates)
    }
  }
}

const cpu = () => { const u = process.cpuUsage(); return u.user + u.system }

if (spec.memory) {
  const state = new Uint8Array(Buffer.from(spec.memory, 'base64'))
  const keep = []
  const used = () => { globalThis.gc(); globalThis.gc(); const m = process.memoryUsage(); return isYjs ? m.heapUsed + m.external : m.rss }
  const warm = create(); engine.applyUpdate(warm, state)
  const before = used()
  for (let i = 0; i < spec.copies; i++) { const d = create(); engine.applyUpdate(d, state); keep.push(d) }
  console.log(JSON.stringify((used() - before) / 1024 / keep.length))
} else {
  const results = []
  for (const w of spec.list) {
    const result = { name: w.name, early: [], samples: [] }
    results.push(result)
    let work = null
    try {
      work = prepare(w)
      for (let i = 0; work && i < EARLY; i++) {
        const from = cpu()
        work()
        result.early.push(cpu() - from)
      }
    } catch (e) { result.skipped = String(e); continue }
    if (!work) { result.skipped = 'no such function'; continue }
    for (let i = 0; i < spec.samples; i++) {
      // No forced collection here: it would throw away compiled code as well.
      const from = cpu()
      let n = 0
      do { work(); n++ } while (cpu() - from < LEAST)
      result.samples.push((cpu() - from) / n)
    }
  }
  console.log(JSON.stringify(results))
}
