package differential

import (
	"math"
	"strconv"
	"strings"

	"samenwijk/realtime/crdt"
)

// place is a type of a document and the way to it.
type place struct {
	path   []any
	shared crdt.Shared
}

// anyType picks a type of a document: a root, or one inside of another.
func (p *player) anyType(c int) place {
	name := p.session.Roots[p.rng.IntN(len(p.session.Roots))]
	at := place{[]any{name}, rootOf(p.docs[c], name)}
	for p.rng.IntN(3) > 0 {
		inside := children(at)
		if len(inside) == 0 {
			break
		}
		at = inside[p.rng.IntN(len(inside))]
	}
	return at
}

func children(of place) []place {
	var out []place
	step := func(at any, v any) {
		if s, ok := v.(crdt.Shared); ok {
			out = append(out, place{append(append([]any{}, of.path...), at), s})
		}
	}
	switch t := of.shared.(type) {
	case *crdt.Array:
		for i, v := range t.Values() {
			step(i, v)
		}
	case *crdt.Map:
		for _, key := range t.Keys() {
			v, _ := t.Get(key)
			step(key, v)
		}
	case *crdt.XMLHook:
		for _, key := range t.Keys() {
			v, _ := t.Get(key)
			step(key, v)
		}
	case *crdt.XMLElement:
		for i, v := range t.Children() {
			step(i, v)
		}
	case *crdt.XMLFragment:
		for i, v := range t.Children() {
			step(i, v)
		}
	case *crdt.Text:
		embeds(t, step)
	case *crdt.XMLText:
		embeds(&t.Text, step)
	}
	return out
}

func embeds(t *crdt.Text, step func(at, v any)) {
	at := 0
	for _, op := range t.ToDelta() {
		if s, ok := op.Insert.(string); ok {
			at += units(s)
			continue
		}
		step(at, op.Insert)
		at++
	}
}

