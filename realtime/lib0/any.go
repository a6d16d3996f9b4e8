package lib0

import (
	"encoding/binary"
	"math"
	"sort"
	"strconv"
)

// Undefined is JavaScript's undefined; null is nil.
type Undefined struct{}

// BigInt is an integer that JavaScript writes as 1n.
type BigInt int64

// Field is one property of an Object.
type Field struct {
	Key   string
	Value any
}

// Object is an object whose properties have an order. Where the order does not matter
// map[string]any serves as well; it is written in the order of its keys.
type Object []Field

const (
	tagBytes     = 116
	tagArray     = 117
	tagObject    = 118
	tagString    = 119
	tagTrue      = 120
	tagFalse     = 121
	tagBigInt    = 122
	tagFloat64   = 123
	tagFloat32   = 124
	tagInteger   = 125
	tagNull      = 126
	tagUndefined = 127
)

const maxInteger = 1<<31 - 1

// AppendAny appends v. It knows nil, Undefined, bool, string, []byte, every integer and float type,
// BigInt, []any, map[string]any and Object; anything else is written as undefined, as JavaScript
// does with what it cannot write. Numbers take the smallest form that holds them.
func AppendAny(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, tagNull)
	case bool:
		if v {
			return append(dst, tagTrue)
		}
		return append(dst, tagFalse)
	case string:
		return AppendString(append(dst, tagString), v)
	case []byte:
		return AppendBytes(append(dst, tagBytes), v)
	case BigInt:
		return binary.BigEndian.AppendUint64(append(dst, tagBigInt), uint64(v))
	case []any:
		dst = AppendVarUint(append(dst, tagArray), uint64(len(v)))
		for _, e := range v {
			dst = AppendAny(dst, e)
		}
		return dst
	case map[string]any:
		dst = AppendVarUint(append(dst, tagObject), uint64(len(v)))
		for _, key := range SortedKeys(v) {
			dst = AppendAny(AppendString(dst, key), v[key])
		}
		return dst
	case Object:
		v = v.ordered()
		dst = AppendVarUint(append(dst, tagObject), uint64(len(v)))
		for _, f := range v {
			dst = AppendAny(AppendString(dst, f.Key), f.Value)
		}
		return dst
	}
	if f, ok := toFloat(v); ok {
		return AppendNumber(dst, f)
	}
	return append(dst, tagUndefined)
}

// AppendNumber appends a number with its tag, in the smallest form that holds it.
func AppendNumber(dst []byte, f float64) []byte {
	if f == math.Trunc(f) && math.Abs(f) <= maxInteger {
		return AppendVarInt(append(dst, tagInteger), uint64(math.Abs(f)), math.Signbit(f))
	}
	if float64(float32(f)) == f {
		return appendFloat32(append(dst, tagFloat32), float32(f))
	}
	return appendFloat64(append(dst, tagFloat64), f)
}

func toFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case float32:
		return float64(v), true
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case int32:
		return float64(v), true
	case int16:
		return float64(v), true
	case int8:
		return float64(v), true
	case uint:
		return float64(v), true
	case uint64:
		return float64(v), true
	case uint32:
		return float64(v), true
	case uint16:
		return float64(v), true
	case uint8:
		return float64(v), true
	}
	return 0, false
}

// SortedKeys returns the keys of m in the order in which they are written: first those that look
// like an array index, by number, then the others, by bytes.
func SortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Slice(keys, func(i, j int) bool {
		a, aIndex := arrayIndex(keys[i])
		b, bIndex := arrayIndex(keys[j])
		if aIndex && bIndex {
			return a < b
		}
		if aIndex != bIndex {
			return aIndex
		}
		return keys[i] < keys[j]
	})
	return keys
}

// ordered gives the properties as a JavaScript object would enumerate them: array indices first and
// by number, of a repeated key the last value at the first place.
func (o Object) ordered() Object {
	fine := true
	for i := range o {
		if _, ok := arrayIndex(o[i].Key); ok {
			fine = false
		}
		for j := 0; j < i && fine; j++ {
			fine = o[i].Key != o[j].Key
		}
	}
	if fine {
		return o
	}
	var out Object
	place := map[string]int{}
	for _, f := range o {
		if at, ok := place[f.Key]; ok {
			out[at].Value = f.Value
			continue
		}
		place[f.Key] = len(out)
		out = append(out, f)
	}
	sort.SliceStable(out, func(i, j int) bool { return indexLess(out[i].Key, out[j].Key) })
	return out
}

// Ordered gives the properties as a JavaScript object enumerates them: those that look like an array
// index first and by number; of a repeated key the last value at the first place.
func (o Object) Ordered() Object { return o.ordered() }

func indexLess(a, b string) bool {
	x, xIndex := arrayIndex(a)
	y, yIndex := arrayIndex(b)
	if xIndex && yIndex {
		return x < y
	}
	return xIndex && !yIndex
}

// arrayIndex says whether a JavaScript object would sort key as a number.
func arrayIndex[S ~string | ~[]byte](key S) (uint32, bool) {
	if len(key) == 0 || len(key) > 10 || (key[0] == '0' && len(key) > 1) {
		return 0, false
	}
	var n uint64
	for i := 0; i < len(key); i++ {
		if key[i] < '0' || key[i] > '9' {
			return 0, false
		}
		n = n*10 + uint64(key[i]-'0')
	}
	return uint32(n), n < math.MaxUint32
}

// Any reads a value: nil, Undefined, bool, float64, BigInt, string, []byte (a copy), []any or
// map[string]any.
func (d *Decoder) Any() any { return d.any(0) }

