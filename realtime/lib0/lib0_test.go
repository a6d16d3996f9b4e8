package lib0

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"testing"
)

func TestIntegersComeBackAsTheyWereWritten(t *testing.T) {
	for _, n := range []uint64{0, 1, 63, 64, 127, 128, 1 << 31, 1<<32 - 1, 1 << 49, MaxSafeInteger} {
		b := AppendVarUint(nil, n)
		if len(b) != VarUintLen(n) {
			t.Errorf("VarUintLen(%d) = %d, want %d", n, VarUintLen(n), len(b))
		}
		d := NewDecoder(b)
		if got := d.VarUint(); got != n || d.Err() != nil || d.Rest() != 0 || d.Odd {
			t.Errorf("VarUint of %d gives %d, %v", n, got, d.Err())
		}
		for _, negative := range []bool{false, true} {
			d := NewDecoder(AppendVarInt(nil, n, negative))
			got, sign := d.VarInt()
			if got != n || sign != negative || d.Err() != nil || d.Rest() != 0 || d.Odd {
				t.Errorf("VarInt of %d %v gives %d %v, %v", n, negative, got, sign, d.Err())
			}
		}
	}
}

func TestIntegersBeyondWhatBrowsersHoldAreRefused(t *testing.T) {
	for _, b := range [][]byte{
		AppendVarUint(nil, MaxSafeInteger+1),
		bytes.Repeat([]byte{0xff}, 12),
		{0x80},
		{},
	} {
		d := NewDecoder(b)
		d.VarUint()
		if !errors.Is(d.Err(), ErrMalformed) {
			t.Errorf("VarUint of %x: %v", b, d.Err())
		}
		d = NewDecoder(b)
		d.VarInt()
		if !errors.Is(d.Err(), ErrMalformed) && len(b) != 8 {
			t.Errorf("VarInt of %x: %v", b, d.Err())
		}
	}
}

func TestAnyValuesComeBackAsTheyWereWritten(t *testing.T) {
	values := []any{
		nil, Undefined{}, true, false, 0.0, math.Copysign(0, -1), -1.0, 64.0, 2147483647.0, 2147483648.0, -2147483648.0,
		0.5, 0.1, 1e300, math.Inf(-1), BigInt(-723097005061679), "", "naïve 😀", []byte{0, 1, 2}, []byte{},
		[]any{}, []any{1.0, "two", []any{3.5}, nil}, map[string]any{}, map[string]any{"a": 1.0, "b": map[string]any{"c": Undefined{}}},
	}
	for _, v := range values {
		b := AppendAny(nil, v)
		d := NewDecoder(b)
		got := d.Any()
		if d.Err() != nil || !reflect.DeepEqual(got, v) || d.Rest() != 0 {
			t.Errorf("%#v came back as %#v, %v", v, got, d.Err())
		}
		d.Reset(b)
		if d.SkipAny(); d.Odd || d.Rest() != 0 || d.Err() != nil {
			t.Errorf("SkipAny of %#v: odd %v, rest %d, %v", v, d.Odd, d.Rest(), d.Err())
		}
		d.Reset(b)
		if again := d.RewriteAny(nil); !bytes.Equal(again, b) {
			t.Errorf("RewriteAny of %#v changes %x to %x", v, b, again)
		}
	}
	d := NewDecoder(AppendAny(nil, math.NaN()))
	if f, ok := d.Any().(float64); !ok || f == f {
		t.Error("NaN did not come back")
	}
}

func TestOddValuesAreRewrittenAsABrowserWould(t *testing.T) {
	cases := map[string]struct{ in, want []byte }{
		"integer as float64":  {appendFloat64([]byte{tagFloat64}, 3), []byte{tagInteger, 3}},
		"integer as float32":  {appendFloat32([]byte{tagFloat32}, -3), []byte{tagInteger, 0x43}},
		"padded integer":      {[]byte{tagInteger, 0x83, 0}, []byte{tagInteger, 3}},
		"large integer":       {AppendVarInt([]byte{tagInteger}, 1<<31, false), appendFloat32([]byte{tagFloat32}, 1<<31)},
		"index after word":    {[]byte{tagObject, 2, 1, 'b', tagNull, 1, '7', tagTrue}, []byte{tagObject, 2, 1, '7', tagTrue, 1, 'b', tagNull}},
		"repeated key":        {[]byte{tagObject, 2, 1, 'b', tagNull, 1, 'b', tagTrue}, []byte{tagObject, 1, 1, 'b', tagTrue}},
		"odd deep in a value": {[]byte{tagArray, 1, tagObject, 1, 1, 'a', tagInteger, 0x83, 0}, []byte{tagArray, 1, tagObject, 1, 1, 'a', tagInteger, 3}},
	}
	for name, tc := range cases {
		d := NewDecoder(tc.in)
		if d.SkipAny(); !d.Odd || d.Err() != nil {
			t.Errorf("%s: not seen as odd, %v", name, d.Err())
		}
		d.Reset(tc.in)
		if got := d.RewriteAny(nil); !bytes.Equal(got, tc.want) {
			t.Errorf("%s: rewritten as %x, want %x", name, got, tc.want)
		}
	}
}

