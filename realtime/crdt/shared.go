package crdt

import (
	"fmt"
	"math"
	"slices"

	"samenwijk/realtime/lib0"
)

// Shared is a shared type: *Text, *Array, *Map, *XMLFragment, *XMLElement, *XMLText or *XMLHook.
//
// One that New… made belongs to no document yet. It can be filled and read only partly: what is put
// into it is kept until it becomes part of a document. Values of these types that come out of a
// document are small handles; two that stand for the same type compare equal with Same.
type Shared interface {
	// Doc is the document, or nil.
	Doc() *Doc
	// ToJSON gives the content as plain Go values.
	ToJSON() any

	base() *node
}

// node is what all shared types have in common.
type node struct {
	doc  *Doc
	id   typeID
	kind uint8
	name string  // of an element or a hook
	wait *waited // content of a type that belongs to no document yet
}

// waited is content that waits for its type to become part of a document.
type waited struct {
	edits  []func()
	list   []any
	keys   []string
	values map[string]any
}

func (n *node) base() *node { return n }

// Doc is the document that the type is part of, or nil.
func (n *node) Doc() *Doc { return n.doc }

// Same says whether two values stand for the same type.
func Same(a, b Shared) bool {
	x, y := a.base(), b.base()
	if x.doc == nil || y.doc == nil {
		return x == y
	}
	return x.doc == y.doc && x.id == y.id
}

func detached(kind uint8, name string) node {
	return node{kind: kind, name: name, wait: &waited{values: map[string]any{}}}
}

// shared makes the handle for a type.
func (d *Doc) shared(t typeID) Shared {
	ty := &d.types[t]
	n := node{doc: d, id: t, kind: ty.kind}
	switch ty.kind {
	case typeArray:
		return &Array{n}
	case typeMap:
		return &Map{n}
	case typeText:
		return &Text{n}
	case typeXMLElement:
		n.name = d.names[ty.name]
		return &XMLElement{XMLFragment{n}}
	case typeXMLFragment:
		return &XMLFragment{n}
	case typeXMLHook:
		n.name = d.names[ty.name]
		return &XMLHook{Map{n}}
	case typeXMLText:
		return &XMLText{Text{n}}
	}
	return &Unknown{n}
}

// Unknown is a root type of which only updates spoke, so that nothing says what it is.
type Unknown struct{ node }

// ToJSON gives nil: what an unknown type holds cannot be told.
func (u *Unknown) ToJSON() any { return nil }

// ID names the place of the type in the document; roots have none.
func (n *node) ID() (ID, bool) {
	if n.doc == nil || n.ty().item == 0 {
		return ID{}, false
	}
	return n.doc.id(n.ty().item), true
}

// Parent is the type that this one is in, or nil for a root.
func (n *node) Parent() Shared {
	if n.doc == nil || n.ty().item == 0 {
		return nil
	}
	it := &n.doc.items[n.ty().item]
	if it.in == 0 {
		return nil
	}
	return n.doc.shared(n.doc.typeOf(it))
}

// RootName is the name of a root type; ok is false for types inside of others.
func (n *node) RootName() (name string, ok bool) {
	if n.doc == nil || n.ty().item != 0 {
		return "", false
	}
	return n.doc.names[n.ty().name], true
}

// Deleted says whether the type was deleted, so that changes to it show nowhere.
func (n *node) Deleted() bool {
	if n.doc == nil {
		return false
	}
	h := n.ty().item
	return h != 0 && n.doc.items[h].deleted()
}

func (n *node) ty() *ytype { return &n.doc.types[n.id] }

// edit runs f in a transaction, or keeps it until the type is part of a document.
func (n *node) edit(f func(tx *Tx) error) error {
	if n.doc == nil {
		return ErrDetached
	}
	if h := n.ty().item; h != 0 && n.doc.items[h].kind != kindType {
		return ErrDetached
	}
	var err error
	n.doc.transact(nil, true, func(tx *Tx) { err = f(tx) })
	return err
}

