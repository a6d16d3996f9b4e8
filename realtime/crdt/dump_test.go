package crdt

import (
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"strings"

	"samenwijk/realtime/lib0"
)

// dump writes the roots of a document in the canonical form of the recorded cases.
func dump(d *Doc, roots []string) string {
	o := Object{}
	for _, name := range roots {
		o = append(o, Field{Key: name, Value: rootOf(d, name)})
	}
	return tagged(o, true)
}

// rootOf gives the root that the cases call by this name.
func rootOf(d *Doc, name string) Shared {
	switch name {
	case "text":
		return d.Text("text")
	case "array":
		return d.Array("array")
	case "map":
		return d.Map("map")
	case "xml":
		return d.XMLFragment("prosemirror")
	}
	panic("unknown root " + name)
}

func quote(s string) string {
	b, _ := lib0.AppendJSON(nil, s)
	return string(b)
}

// tagged writes a value; what JSON has no word for gets a tag.
func tagged(v any, keepOrder bool) string {
	switch v := v.(type) {
	case Undefined:
		return `{"$undef":1}`
	case BigInt:
		return `{"$big":"` + strconv.FormatInt(int64(v), 10) + `"}`
	case []byte:
		return `{"$bin":"` + base64.StdEncoding.EncodeToString(v) + `"}`
	case float64:
		if v != v || math.IsInf(v, 0) || v == 0 && math.Signbit(v) {
			s := string(lib0.AppendJSNumber(nil, v, ""))
			if v == 0 {
				s = "-0"
			}
			return `{"$num":"` + s + `"}`
		}
	case *SubDoc:
		return `{"$doc":` + quote(v.GUID()) + `}`
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = tagged(e, false)
		}
		return "[" + strings.Join(parts, ",") + "]"
	case Object:
		parts := make([]string, len(v))
		for i, f := range v {
			parts[i] = quote(f.Key) + ":" + tagged(f.Value, false)
		}
		return "{" + strings.Join(parts, ",") + "}"
	case map[string]any:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		sortUTF16(keys)
		o := make(Object, len(keys))
		for i, key := range keys {
			o[i] = Field{Key: key, Value: v[key]}
		}
		return tagged(o, true)
	case *XMLText:
		return `{"$xtext":` + taggedDelta(v.ToDelta()) + `}`
	case *Text:
		return `{"$text":` + taggedDelta(v.ToDelta()) + `}`
	case *Array:
		return `{"$arr":` + tagged(v.Values(), false) + `}`
	case *Map:
		return `{"$map":` + tagged(v.Values(), false) + `}`
	case *XMLElement:
		return `{"$el":` + quote(v.Name()) + `,"attrs":` + tagged(v.Attributes(), false) + `,"kids":` + tagged(v.list(), false) + `}`
	case *XMLFragment:
		return `{"$frag":` + tagged(v.list(), false) + `}`
	case *XMLHook:
		return `{"$hook":` + quote(v.Name()) + `,"map":` + tagged(v.Values(), false) + `}`
	}
	b, _ := lib0.AppendJSON(nil, v)
	return string(b)
}

func taggedDelta(ops []DeltaOp) string {
	parts := make([]string, len(ops))
	for i, op := range ops {
		s := `{"insert":` + tagged(op.Insert, false)
		if op.Attributes != nil {
			s += `,"attributes":` + tagged(op.Attributes, false)
		}
		parts[i] = s + "}"
	}
	return "[" + strings.Join(slices.Clip(parts), ",") + "]"
}