func TestDeepNestingIsOverBudget(t *testing.T) {
	deep := append(bytes.Repeat([]byte{tagArray, 1}, DefaultMaxDepth+2), tagNull)
	for name, read := range map[string]func(*Decoder){
		"Any":     func(d *Decoder) { d.Any() },
		"SkipAny": func(d *Decoder) { d.SkipAny() },
		"Rewrite": func(d *Decoder) { d.RewriteAny(nil) },
	} {
		d := NewDecoder(deep)
		if read(d); !errors.Is(d.Err(), ErrOverBudget) {
			t.Errorf("%s: %v", name, d.Err())
		}
	}
	if _, err := ParseJSON(bytes.Repeat([]byte("["), 1000)); !errors.Is(err, ErrOverBudget) {
		t.Errorf("ParseJSON: %v", err)
	}
}

func TestColumnsComeBackAsTheyWereWritten(t *testing.T) {
	values := []uint64{0, 0, 0, 5, 5, 1, 9, 9, 9, 9, 1 << 40, 0, 0, 3}
	var u UintOptRleEncoder
	var i IntDiffOptRleEncoder
	var r RleEncoder
	for _, v := range values {
		u.Write(v)
		i.Write(int64(v))
		r.Write(byte(v))
	}
	var ud UintOptRleDecoder
	var id IntDiffOptRleDecoder
	var rd RleDecoder
	ud.Reset(u.Finish())
	id.Reset(i.Finish())
	rd.Reset(r.Finish())
	for at, v := range values {
		if got := ud.Read(); got != v {
			t.Errorf("uint column at %d: %d, want %d", at, got, v)
		}
		if got := id.Read(); got != v {
			t.Errorf("diff column at %d: %d, want %d", at, got, v)
		}
		if got := rd.Read(); got != byte(v) {
			t.Errorf("byte column at %d: %d, want %d", at, got, v)
		}
	}
	if ud.Read(); ud.Err() == nil {
		t.Error("the uint column gave more than was written")
	}
}

func TestAStringColumnMayCutASurrogatePair(t *testing.T) {
	var e StringEncoder
	e.Write([]byte("aé"), 2)
	e.Write([]byte("x\xed\xa0\xbd"), 2) // first half of 😀
	e.Write([]byte("\xed\xb8\x80y"), 2) // second half
	e.Write([]byte("end"), 3)
	column := e.Finish()
	if !bytes.Contains(column, []byte("aéx😀yend")) {
		t.Fatalf("halves were not joined: %q", column)
	}
	var d StringDecoder
	d.Reset(column)
	var got []string
	for range 4 {
		p := d.Read()
		var s []byte
		if p.Low != 0 {
			s = AppendSurrogate(s, p.Low)
		}
		s = append(s, column[p.From:p.To]...)
		if p.High != 0 {
			s = AppendSurrogate(s, p.High)
		}
		got = append(got, string(s))
	}
	want := []string{"aé", "x\xed\xa0\xbd", "\xed\xb8\x80y", "end"}
	if !reflect.DeepEqual(got, want) || d.Err() != nil {
		t.Errorf("got %q, want %q, %v", got, want, d.Err())
	}
}

func TestJSONIsWrittenAsStringifyWritesIt(t *testing.T) {
	for in, want := range map[string]string{
		` { "b" : 1.0 , "2":[ ] , "a":"\u00e9\/" , "b":-0} `: `{"2":[],"b":0,"a":"é/"}`,
		`1e21`:               `1e+21`,
		`123456789012345678`: `123456789012345680`,
		`1e-7`:               `1e-7`,
		`0.000001`:           `0.000001`,
		`1e400`:              `null`,
		`"\ud83d\ude00"`:     `"😀"`,
		`"\ud83d"`:           `"\ud83d"`,
		`"\u0001\n"`:         `"\u0001\n"`,
		`"x"`:                `"x"`,
		`[1,"two",null]`:     `[1,"two",null]`,
		`{"p":"a-1"}`:        `{"p":"a-1"}`,
		`{"p": "a"}`:         `{"p":"a"}`,
		`{"a:b":":"}`:        `{"a:b":":"}`,
		`{"p":"a","p":"b"}`:  `{"p":"b"}`,
		`{"p":"\/"}`:         `{"p":"/"}`,
	} {
		got, err := CanonicalJSON([]byte(in))
		if err != nil || string(got) != want {
			t.Errorf("CanonicalJSON(%s) = %s, %v; want %s", in, got, err, want)
		}
	}
	for _, in := range []string{``, `{`, `[1,]`, `01`, `"a`, `nul`, `1 2`, `{"a"}`, `{"a":"b}`, `{"a:"b"}`, `{"a":"b"c"}`, `{:"a"}`, `"\x"`, `"` + "\n" + `"`} {
		if _, err := CanonicalJSON([]byte(in)); !errors.Is(err, ErrMalformed) {
			t.Errorf("CanonicalJSON(%q): %v", in, err)
		}
	}
}

func TestTextCountsUTF16Units(t *testing.T) {
	s := []byte("a😀é")
	if got := UTF16Len(s); got != 4 {
		t.Errorf("UTF16Len = %d, want 4", got)
	}
	if at, inside := UTF16Offset(s, 2); at != 1 || !inside {
		t.Errorf("offset 2 is %d, %v; want 1, inside the pair", at, inside)
	}
	if at, inside := UTF16Offset(s, 3); at != 5 || inside {
		t.Errorf("offset 3 is %d, %v; want 5", at, inside)
	}
}
