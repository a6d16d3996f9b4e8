package crdt

import (
	"slices"
	"sort"
	"strings"

	"samenwijk/realtime/lib0"
)

// XMLFragment is a list of elements and texts; a root of this kind is what rich-text editors write.
type XMLFragment struct{ node }

// XMLElement is a named element with attributes and content.
type XMLElement struct{ XMLFragment }

// XMLText is text inside of a fragment or an element.
type XMLText struct{ Text }

// XMLHook is a map with a name, which an application turns into whatever it likes.
type XMLHook struct{ Map }

// NewXMLFragment makes a fragment to be put into another type.
func NewXMLFragment(content ...Shared) *XMLFragment {
	f := &XMLFragment{detached(typeXMLFragment, "")}
	f.Insert(0, content...)
	return f
}

// NewXMLElement makes an element to be put into another type.
func NewXMLElement(name string, content ...Shared) *XMLElement {
	e := &XMLElement{XMLFragment{detached(typeXMLElement, name)}}
	e.Insert(0, content...)
	return e
}

// NewXMLText makes a text to be put into a fragment or an element.
func NewXMLText(text string) *XMLText {
	t := &XMLText{Text{detached(typeXMLText, "")}}
	if text != "" {
		t.Insert(0, text, nil)
	}
	return t
}

// NewXMLHook makes a hook to be put into another type.
func NewXMLHook(name string, entries map[string]any) *XMLHook {
	h := &XMLHook{Map{detached(typeXMLHook, name)}}
	h.wait = NewMap(entries).wait
	return h
}

// Len is the number of children.
func (f *XMLFragment) Len() int { return f.listLen() }

// Insert puts detached elements and texts at an index.
func (f *XMLFragment) Insert(index int, content ...Shared) error {
	values := make([]any, len(content))
	for i, c := range content {
		values[i] = c
	}
	return f.insert(index, values)
}

// Append puts detached elements and texts at the end.
func (f *XMLFragment) Append(content ...Shared) error { return f.Insert(f.Len(), content...) }

// InsertAfter puts detached elements and texts behind a child, or at the start when it is nil.
func (f *XMLFragment) InsertAfter(child Shared, content ...Shared) error {
	values := make([]any, len(content))
	for i, c := range content {
		values[i] = c
		if err := checkValue(c); err != nil {
			return err
		}
	}
	if f.doc == nil {
		at := 0
		if child != nil {
			at = 1 + slices.IndexFunc(f.wait.list, func(v any) bool { s, ok := v.(Shared); return ok && s.base() == child.base() })
			if at == 0 {
				return ErrRange
			}
		}
		f.wait.list = slices.Insert(f.wait.list, at, values...)
		return nil
	}
	left := handle(0)
	if child != nil {
		n := child.base()
		if n.doc != f.doc || n.ty().item == 0 || f.doc.items[n.ty().item].in != f.id {
			return ErrRange
		}
		left = n.ty().item
	}
	return f.edit(func(tx *Tx) error {
		f.doc.insertAfter(tx, f.id, left, values)
		return nil
	})
}

// Delete deletes length children.
func (f *XMLFragment) Delete(index, length int) error { return f.remove(index, length) }

// Get gives the child at an index, or nil.
func (f *XMLFragment) Get(index int) Shared {
	v, _ := f.at(index)
	s, _ := v.(Shared)
	return s
}

// Children gives all children.
func (f *XMLFragment) Children() []Shared {
	var out []Shared
	if f.doc == nil {
		for _, v := range f.wait.list {
			if s, ok := v.(Shared); ok {
				out = append(out, s)
			}
		}
		return out
	}
	d := f.doc
	for h := f.ty().start; h != 0; h = d.items[h].right {
		if it := &d.items[h]; it.kind == kindType && !it.deleted() {
			out = append(out, d.shared(it.a))
		}
	}
	return out
}

// String writes the fragment the way other peers do, for people to read: nothing in it is escaped.
func (f *XMLFragment) String() string {
	var b strings.Builder
	for _, v := range f.list() {
		b.WriteString(display(v))
	}
	return b.String()
}

