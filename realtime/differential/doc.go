// Package differential has yjs judge the engine. Its tests make up sessions of several people from
// a seed, play them with the engine, have yjs in a long-lived Node process play them as well, and
// compare every byte that comes out of every step. Its benchmarks run the same workloads in both.
package differential