func units(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

func lengthOf(s crdt.Shared) int {
	switch t := s.(type) {
	case *crdt.Text:
		return t.Len()
	case *crdt.XMLText:
		return t.Len()
	case *crdt.Array:
		return t.Len()
	case *crdt.XMLElement:
		return t.Len()
	case *crdt.XMLFragment:
		return t.Len()
	}
	return 0
}

// edit makes a transaction of a few edits.
func (p *player) edit(c int) {
	step := wire{"op": "edit", "c": c}
	var origin any
	switch p.rng.IntN(4) {
	case 0:
		origin = "user"
	case 1:
		origin = "somebody else"
	}
	if origin != nil {
		step["origin"] = origin
	}
	p.begin(step)
	edits := []wire{}
	p.docs[c].Transact(origin, func(*crdt.Tx) {
		for range 1 + p.rng.IntN(3) {
			t := p.anyType(c)
			e := p.change(t)
			if e != nil {
				e["path"] = t.path
				edits = append(edits, e)
			}
		}
	})
	step["edits"] = edits
}

func (p *player) change(at place) wire {
	switch t := at.shared.(type) {
	case *crdt.Text:
		return p.changeText(t)
	case *crdt.XMLText:
		return p.changeText(&t.Text)
	case *crdt.Array:
		if n := t.Len(); n > 0 && p.rng.IntN(3) == 0 {
			i := p.rng.IntN(n)
			l := 1 + p.rng.IntN(min(n-i, 4))
			p.must(t.Delete(i, l))
			return wire{"do": "delete", "at": i, "len": l}
		}
		list, w := p.values(1+p.rng.IntN(3), true)
		if p.rng.IntN(3) == 0 {
			p.must(t.Append(list...))
			return wire{"do": "push", "list": w}
		}
		i := p.rng.IntN(t.Len() + 1)
		p.must(t.Insert(i, list...))
		return wire{"do": "list", "at": i, "list": w}
	case *crdt.Map:
		return p.changeMap(t)
	case *crdt.XMLHook:
		return p.changeMap(&t.Map)
	case *crdt.XMLElement:
		if p.rng.IntN(3) == 0 {
			key := p.key()
			if p.rng.IntN(4) == 0 {
				p.must(t.RemoveAttribute(key))
				return wire{"do": "unattr", "key": key}
			}
			v, w := p.plain(1)
			p.must(t.SetAttribute(key, v))
			return wire{"do": "attr", "key": key, "value": w}
		}
		return p.changeFragment(&t.XMLFragment)
	case *crdt.XMLFragment:
		return p.changeFragment(t)
	}
	return nil
}

func (p *player) changeMap(m *crdt.Map) wire {
	key := p.key()
	switch p.rng.IntN(8) {
	case 0, 1:
		p.must(m.Delete(key))
		return wire{"do": "unset", "key": key}
	case 2:
		if p.rng.IntN(3) == 0 {
			p.must(m.Clear())
			return wire{"do": "clear"}
		}
	}
	v, w := p.value(true)
	p.must(m.Set(key, v))
	return wire{"do": "set", "key": key, "value": w}
}

func (p *player) changeFragment(f *crdt.XMLFragment) wire {
	if n := f.Len(); n > 0 && p.rng.IntN(4) == 0 {
		i := p.rng.IntN(n)
		l := 1 + p.rng.IntN(min(n-i, 3))
		p.must(f.Delete(i, l))
		return wire{"do": "delete", "at": i, "len": l}
	}
	var list []crdt.Shared
	var w []any
	for range 1 + p.rng.IntN(2) {
		s, x := p.node(2)
		list, w = append(list, s), append(w, x)
	}
	i := p.rng.IntN(f.Len() + 1)
	p.must(f.Insert(i, list...))
	return wire{"do": "list", "at": i, "list": w}
}

func (p *player) changeText(t *crdt.Text) wire {
	n := t.Len()
	switch p.rng.IntN(12) {
	case 0, 1:
		if n > 0 {
			i := p.rng.IntN(n)
			l := 1 + p.rng.IntN(min(n-i, 12))
			p.must(t.Delete(i, l))
			return wire{"do": "delete", "at": i, "len": l}
		}
	case 2, 3:
		if n > 0 {
			i := p.rng.IntN(n)
			l := 1 + p.rng.IntN(n-i)
			if p.rng.IntN(10) == 0 {
				l += p.rng.IntN(3) // beyond the end
			}
			a, w := p.attributes()
			p.must(t.Format(i, l, a))
			return wire{"do": "format", "at": i, "len": l, "attrs": w}
		}
	case 4:
		ops, w := p.delta(n)
		p.must(t.ApplyDelta(ops))
		return wire{"do": "delta", "delta": w}
	case 5:
		i := p.rng.IntN(n + 1)
		v, w := p.embed()
		e := wire{"do": "embed", "at": i, "value": w}
		var a crdt.Attributes
		if p.rng.IntN(2) == 0 {
			a, e["attrs"] = p.attributes()
		}
		p.must(t.InsertEmbed(i, v, a))
		return e
	case 6:
		if p.rng.IntN(3) == 0 {
			key := p.key()
			v, w := p.plain(1)
			p.must(t.SetAttribute(key, v))
			return wire{"do": "attr", "key": key, "value": w}
		}
	}
	i := p.rng.IntN(n + 1)
	text := p.text()
	e := wire{"do": "insert", "at": i, "text": text}
	var a crdt.Attributes
	if p.rng.IntN(4) == 0 {
		a, e["attrs"] = p.attributes()
	}
	p.must(t.Insert(i, text, a))
	return e
}

func (p *player) delta(n int) ([]crdt.DeltaOp, []any) {
	var ops []crdt.DeltaOp
	var w []any
	for range 1 + p.rng.IntN(4) {
		var op crdt.DeltaOp
		x := wire{}
		kind := p.rng.IntN(3)
		if kind == 1 && n == 0 {
			kind = 2 // yjs throws when there is nothing to delete from
		}
		switch kind {
		case 0:
			op.Retain = 1 + p.rng.IntN(n+1)
			x["retain"] = op.Retain
		case 1:
			op.Delete = 1 + p.rng.IntN(5)
			x["delete"] = op.Delete
		default:
			if p.rng.IntN(4) == 0 {
				op.Insert, x["insert"] = p.embed()
			} else {
				text := p.text()
				op.Insert, x["insert"] = text, text
			}
		}
		if op.Delete == 0 && p.rng.IntN(2) == 0 {
			op.Attributes, x["attrs"] = p.attributes()
		}
		ops, w = append(ops, op), append(w, x)
	}
	return ops, w
}

func (p *player) embed() (any, any) {
	switch p.rng.IntN(4) {
	case 0:
		return crdt.NewMap(map[string]any{"k": 1.0}), wire{"t": "map", "attrs": []any{[]any{"k", 1}}}
	case 1:
		text := p.text()
		return crdt.NewText(text), wire{"t": "text", "v": text}
	}
	k := p.text()
	return crdt.Object{{Key: "image", Value: k}, {Key: "w", Value: 3.0}}, wire{"t": "obj", "v": []any{[]any{"image", k}, []any{"w", 3}}}
}

func (p *player) attributes() (crdt.Attributes, any) {
	all := []string{"bold", "color", "italic", "link", "7"}
	a := crdt.Attributes{}
	w := []any{}
	for range 1 + p.rng.IntN(2) {
		a[all[p.rng.IntN(len(all))]] = nil
	}
	for _, key := range []string{"7", "bold", "color", "italic", "link"} { // as they will be written
		if _, ok := a[key]; !ok {
			continue
		}
		var v, x any
		switch n := p.rng.IntN(6); {
		case n < 2:
		case key == "link":
			ref := "/" + strconv.Itoa(p.rng.IntN(3))
			v = crdt.Object{{Key: "href", Value: ref}, {Key: "target", Value: nil}}
			x = wire{"t": "obj", "v": []any{[]any{"href", ref}, []any{"target", nil}}}
		case key == "color":
			c := []string{"red", "blue"}[p.rng.IntN(2)]
			v, x = c, c
		case n == 2 && key == "7":
			v, x = crdt.Object{}, wire{"t": "obj", "v": []any{}}
		default:
			v, x = true, true
		}
		a[key] = v
		w = append(w, []any{key, x})
	}
	return a, w
}

func (p *player) key() string {
	return []string{"a", "b", "c", "level", "10", "ключ", "😀"}[p.rng.IntN(7)]
}

func (p *player) text() string {
	words := []string{"a", "quick ", "the", "zebra", "\n", "<&>", "\"", "naïve", "日本語"}
	if p.unicode {
		words = append(words, "😀", "x😀y", "👨‍👩‍👧", "𝒳𝒴", "🇳🇱", "é")
	}
	var b strings.Builder
	for range 1 + p.rng.IntN(3) {
		b.WriteString(words[p.rng.IntN(len(words))])
	}
	return b.String()
}

func (p *player) values(n int, inList bool) (list, w []any) {
	for range n {
		v, x := p.value(!inList)
		list, w = append(list, v), append(w, x)
	}
	return list, w
}

// value makes a value for an array or a map; only maps take undefined and BigInt by themselves.
func (p *player) value(inMap bool) (any, any) {
	switch p.rng.IntN(14) {
	case 0:
		text := p.text()
		return crdt.NewText(text), wire{"t": "text", "v": text}
	case 1:
		list, w := p.values(p.rng.IntN(3), true)
		return crdt.NewArray(list...), wire{"t": "array", "list": w}
	case 2:
		v, x := p.plain(1)
		return crdt.NewMap(map[string]any{"k": v}), wire{"t": "map", "attrs": []any{[]any{"k", x}}}
	case 3:
		s, x := p.node(1)
		return s, x
	case 4:
		guid := "guid-" + strconv.Itoa(p.rng.IntN(50))
		if p.rng.IntN(2) == 0 {
			return crdt.NewSubDoc(guid, crdt.SubDocAutoLoad(), crdt.SubDocWithoutGC(), crdt.SubDocMeta("m")),
				wire{"t": "doc", "v": guid, "autoLoad": true, "noGC": true, "meta": "m"}
		}
		return crdt.NewSubDoc(guid), wire{"t": "doc", "v": guid}
	case 5:
		b := make([]byte, p.rng.IntN(4))
		for i := range b {
			b[i] = byte(i * 7)
		}
		return b, bin(b)
	case 6:
		if inMap && p.rng.IntN(2) == 0 {
			return crdt.Undefined{}, wire{"t": "undef"}
		}
	}
	return p.plain(0)
}

// plain makes a value without types. Depth 0 may not be undefined or a BigInt.
func (p *player) plain(depth int) (any, any) {
	switch p.rng.IntN(16) {
	case 0:
		return nil, nil
	case 1:
		return true, true
	case 2:
		return false, false
	case 3:
		n := float64(p.rng.IntN(200) - 100)
		return n, n
	case 4:
		n := []float64{64, -64, 2147483647, 2147483648, -2147483648, 9007199254740991, -9007199254740991}[p.rng.IntN(7)]
		return n, n
	case 5:
		n := p.rng.Float64() * 1000
		return n, n
	case 6:
		n := []float64{0.5, 0.1, 1e300, -1.5, 1e-7}[p.rng.IntN(5)]
		return n, n
	case 7:
		return math.Copysign(0, -1), wire{"t": "num", "v": "-0"}
	case 8:
		return math.Inf(1), wire{"t": "num", "v": "Infinity"}
	case 9:
		return math.Float64frombits(0x7ff8000000000000), wire{"t": "num", "v": "NaN"}
	case 10:
		if depth > 0 {
			n := p.rng.Int64N(1<<60) - 1<<59
			return crdt.BigInt(n), wire{"t": "big", "v": strconv.FormatInt(n, 10)}
		}
	case 11:
		if depth < 3 {
			var list []any
			w := []any{}
			for range p.rng.IntN(3) {
				v, x := p.plain(depth + 1)
				list, w = append(list, v), append(w, x)
			}
			return append([]any{}, list...), w
		}
	case 12, 13:
		if depth < 3 {
			o := crdt.Object{}
			w := []any{}
			for i := range p.rng.IntN(4) {
				key := p.key() + strings.Repeat("x", i)
				v, x := p.plain(depth + 1)
				o, w = append(o, crdt.Field{Key: key, Value: v}), append(w, []any{key, x})
			}
			return o, wire{"t": "obj", "v": w}
		}
	}
	s := p.text()
	return s, s
}

// node makes an element or a text for a fragment.
func (p *player) node(depth int) (crdt.Shared, any) {
	switch p.rng.IntN(5) {
	case 0:
		text := p.text()
		return crdt.NewXMLText(text), wire{"t": "xtext", "v": text}
	case 1:
		var ops []crdt.DeltaOp
		var w []any
		t := crdt.NewXMLText("")
		for range 1 + p.rng.IntN(3) {
			op := crdt.DeltaOp{Insert: p.text()}
			x := wire{"insert": op.Insert}
			if p.rng.IntN(2) == 0 {
				op.Attributes, x["attrs"] = p.attributes()
			}
			ops, w = append(ops, op), append(w, x)
		}
		p.must(t.ApplyDelta(ops))
		return t, wire{"t": "xtext", "delta": w}
	case 2:
		if p.rng.IntN(6) == 0 {
			return crdt.NewXMLHook("hook", map[string]any{"k": 1.0}), wire{"t": "hook", "v": "hook", "attrs": []any{[]any{"k", 1}}}
		}
	}
	name := []string{"paragraph", "heading", "listItem", "codeBlock"}[p.rng.IntN(4)]
	e := crdt.NewXMLElement(name)
	var kids, attrs []any
	if depth > 0 {
		for i := range p.rng.IntN(3) {
			s, x := p.node(depth - 1)
			e.Insert(i, s)
			kids = append(kids, x)
		}
	}
	if p.rng.IntN(2) == 0 {
		key := p.key()
		v, x := p.plain(1)
		e.SetAttribute(key, v)
		attrs = append(attrs, []any{key, x})
	}
	return e, wire{"t": "el", "v": name, "list": kids, "attrs": attrs}
}
