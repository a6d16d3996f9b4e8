package crdt

import "samenwijk/realtime/lib0"

// valueRef names a value of an embed or a format. Two formats hold the same object, in the sense of
// JavaScript's ===, when their refs are equal; values that are no objects are also equal when they
// read the same. Ref 0 is null.
type valueRef = uint32

type storedValue struct {
	off, n uint32
	isAny  bool // in Any form; otherwise JSON
}

// addValue stores a value in canonical form.
func (d *Doc) addValue(b []byte, isAny bool) valueRef {
	if isNull(b, isAny) {
		return 0
	}
	object := isObject(b, isAny)
	var key []byte
	if !object {
		form := byte('j')
		if isAny {
			form = 'a'
		}
		key = append(append(make([]byte, 0, 64), form), b...)
		if ref, ok := d.valueIndex[string(key)]; ok {
			return ref
		}
	}
	if len(d.values) == 0 {
		d.values = append(d.values, storedValue{n: 4})
		d.valueArena = append(d.valueArena, "null"...)
	}
	ref := valueRef(len(d.values))
	d.values = append(d.values, storedValue{uint32(len(d.valueArena)), uint32(len(b)), isAny})
	d.valueArena = append(d.valueArena, b...)
	if !object {
		if d.valueIndex == nil {
			d.valueIndex = map[string]valueRef{}
		}
		d.valueIndex[string(key)] = ref
	}
	return ref
}

func isNull(b []byte, isAny bool) bool {
	if isAny {
		return len(b) == 1 && b[0] == 126
	}
	return string(b) == "null"
}

func isObject(b []byte, isAny bool) bool {
	if isAny {
		return b[0] >= 116 && b[0] <= 118
	}
	return b[0] == '{' || b[0] == '['
}

func (d *Doc) value(ref valueRef) (b []byte, isAny bool) {
	if ref == 0 {
		return []byte("null"), false
	}
	v := d.values[ref]
	return d.valueArena[v.off : v.off+v.n], v.isAny
}

// goValue reads a value with its objects in order.
func (d *Doc) goValue(ref valueRef) any {
	b, isAny := d.value(ref)
	if isAny {
		return lib0.NewDecoder(b).Tree()
	}
	v, _ := lib0.ParseJSON(b) // checked when it was stored
	return v
}

// identical is JavaScript's === for stored values.
func (d *Doc) identical(a, b valueRef) bool {
	if a == 0 || b == 0 {
		return a == b
	}
	x, xAny := d.value(a)
	y, yAny := d.value(b)
	if isObject(x, xAny) || isObject(y, yAny) {
		return a == b
	}
	return primitiveEqual(d.goValue(a), d.goValue(b))
}

func primitiveEqual(a, b any) bool {
	switch a.(type) {
	case []any, []byte, Object, map[string]any:
		return false
	}
	switch b.(type) {
	case []any, []byte, Object, map[string]any:
		return false
	}
	return a == b
}

// equalValues says whether two values count as the same attribute: objects are compared one level
// deep.
func (d *Doc) equalValues(a, b valueRef) bool {
	if d.identical(a, b) {
		return true
	}
	if a == 0 || b == 0 {
		return false
	}
	x, xAny := d.value(a)
	y, yAny := d.value(b)
	if !isObject(x, xAny) || !isObject(y, yAny) {
		return false
	}
	p, q := properties(d.goValue(a)), properties(d.goValue(b))
	if len(p) != len(q) {
		return false
	}
	for _, f := range p {
		v, found := any(Undefined{}), false
		for _, g := range q {
			if g.Key == f.Key {
				v, found = g.Value, true
				break
			}
		}
		if _, undefined := f.Value.(Undefined); undefined && !found || !primitiveEqual(v, f.Value) {
			return false
		}
	}
	return true
}

// properties sees arrays and bytes as the objects that JavaScript makes of them.
func properties(v any) Object {
	var o Object
	switch v := v.(type) {
	case Object:
		return v
	case []any:
		for i, e := range v {
			o = append(o, Field{Key: string(lib0.AppendJSNumber(nil, float64(i), "")), Value: e})
		}
	case []byte:
		for i, e := range v {
			o = append(o, Field{Key: string(lib0.AppendJSNumber(nil, float64(i), "")), Value: float64(e)})
		}
	}
	return o
}
