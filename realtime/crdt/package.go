// Package crdt is a document that many people edit at once, wire-compatible with yjs 13.6, in pure
// Go. A change here and a change there, applied in any order, give the same document everywhere,
// and the bytes that this package writes are those that yjs writes.
//
// A Doc holds root types by name: Text, Array, Map and XMLFragment, in which other types nest.
// Changes travel as updates, in format v1 or the denser v2: ApplyUpdate takes one in,
// EncodeStateAsUpdate writes what another peer lacks, OnUpdate delivers every change as it is made.
// MergeUpdates, DiffUpdate and their like work on the bytes of updates and build no document.
//
// Indices and lengths count UTF-16 units, because that is what the positions of other peers mean.
//
// A Doc belongs to one goroutine at a time. The docless functions may be used by any number.
package crdt
