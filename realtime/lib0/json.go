package lib0

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"
)

// ParseJSON reads JSON the way JSON.parse does, into the types that Decoder.Any gives; objects
// become Object, so that their order is kept.
func ParseJSON(text []byte) (any, error) {
	p := jsonParser{buf: text}
	v := p.value(0)
	p.space()
	if p.err == nil && p.pos != len(p.buf) {
		p.fail(ErrMalformed, "text after the JSON value")
	}
	if p.err != nil {
		return nil, p.err
	}
	return v, nil
}

type jsonParser struct {
	buf []byte
	pos int
	err error
}

func (p *jsonParser) fail(kind error, what string) {
	if p.err == nil {
		p.err = &Error{Kind: kind, At: p.pos, What: what}
	}
	p.pos = len(p.buf)
}

func (p *jsonParser) space() {
	for p.pos < len(p.buf) {
		switch p.buf[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

func (p *jsonParser) peek() byte {
	if p.pos < len(p.buf) {
		return p.buf[p.pos]
	}
	return 0
}

func (p *jsonParser) word(w string, v any) any {
	if len(p.buf)-p.pos < len(w) || string(p.buf[p.pos:p.pos+len(w)]) != w {
		p.fail(ErrMalformed, "not JSON")
		return nil
	}
	p.pos += len(w)
	return v
}

func (p *jsonParser) value(depth int) any {
	if depth > DefaultMaxDepth {
		p.fail(ErrOverBudget, "values nested too deeply")
		return nil
	}
	p.space()
	switch c := p.peek(); {
	case c == 'n':
		return p.word("null", nil)
	case c == 't':
		return p.word("true", true)
	case c == 'f':
		return p.word("false", false)
	case c == '"':
		return p.string()
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	case c == '[':
		p.pos++
		list := []any{}
		for p.space(); p.peek() != ']'; p.space() {
			if len(list) > 0 && !p.eat(',') {
				return nil
			}
			list = append(list, p.value(depth+1))
			if p.err != nil {
				return nil
			}
		}
		p.pos++
		return list
	case c == '{':
		p.pos++
		o := Object{}
		for p.space(); p.peek() != '}'; p.space() {
			if len(o) > 0 && !p.eat(',') {
				return nil
			}
			p.space()
			if p.peek() != '"' {
				p.fail(ErrMalformed, "not JSON")
				return nil
			}
			key := p.string()
			p.space()
			if !p.eat(':') {
				return nil
			}
			o = append(o, Field{key, p.value(depth + 1)})
			if p.err != nil {
				return nil
			}
		}
		p.pos++
		return o.ordered()
	}
	p.fail(ErrMalformed, "not JSON")
	return nil
}

func (p *jsonParser) eat(c byte) bool {
	if p.peek() != c || p.pos >= len(p.buf) {
		p.fail(ErrMalformed, "not JSON")
		return false
	}
	p.pos++
	return true
}

func (p *jsonParser) number() any {
	from := p.pos
	digits := func() bool {
		start := p.pos
		for p.peek() >= '0' && p.peek() <= '9' {
			p.pos++
		}
		return p.pos > start
	}
	if p.peek() == '-' {
		p.pos++
	}
	ok := true
	if p.peek() == '0' {
		p.pos++
	} else {
		ok = digits()
	}
	if ok && p.peek() == '.' {
		p.pos++
		ok = digits()
	}
	if ok && (p.peek() == 'e' || p.peek() == 'E') {
		p.pos++
		if p.peek() == '+' || p.peek() == '-' {
			p.pos++
		}
		ok = digits()
	}
	if !ok {
		p.fail(ErrMalformed, "not JSON")
		return nil
	}
	f, _ := strconv.ParseFloat(string(p.buf[from:p.pos]), 64) // too large is Infinity, as in JavaScript
	return f
}

func (p *jsonParser) string() string {
	p.pos++
	from := p.pos
	var out []byte
	plain := true
	for p.pos < len(p.buf) {
		c := p.buf[p.pos]
		switch {
		case c == '"':
			if plain {
				out = p.buf[from:p.pos]
			}
			p.pos++
			return string(out)
		case c < 0x20:
			p.fail(ErrMalformed, "control character in JSON text")
			return ""
		case c == '\\':
			if plain {
				out = append([]byte(nil), p.buf[from:p.pos]...)
				plain = false
			}
			out = p.escape(out)
		default:
			if !plain {
				out = append(out, c)
			}
			p.pos++
		}
	}
	p.fail(ErrMalformed, "unexpected end of JSON text")
	return ""
}

func (p *jsonParser) escape(out []byte) []byte {
	p.pos++
	c := p.peek()
	p.pos++
	switch c {
	case '"', '\\', '/':
		return append(out, c)
	case 'b':
		return append(out, '\b')
	case 'f':
		return append(out, '\f')
	case 'n':
		return append(out, '\n')
	case 'r':
		return append(out, '\r')
	case 't':
		return append(out, '\t')
	case 'u':
		unit, ok := p.hex()
		if !ok {
			return out
		}
		if unit < 0xd800 || unit > 0xdfff {
			return utf8.AppendRune(out, rune(unit))
		}
		if unit >= 0xdc00 && len(out) >= 3 {
			if high, ok := surrogateAt(out, len(out)-3); ok && high < 0xdc00 {
				return utf8.AppendRune(out[:len(out)-3], rune(high-0xd800)<<10+rune(unit-0xdc00)+0x10000)
			}
		}
		return AppendSurrogate(out, unit)
	}
	p.fail(ErrMalformed, "unknown escape in JSON text")
	return out
}

func (p *jsonParser) hex() (uint16, bool) {
	if len(p.buf)-p.pos < 4 {
		p.fail(ErrMalformed, "unexpected end of JSON text")
		return 0, false
	}
	n, err := strconv.ParseUint(string(p.buf[p.pos:p.pos+4]), 16, 16)
	if err != nil || p.buf[p.pos] == '+' {
		p.fail(ErrMalformed, "unknown escape in JSON text")
		return 0, false
	}
	p.pos += 4
	return uint16(n), true
}

// AppendJSON appends v the way JSON.stringify writes it. It reports false, and appends nothing, for
// a value that JSON.stringify leaves out (undefined) or refuses (BigInt).
func AppendJSON(dst []byte, v any) ([]byte, bool) {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...), true
	case Undefined, BigInt:
		return dst, false
	case bool:
		return strconv.AppendBool(dst, v), true
	case string:
		return appendJSONString(dst, v), true
	case []byte: // JSON.stringify sees an object with indices
		dst = append(dst, '{')
		for i, b := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(strconv.AppendInt(append(dst, '"'), int64(i), 10), `":`...)
			dst = strconv.AppendInt(dst, int64(b), 10)
		}
		return append(dst, '}'), true
	case []any:
		dst = append(dst, '[')
		for i, e := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			var ok bool
			if dst, ok = AppendJSON(dst, e); !ok {
				if _, big := e.(BigInt); big {
					return dst, false
				}
				dst = append(dst, "null"...)
			}
		}
		return append(dst, ']'), true
	case map[string]any:
		o := make(Object, 0, len(v))
		for _, key := range SortedKeys(v) {
			o = append(o, Field{key, v[key]})
		}
		return appendJSONObject(dst, o)
	case Object:
		return appendJSONObject(dst, v.ordered())
	}
	if f, ok := toFloat(v); ok {
		return AppendJSNumber(dst, f, "null"), true
	}
	return dst, false
}

