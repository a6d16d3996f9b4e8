package crdt

import (
	"cmp"
	"crypto/sha256"
	"io"
	"slices"

	"samenwijk/realtime/lib0"
)

// Digest is a hash of what the document shows: every visible piece of content with its id, its place
// and its formats. Documents that show the same have the same digest, also where their structs are
// cut otherwise, or one of them has collected or tidied up what the other still keeps; so the bytes
// they write may differ.
func (d *Doc) Digest() [sha256.Size]byte {
	sum256 := sha256.New()
	g := digester{d: d, h: sum256}
	roots := slices.Clone(d.roots)
	slices.SortFunc(roots, func(a, b typeID) int { return cmp.Compare(d.names[d.types[a].name], d.names[d.types[b].name]) })
	for _, t := range roots {
		g.out = lib0.AppendString(append(g.out, 'r'), d.names[d.types[t].name])
		head := len(g.out)
		g.typ(t)
		if len(g.out) == head { // peers that collected all of a root may not have heard of it
			g.out = g.out[:0]
			continue
		}
		g.write()
		for len(g.inside) > 0 { // deep documents do not make the stack deep
			last := len(g.inside) - 1
			t := g.inside[last]
			g.inside = g.inside[:last]
			g.out = g.id(append(g.out, 't'), d.types[t].item)
			g.typ(t)
			g.write()
		}
	}
	var sum [sha256.Size]byte
	sum256.Sum(sum[:0])
	return sum
}

// digester gathers what one type shows and hashes it.
type digester struct {
	d      *Doc
	h      io.Writer
	out    []byte
	inside []typeID // to be gone over

	run     []byte // content with contiguous ids and equal formats
	from    handle // its first item
	end     uint32
	current attrs
}

func (g *digester) write() {
	g.h.Write(g.out)
	g.out = g.out[:0]
}

func (g *digester) id(out []byte, h handle) []byte {
	it := &g.d.items[h]
	return lib0.AppendVarUint(lib0.AppendVarUint(out, g.d.clients[it.client].id), uint64(it.clock))
}

func (g *digester) typ(t typeID) {
	d := g.d
	type pair struct {
		key string
		h   handle
	}
	var keys []pair
	d.eachKey(t, func(key string, h handle) bool { keys = append(keys, pair{key, h}); return true })
	slices.SortFunc(keys, func(a, b pair) int { return cmp.Compare(a.key, b.key) })
	for _, k := range keys {
		g.out = lib0.AppendString(append(g.out, 'k'), k.key)
		g.from = k.h
		g.content(k.h)
		g.flush()
	}
	g.from, g.current = 0, g.current[:0]
	for h := d.types[t].start; h != 0; h = d.items[h].right {
		it := &d.items[h]
		switch {
		case it.deleted():
		case it.kind == kindFormat:
			g.flush()
			g.current.update(it.b, it.a)
		case it.countable():
			if g.from != 0 {
				if first := &d.items[g.from]; first.kind != it.kind || first.client != it.client || g.end != it.clock {
					g.flush()
				}
			}
			if g.from == 0 {
				g.from = h
			}
			g.end = it.end()
			g.content(h)
		}
	}
	g.flush()
	g.current = g.current[:0]
}

func (g *digester) content(h handle) {
	d, it := g.d, &g.d.items[h]
	switch it.kind {
	case kindString, kindAny, kindJSON, kindBinary:
		g.run = append(g.run, d.content(it)...)
	case kindEmbed:
		g.run = d.appendValue(g.run, it.a)
	case kindType:
		ty := &d.types[it.a]
		g.run = lib0.AppendString(append(g.run, ty.kind), d.names[ty.name])
		g.inside = append(g.inside, it.a)
	case kindDoc:
		s := d.docs[it.a]
		g.run = lib0.AppendBytes(lib0.AppendString(g.run, s.guid), s.options)
	}
}

func (g *digester) flush() {
	if g.from == 0 {
		return
	}
	d := g.d
	g.out = g.id(append(g.out, 'c', d.items[g.from].kind), g.from)
	formats := g.current.clone()
	slices.SortFunc(formats, func(a, b attr) int { return cmp.Compare(d.names[a.key], d.names[b.key]) })
	for _, f := range formats {
		g.out = d.appendValue(lib0.AppendString(append(g.out, 'f'), d.names[f.key]), f.value)
	}
	g.out = lib0.AppendBytes(append(g.out, '='), g.run)
	g.from, g.run = 0, g.run[:0]
}

// appendValue writes a value the same whether it came as JSON or in Any form.
func (d *Doc) appendValue(out []byte, ref valueRef) []byte {
	return lib0.AppendAny(out, d.goValue(ref))
}
