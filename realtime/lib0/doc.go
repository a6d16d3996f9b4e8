// Package lib0 is the binary alphabet of the Yjs world: variable-length integers, strings, the
// self-describing Any values, and the run-length columns of update format v2.
//
// Writing appends to a byte slice and cannot fail. Reading goes through a Decoder, which remembers
// the first mistake: after it every read returns zero, so a caller may read a whole record and look
// at Err once. A Decoder never allocates more than a small multiple of what it really read.
//
// JavaScript strings are sequences of UTF-16 units and may hold half a surrogate pair. Where this
// package has to carry such a half it uses the three-byte form that UTF-8 would give the code point
// (WTF-8); AppendString turns it into U+FFFD, which is what a browser sends.
package lib0
