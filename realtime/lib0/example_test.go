package lib0_test

import (
	"errors"
	"fmt"

	"samenwijk/realtime/lib0"
)

// A decoder remembers its first mistake, so that one looks once, at the end.
func ExampleDecoder() {
	b := lib0.AppendVarUint(nil, 300)
	b = lib0.AppendString(b, "naïve")
	b = lib0.AppendAny(b, map[string]any{"seats": 12, "free": true})

	d := lib0.NewDecoder(b)
	fmt.Println(d.VarUint(), string(d.String()), d.Any(), d.Err())

	d.Reset(b[:5])
	d.VarUint()
	d.String()
	fmt.Println(errors.Is(d.Err(), lib0.ErrMalformed))
	// Output:
	// 300 naïve map[free:true seats:12] <nil>
	// true
}

// Columns keep numbers that repeat in a few bytes.
func ExampleUintOptRleEncoder() {
	var e lib0.UintOptRleEncoder
	for range 1000 {
		e.Write(7)
	}
	column := e.Finish()

	var d lib0.UintOptRleDecoder
	d.Reset(column)
	sum := uint64(0)
	for range 1000 {
		sum += d.Read()
	}
	fmt.Println(len(column), "bytes,", sum, d.Err())
	// Output: 3 bytes, 7000 <nil>
}
