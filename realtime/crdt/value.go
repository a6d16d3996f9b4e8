package crdt

import (
	"samenwijk/realtime/lib0"
)

// The values that a document holds, under names that need no import of lib0.
type (
	// Undefined is JavaScript's undefined; null is nil.
	Undefined = lib0.Undefined
	// BigInt is an integer that JavaScript writes as 1n.
	BigInt = lib0.BigInt
	// Object is an object whose properties have an order.
	Object = lib0.Object
	// Field is one property of an Object.
	Field = lib0.Field
)

// jsonToAny appends the Any form of canonical JSON.
func jsonToAny(dst, text []byte) []byte {
	v, err := lib0.ParseJSON(text)
	if err != nil {
		return append(dst, 127)
	}
	return lib0.AppendAny(dst, v)
}

// anyToJSON gives what JSON.stringify makes of a value. What JSON cannot say becomes null.
func anyToJSON(b []byte) []byte {
	d := lib0.NewDecoder(b)
	out, ok := lib0.AppendJSON(nil, d.Tree())
	if !ok {
		return []byte("null")
	}
	return out
}

// cleanDocOptions keeps of the options of a nested document what a peer keeps: gc when it is off,
// autoLoad when it is on, and meta.
func cleanDocOptions(raw []byte) ([]byte, bool) {
	d := lib0.NewDecoder(raw)
	var out Object
	switch o := d.Tree().(type) {
	case Object:
		var gc, autoLoad, meta any = true, false, nil
		for _, f := range o {
			switch f.Key {
			case "gc":
				if _, undefined := f.Value.(Undefined); !undefined {
					gc = f.Value
				}
			case "autoLoad":
				autoLoad = f.Value
			case "meta":
				if _, undefined := f.Value.(Undefined); !undefined {
					meta = f.Value
				}
			}
		}
		if !truthy(gc) {
			out = append(out, Field{Key: "gc", Value: false})
		}
		if truthy(autoLoad) {
			out = append(out, Field{Key: "autoLoad", Value: true})
		}
		if meta != nil {
			out = append(out, Field{Key: "meta", Value: meta})
		}
	case nil, Undefined:
		return nil, false
	}
	return lib0.AppendAny(nil, out), true
}

// truthy says what JavaScript's if would make of a value.
func truthy(v any) bool {
	switch v := v.(type) {
	case nil, Undefined:
		return false
	case bool:
		return v
	case float64:
		return v != 0 && v == v
	case string:
		return v != ""
	case BigInt:
		return v != 0
	}
	return true
}