// Text gives the root text with this name. It panics when the root exists with another kind; so do
// Array, Map and XMLFragment.
func (d *Doc) Text(name string) *Text { return &Text{d.mustRoot(name, typeText)} }

// Array gives the root array with this name.
func (d *Doc) Array(name string) *Array { return &Array{d.mustRoot(name, typeArray)} }

// Map gives the root map with this name.
func (d *Doc) Map(name string) *Map { return &Map{d.mustRoot(name, typeMap)} }

// XMLFragment gives the root fragment with this name.
func (d *Doc) XMLFragment(name string) *XMLFragment {
	return &XMLFragment{d.mustRoot(name, typeXMLFragment)}
}

// Roots lists the names of the root types that the document has heard of, in that order.
func (d *Doc) Roots() []string {
	names := make([]string, 0, len(d.roots))
	for _, t := range d.roots {
		names = append(names, d.names[d.types[t].name])
	}
	return names
}

// Root gives the root type with this name as what it is known to be, or nil when there is none.
func (d *Doc) Root(name string) Shared {
	if t := d.rootNamed(d.nameIndex[name]); t != 0 {
		return d.shared(t)
	}
	return nil
}

func (d *Doc) mustRoot(name string, kind uint8) node {
	t, err := d.root(name, kind)
	if err != nil {
		panic(fmt.Sprintf("crdt: root %q: %v", name, err))
	}
	return node{doc: d, id: t, kind: kind}
}

// insertItem makes an item of local content between two neighbours and integrates it.
func (d *Doc) insertItem(tx *Tx, in spot, left, right handle, fill func(it *item)) handle {
	c := d.addClient(d.clientID)
	it := item{
		client: c, clock: d.clients[c].state, length: 1, left: left, right: right,
		originClient: noClient, rightClient: noClient, in: in,
	}
	if left != 0 {
		l := &d.items[left]
		it.originClient, it.originClock = l.client, l.last()
	}
	if right != 0 {
		r := &d.items[right]
		it.rightClient, it.rightClock = r.client, r.clock
	}
	fill(&it)
	h := d.newItem()
	d.items[h] = it
	d.integrate(tx, h)
	return h
}

func (d *Doc) fillText(text string) func(it *item) {
	return func(it *item) {
		it.kind = kindString
		it.length = uint32(lib0.UTF16Len(text))
		d.putContent(it, []byte(text))
		if int(it.length) == len(text) {
			it.set(flagASCII)
		}
	}
}

func (d *Doc) fillFormat(key uint32, value valueRef) func(it *item) {
	return func(it *item) { it.kind, it.a, it.b = kindFormat, value, key }
}

// insertValue makes an item of one value that is no plain one: a type, bytes, a document.
func (d *Doc) insertValue(tx *Tx, in spot, left, right handle, v any) handle {
	switch v := v.(type) {
	case []byte:
		return d.insertItem(tx, in, left, right, func(it *item) {
			it.kind = kindBinary
			d.putContent(it, v)
		})
	case *SubDoc:
		return d.insertItem(tx, in, left, right, func(it *item) {
			it.kind, it.a = kindDoc, d.addDoc(v)
		})
	case Shared:
		return d.insertType(tx, in, left, right, v)
	}
	return d.insertItem(tx, in, left, right, func(it *item) {
		it.kind = kindAny
		d.putContent(it, lib0.AppendAny(nil, v))
	})
}

// insertType makes a detached type part of the document, with all that waits in it.
func (d *Doc) insertType(tx *Tx, in spot, left, right handle, v Shared) handle {
	n := v.base()
	name := uint32(0)
	if n.kind == typeXMLElement || n.kind == typeXMLHook {
		name = d.intern(n.name)
	}
	t := d.newType(n.kind, 0, name)
	n.doc, n.id = d, t
	h := d.insertItem(tx, in, left, right, func(it *item) { it.kind, it.a = kindType, t })
	w := n.wait
	n.wait = nil
	if w == nil {
		return h
	}
	for _, f := range w.edits {
		f()
	}
	if len(w.list) > 0 {
		d.insertList(tx, t, 0, w.list)
	}
	for _, key := range w.keys {
		d.setKey(tx, t, key, w.values[key])
	}
	return h
}

