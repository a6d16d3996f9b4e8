package crdt

import (
	"cmp"
	"slices"
)

// byClient orders ranges for writing: highest client first, lowest clock first within a client.
func byClient(a, b clockRange) int {
	if c := cmp.Compare(b.client, a.client); c != 0 {
		return c
	}
	return cmp.Compare(a.clock, b.clock)
}

// mergeRanges sorts ranges for writing and joins those that touch or overlap. It works in place.
func mergeRanges(ranges []clockRange) []clockRange {
	if len(ranges) < 2 {
		return ranges
	}
	if !slices.IsSortedFunc(ranges, byClient) {
		slices.SortStableFunc(ranges, byClient)
	}
	out := ranges[:1]
	for _, r := range ranges[1:] {
		last := &out[len(out)-1]
		if last.client == r.client && last.end() >= r.clock {
			if r.end() > last.end() {
				last.len = r.end() - last.clock
			}
			continue
		}
		out = append(out, r)
	}
	return out
}

// sortRanges orders ranges for writing and leaves ranges that touch apart, as they were read.
func sortRanges(ranges []clockRange) []clockRange {
	slices.SortStableFunc(ranges, byClient)
	return ranges
}

// deleteSet is a set of ids: ranges grouped by client, sorted and apart.
type deleteSet []clockRange

// has says whether the set holds an id.
func (s deleteSet) has(client uint64, clock uint32) bool {
	i, found := slices.BinarySearchFunc(s, clockRange{client: client, clock: clock}, byClient)
	if found {
		return true
	}
	if i == 0 {
		return false
	}
	r := s[i-1]
	return r.client == client && r.clock <= clock && clock < r.end()
}

// unite gives the set of ids in any of the sets.
func unite(sets ...deleteSet) deleteSet {
	var all []clockRange
	for _, s := range sets {
		all = append(all, s...)
	}
	return mergeRanges(all)
}