func (d *Decoder) any(depth int) any {
	if depth > d.maxDepth() {
		d.Fail(ErrOverBudget, "values nested too deeply")
		return nil
	}
	switch tag := d.Byte(); tag {
	case tagUndefined:
		return Undefined{}
	case tagNull:
		return nil
	case tagInteger:
		return d.integer()
	case tagFloat32:
		return float64(d.float32())
	case tagFloat64:
		return math.Float64frombits(d.uint64())
	case tagBigInt:
		return BigInt(d.uint64())
	case tagTrue:
		return true
	case tagFalse:
		return false
	case tagString:
		return string(d.String())
	case tagBytes:
		return append([]byte{}, d.Bytes()...)
	case tagArray:
		n := d.Count(1)
		list := make([]any, 0, min(n, 64))
		for ; n > 0 && d.err == nil; n-- {
			list = append(list, d.any(depth+1))
		}
		return list
	case tagObject:
		n := d.Count(2)
		m := make(map[string]any, min(n, 64))
		for ; n > 0 && d.err == nil; n-- {
			key := string(d.String())
			m[key] = d.any(depth + 1)
		}
		return m
	default:
		if d.err == nil {
			d.Fail(ErrMalformed, "unknown value tag "+strconv.Itoa(int(tag)))
		}
		return nil
	}
}

func (d *Decoder) integer() float64 {
	magnitude, negative := d.VarInt()
	if negative {
		return math.Copysign(float64(magnitude), -1)
	}
	return float64(magnitude)
}

// SkipAny reads past a value and checks it. Odd is set when rewriting the value with RewriteAny
// would change its bytes.
func (d *Decoder) SkipAny() { d.skipAny(0) }

func (d *Decoder) skipAny(depth int) {
	if depth > d.maxDepth() {
		d.Fail(ErrOverBudget, "values nested too deeply")
		return
	}
	switch tag := d.Byte(); tag {
	case tagUndefined, tagNull, tagTrue, tagFalse:
	case tagInteger:
		if magnitude, _ := d.VarInt(); magnitude > maxInteger {
			d.Odd = true
		}
	case tagFloat32:
		f := float64(d.float32())
		if f != f || f == math.Trunc(f) && math.Abs(f) <= maxInteger {
			d.Odd = true
		}
	case tagFloat64:
		f := math.Float64frombits(d.uint64())
		if f == math.Trunc(f) && math.Abs(f) <= maxInteger || float64(float32(f)) == f {
			d.Odd = true
		}
	case tagBigInt:
		d.Take(8)
	case tagString:
		d.String()
	case tagBytes:
		d.Bytes()
	case tagArray:
		for n := d.Count(1); n > 0 && d.err == nil; n-- {
			d.skipAny(depth + 1)
		}
	case tagObject:
		n := d.Count(2)
		var order keyOrder
		for ; n > 0 && d.err == nil; n-- {
			if !order.next(d.String()) {
				d.Odd = true
			}
			d.skipAny(depth + 1)
		}
	default:
		if d.err == nil {
			d.Fail(ErrMalformed, "unknown value tag "+strconv.Itoa(int(tag)))
		}
	}
}

// keyOrder notices keys that a JavaScript object would put elsewhere or keep once.
type keyOrder struct {
	few       [8][]byte
	n         int
	many      map[string]struct{}
	lastIndex int64 // highest array index so far, plus one
	words     bool  // a key that is no index was seen
}

func (o *keyOrder) next(key []byte) bool {
	if index, ok := arrayIndex(key); ok {
		if o.words || int64(index) < o.lastIndex {
			return false
		}
		o.lastIndex = int64(index) + 1
		return true
	}
	o.words = true
	if o.many != nil {
		if _, seen := o.many[string(key)]; seen {
			return false
		}
		o.many[string(key)] = struct{}{}
		return true
	}
	for _, k := range o.few[:o.n] {
		if string(k) == string(key) {
			return false
		}
	}
	if o.n < len(o.few) {
		o.few[o.n] = key
		o.n++
		return true
	}
	o.many = make(map[string]struct{}, 16)
	for _, k := range o.few {
		o.many[string(k)] = struct{}{}
	}
	o.many[string(key)] = struct{}{}
	return true
}

// Tree reads a value like Any, but gives objects as Object, in their order.
func (d *Decoder) Tree() any { return d.tree(0) }

// RewriteAny reads a value and appends it the way a JavaScript peer would write it again.
func (d *Decoder) RewriteAny(dst []byte) []byte { return AppendAny(dst, d.tree(0)) }

// tree reads a value like Any, with objects in their order.
func (d *Decoder) tree(depth int) any {
	if depth > d.maxDepth() {
		d.Fail(ErrOverBudget, "values nested too deeply")
		return nil
	}
	if d.pos >= len(d.buf) {
		d.Fail(ErrMalformed, "unexpected end")
		return nil
	}
	switch d.buf[d.pos] {
	case tagArray:
		d.pos++
		n := d.Count(1)
		list := make([]any, 0, min(n, 64))
		for ; n > 0 && d.err == nil; n-- {
			list = append(list, d.tree(depth+1))
		}
		return list
	case tagObject:
		d.pos++
		n := d.Count(2)
		o := make(Object, 0, min(n, 64))
		for ; n > 0 && d.err == nil; n-- {
			key := string(d.String())
			o = append(o, Field{key, d.tree(depth + 1)})
		}
		return o
	}
	return d.any(depth)
}