// checkValue says whether a value can be put into a document.
func checkValue(v any) error {
	switch v := v.(type) {
	case nil, bool, string, []byte, BigInt, Undefined, float64, float32, int, int64, int32, int16, int8, uint, uint64, uint32, uint16, uint8:
		return nil
	case []any:
		return checkValues(v)
	case map[string]any:
		for _, e := range v {
			if err := checkPlain(e); err != nil {
				return err
			}
		}
		return nil
	case Object:
		for _, f := range v {
			if err := checkPlain(f.Value); err != nil {
				return err
			}
		}
		return nil
	case *SubDoc:
		return nil
	case Shared:
		if v.base().wait == nil {
			return fmt.Errorf("%w: a type that is part of a document already", ErrValue)
		}
		return nil
	}
	return fmt.Errorf("%w: %T", ErrValue, v)
}

func checkPlain(v any) error {
	switch v.(type) {
	case *SubDoc, Shared:
		return fmt.Errorf("%w: %T inside of a plain value", ErrValue, v)
	}
	return checkValue(v)
}

func checkValues(list []any) error {
	for _, v := range list {
		if err := checkPlain(v); err != nil {
			return err
		}
	}
	return nil
}

// plain says whether a value becomes part of a run of Any values.
func plain(v any) bool {
	switch v.(type) {
	case []byte, *SubDoc, Shared:
		return false
	}
	return true
}

// itemValues gives the visible content of an item, one value per unit.
func (d *Doc) itemValues(h handle) []any {
	it := &d.items[h]
	switch it.kind {
	case kindString:
		out := make([]any, 0, it.length)
		for _, unit := range splitUnits(d.content(it)) {
			out = append(out, unit)
		}
		return out
	case kindAny:
		dec := lib0.NewDecoder(d.content(it))
		dec.MaxDepth = math.MaxInt32
		out := make([]any, 0, it.length)
		for range it.length {
			out = append(out, dec.Any())
		}
		return out
	case kindJSON:
		dec := lib0.NewDecoder(d.content(it))
		out := make([]any, 0, it.length)
		for range it.length {
			text := dec.Bytes()
			if string(text) == "undefined" {
				out = append(out, Undefined{})
				continue
			}
			v, _ := lib0.ParseJSON(text)
			out = append(out, unordered(v))
		}
		return out
	case kindBinary:
		return []any{slices.Clone(d.content(it))}
	case kindEmbed:
		return []any{unordered(d.goValue(it.a))}
	case kindType:
		return []any{d.shared(it.a)}
	case kindDoc:
		return []any{d.docs[it.a]}
	}
	return nil
}

// lastValue gives the value that a map shows for an item.
func (d *Doc) lastValue(h handle) any {
	values := d.itemValues(h)
	if len(values) == 0 {
		return nil
	}
	return values[len(values)-1]
}

// splitUnits gives text unit by unit; halves of pairs keep their three-byte form.
func splitUnits(text []byte) []string {
	var out []string
	for i, r := range string(text) {
		if r < 0x10000 {
			size := lib0.RuneSize(text[i])
			if r == '\uFFFD' && i+size <= len(text) {
				out = append(out, string(text[i:i+size]))
				continue
			}
			out = append(out, string(r))
			continue
		}
		out = append(out, string(lib0.AppendSurrogate(nil, uint16(0xd800+(r-0x10000)>>10))),
			string(lib0.AppendSurrogate(nil, uint16(0xdc00+(r-0x10000)&0x3ff))))
	}
	return out
}

// unordered turns every Object in a value into a map.
func unordered(v any) any {
	switch v := v.(type) {
	case Object:
		m := make(map[string]any, len(v))
		for _, f := range v {
			m[f.Key] = unordered(f.Value)
		}
		return m
	case []any:
		for i := range v {
			v[i] = unordered(v[i])
		}
	}
	return v
}

// toJSON gives a value as it stands in the result of ToJSON.
func toJSON(v any) any {
	if s, ok := v.(Shared); ok {
		return s.ToJSON()
	}
	return v
}