// ToJSON is String.
func (f *XMLFragment) ToJSON() any { return f.String() }

// Name is the name of the element.
func (e *XMLElement) Name() string { return e.name }

// SetAttribute gives the element an attribute. Other peers expect text, and tolerate more.
func (e *XMLElement) SetAttribute(name string, v any) error { return e.setKey(name, v) }

// RemoveAttribute removes an attribute.
func (e *XMLElement) RemoveAttribute(name string) error { return e.removeKey(name) }

// Attribute gives an attribute.
func (e *XMLElement) Attribute(name string) (any, bool) { return e.key(name) }

// Attributes gives all attributes.
func (e *XMLElement) Attributes() map[string]any { return e.keyValues() }

// String writes the element with its attributes in the order of their names; nothing is escaped.
func (e *XMLElement) String() string {
	var b strings.Builder
	name := strings.ToLower(e.name)
	b.WriteString("<" + name)
	attributes := e.keyValues()
	keys := make([]string, 0, len(attributes))
	for key := range attributes {
		keys = append(keys, key)
	}
	sortUTF16(keys)
	for _, key := range keys {
		b.WriteString(" " + key + `="` + display(attributes[key]) + `"`)
	}
	b.WriteString(">" + e.XMLFragment.String() + "</" + name + ">")
	return b.String()
}

// ToJSON is String.
func (e *XMLElement) ToJSON() any { return e.String() }

// Name is the name of the hook.
func (h *XMLHook) Name() string { return h.name }

// String writes the text with its formats as nested elements; nothing is escaped.
func (t *XMLText) String() string {
	var b strings.Builder
	for _, op := range t.ToDelta() {
		names := make([]string, 0, len(op.Attributes))
		for name := range op.Attributes {
			names = append(names, name)
		}
		sortUTF16(names)
		for _, name := range names {
			b.WriteString("<" + name)
			inner := enumerable(op.Attributes[name])
			keys := make([]string, 0, len(inner))
			for key := range inner {
				keys = append(keys, key)
			}
			sortUTF16(keys)
			for _, key := range keys {
				b.WriteString(" " + key + `="` + display(inner[key]) + `"`)
			}
			b.WriteString(">")
		}
		b.WriteString(display(op.Insert))
		for _, name := range slices.Backward(names) {
			b.WriteString("</" + name + ">")
		}
	}
	return b.String()
}

// ToJSON is String.
func (t *XMLText) ToJSON() any { return t.String() }

// sortUTF16 sorts as JavaScript does: by UTF-16 unit, which differs from the order of the bytes
// beyond the basic plane.
func sortUTF16(keys []string) {
	sort.Slice(keys, func(i, j int) bool { return lib0.CompareUTF16(keys[i], keys[j]) < 0 })
}

// enumerable gives what a loop over the properties of a value finds in JavaScript.
func enumerable(v any) map[string]any {
	out := map[string]any{}
	index := func(i int, v any) { out[string(lib0.AppendInt(nil, int64(i)))] = v }
	switch v := v.(type) {
	case map[string]any:
		return v
	case string:
		for i, unit := range splitUnits([]byte(v)) {
			index(i, unit)
		}
	case []any:
		for i, e := range v {
			index(i, e)
		}
	case []byte:
		for i, b := range v {
			index(i, float64(b))
		}
	}
	return out
}

// display is what JavaScript makes of a value inside of text.
func display(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case Undefined:
		return "undefined"
	case string:
		return v
	case bool:
		if v {
			return "true"
		}
		return "false"
	case float64:
		return string(lib0.AppendJSNumber(nil, v, ""))
	case BigInt:
		return string(lib0.AppendInt(nil, int64(v)))
	case interface{ String() string }:
		return v.String()
	case []byte:
		parts := make([]string, len(v))
		for i, b := range v {
			parts[i] = string(lib0.AppendInt(nil, int64(b)))
		}
		return strings.Join(parts, ",")
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			switch e.(type) {
			case nil, Undefined:
			default:
				parts[i] = display(e)
			}
		}
		return strings.Join(parts, ",")
	}
	return "[object Object]"
}