func appendJSONObject(dst []byte, o Object) ([]byte, bool) {
	dst = append(dst, '{')
	first := true
	for _, f := range o {
		mark := len(dst)
		if !first {
			dst = append(dst, ',')
		}
		dst = append(appendJSONString(dst, f.Key), ':')
		var ok bool
		if dst, ok = AppendJSON(dst, f.Value); !ok {
			if _, big := f.Value.(BigInt); big {
				return dst, false
			}
			dst = dst[:mark]
			continue
		}
		first = false
	}
	return append(dst, '}'), true
}

func appendJSONString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, `\b`...)
		case '\f':
			dst = append(dst, `\f`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			if c < 0x20 {
				dst = append(dst, `\u00`...)
				dst = append(dst, hex[c>>4], hex[c&15])
				continue
			}
			if unit, ok := surrogateAt(s, i); ok {
				if low, ok := surrogateAt(s, i+3); ok && unit < 0xdc00 && low >= 0xdc00 {
					dst = utf8.AppendRune(dst, rune(unit-0xd800)<<10+rune(low-0xdc00)+0x10000)
					i += 5
					continue
				}
				dst = append(dst, `\u`...)
				dst = append(dst, hex[unit>>12], hex[unit>>8&15], hex[unit>>4&15], hex[unit&15])
				i += 2
				continue
			}
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// AppendJSNumber appends f as JavaScript prints it; NaN and the infinities are written as special
// when that is not empty.
func AppendJSNumber(dst []byte, f float64, special string) []byte {
	switch {
	case f != f || math.IsInf(f, 0):
		if special != "" {
			return append(dst, special...)
		}
		if f != f {
			return append(dst, "NaN"...)
		}
		if f < 0 {
			dst = append(dst, '-')
		}
		return append(dst, "Infinity"...)
	case f == 0:
		return append(dst, '0')
	}
	if abs := math.Abs(f); abs >= 1e21 || abs < 1e-6 {
		at := len(dst)
		dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
		// Go pads the exponent to two digits.
		for i := at; i < len(dst)-2; i++ {
			if dst[i] == 'e' && dst[i+2] == '0' {
				return append(dst[:i+2], dst[i+3:]...)
			}
		}
		return dst
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}

// CanonicalJSON checks JSON text and returns it as JSON.stringify would write it again: the same
// bytes when nothing changes.
func CanonicalJSON(text []byte) ([]byte, error) {
	if plainJSON(text) {
		return text, nil
	}
	v, err := ParseJSON(text)
	if err != nil {
		return nil, err
	}
	out, _ := AppendJSON(make([]byte, 0, len(text)), v)
	if string(out) == string(text) {
		return text, nil
	}
	return out, nil
}

// plainJSON recognises without parsing the values that formats mostly have.
func plainJSON(text []byte) bool {
	switch string(text) {
	case "null", "true", "false", "{}", "[]", `""`:
		return true
	}
	if n := len(text); n > 2 && text[0] == '{' && text[n-1] == '}' { // one property that is a string, as a mark has
		name, value, _ := bytes.Cut(text[1:n-1], []byte{':'})
		return plainString(name) && plainString(value)
	}
	return plainString(text)
}

// plainString recognises a string without escapes.
func plainString(text []byte) bool {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return false
	}
	for _, c := range text[1 : len(text)-1] {
		if c < 0x20 || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
