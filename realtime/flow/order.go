package flow

import (
	"math/rand/v2"
	"strings"

	"samenwijk/realtime/lib0"
)

// digits are the signs of which orders are made, in their order.
const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// ordersFor gives the orders to set, by id, so that a table's rows or columns that are there now stand in
// the order of ids. As many as possible keep theirs.
func ordersFor(is []axis, ids []string) map[string]string {
	at := make(map[string]int, len(is))
	for i, a := range is {
		at[a.id] = i
	}
	var there []landmark
	for n, id := range ids {
		if i, ok := at[id]; ok {
			there = append(there, landmark{n, i, 1})
		}
	}
	orders := map[string]string{}
	next := 0 // of ids, the first that has no place yet
	low := ""
	fill := func(end int, high string, bounded bool) bool {
		made, ok := between(low, high, bounded, end-next)
		for i := range made {
			orders[ids[next+i]] = made[i]
		}
		return ok
	}
	for _, m := range heaviest(there, 0, len(is)) {
		if !fill(m.old, is[m.new].order, true) {
			return afresh(ids)
		}
		next, low = m.old+1, is[m.new].order
	}
	if !fill(len(ids), "", false) {
		return afresh(ids)
	}
	return orders
}

// afresh gives all a new order: the old ones leave no room.
func afresh(ids []string) map[string]string {
	orders := make(map[string]string, len(ids))
	made, _ := between("", "", false, len(ids))
	for i, id := range ids {
		orders[id] = made[i]
	}
	return orders
}

// between makes so many orders that go up and lie between two others, or above low when nothing bounds
// them, or says that there is no room. Each ends with something random, so that two people who insert
// at one spot do not choose the same.
func between(low, high string, bounded bool, count int) ([]string, bool) {
	if count == 0 {
		return nil, true
	}
	if bounded && lib0.CompareUTF16(low, high) >= 0 {
		return nil, false
	}
	prefix := ""
	from, to := 0, len(digits) // the next sign is at least from and below to
	for {
		from, to = 0, len(digits)
		if low != "" {
			n := strings.IndexByte(digits, low[0])
			if n < 0 {
				return nil, false
			}
			from = n + 1
		}
		if bounded {
			if high == "" {
				return nil, false
			}
			if to = strings.IndexByte(digits, high[0]); to < 0 {
				return nil, false
			}
		} else if low != "" && count <= 8 {
			to = min(to, from+count) // at the end it goes up in small steps
		}
		if from < to {
			break
		}
		switch { // there is room behind the first sign of one of them only
		case low != "":
			if bounded && low[0] != high[0] {
				bounded = false
			}
			prefix += low[:1]
			low = low[1:]
			if bounded {
				high = high[1:]
			}
		default:
			prefix += high[:1]
			high = high[1:]
		}
	}
	width, room := 1, to-from
	for room < count {
		width, room = width+1, room*len(digits)
	}
	base := from
	for range width - 1 {
		base *= len(digits)
	}
	made := make([]string, count)
	for i := range made {
		n := base + (2*i+1)*room/(2*count)
		number := make([]byte, width)
		for k := width - 1; k >= 0; k-- {
			number[k] = digits[n%len(digits)]
			n /= len(digits)
		}
		made[i] = prefix + string(number) + chance()
	}
	return made, true
}

// chance is something random that does not end with the lowest sign, below which there would be no room.
func chance() string {
	return string([]byte{digits[rand.IntN(len(digits))], digits[rand.IntN(len(digits))], digits[1+rand.IntN(len(digits)-1)]})
}
