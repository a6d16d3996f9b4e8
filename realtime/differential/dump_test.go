package differential

import (
	"encoding/base64"
	"math"
	"sort"
	"strconv"
	"strings"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/lib0"
)

func quote(s string) string {
	b, _ := lib0.AppendJSON(nil, s)
	return string(b)
}

// dump writes what a document shows, in the form that the judge writes as well.
func dump(v any) string {
	switch v := v.(type) {
	case crdt.Undefined:
		return `{"$undef":1}`
	case crdt.BigInt:
		return `{"$big":"` + strconv.FormatInt(int64(v), 10) + `"}`
	case []byte:
		return `{"$bin":"` + base64.StdEncoding.EncodeToString(v) + `"}`
	case float64:
		switch {
		case v == 0 && math.Signbit(v):
			return `{"$num":"-0"}`
		case v != v || math.IsInf(v, 0):
			return `{"$num":"` + string(lib0.AppendJSNumber(nil, v, "")) + `"}`
		}
	case *crdt.SubDoc:
		return `{"$doc":` + quote(v.GUID()) + `}`
	case []any:
		return "[" + join(v) + "]"
	case []crdt.Shared:
		list := make([]any, len(v))
		for i := range v {
			list[i] = v[i]
		}
		return "[" + join(list) + "]"
	case map[string]any:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		sort.Slice(keys, func(i, j int) bool { return lib0.CompareUTF16(keys[i], keys[j]) < 0 })
		parts := make([]string, len(keys))
		for i, key := range keys {
			parts[i] = quote(key) + ":" + dump(v[key])
		}
		return "{" + strings.Join(parts, ",") + "}"
	case *crdt.XMLText:
		return `{"$xtext":` + dumpDelta(v.ToDelta()) + `,"attrs":` + dump(v.Attributes()) + `}`
	case *crdt.Text:
		return `{"$text":` + dumpDelta(v.ToDelta()) + `,"attrs":` + dump(v.Attributes()) + `}`
	case *crdt.Array:
		return `{"$arr":` + dump(v.Values()) + `}`
	case *crdt.XMLHook:
		return `{"$hook":` + quote(v.Name()) + `,"map":` + dump(v.Values()) + `}`
	case *crdt.Map:
		return `{"$map":` + dump(v.Values()) + `}`
	case *crdt.XMLElement:
		return `{"$el":` + quote(v.Name()) + `,"attrs":` + dump(v.Attributes()) + `,"kids":` + dump(v.Children()) + `}`
	case *crdt.XMLFragment:
		return `{"$frag":` + dump(v.Children()) + `}`
	}
	b, _ := lib0.AppendJSON(nil, v)
	return string(b)
}

func join(list []any) string {
	parts := make([]string, len(list))
	for i, e := range list {
		parts[i] = dump(e)
	}
	return strings.Join(parts, ",")
}

func dumpDelta(ops []crdt.DeltaOp) string {
	parts := make([]string, len(ops))
	for i, op := range ops {
		parts[i] = `{"insert":` + dump(op.Insert)
		if op.Attributes != nil {
			parts[i] += `,"attributes":` + dump(op.Attributes)
		}
		parts[i] += "}"
	}
	return "[" + strings.Join(parts, ",") + "]"
}
