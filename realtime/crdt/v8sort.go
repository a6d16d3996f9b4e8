package crdt

// When two updates hold the same clock once as content and once as collected, yjs compares them with
// an answer that depends on who is asked, and what comes first is then up to the sorting algorithm
// of the JavaScript engine. The bytes depend on it, so this file sorts as V8 does: TimSort with its
// runs, binary insertion and galloping, asking its questions in the same order.

// v8Sort sorts work; less says whether its first argument compares as smaller than its second.
func v8Sort(work []int32, less func(a, b int32) bool) {
	n := len(work)
	if n < 2 {
		return
	}
	s := timSort{work: work, less: less, minGallop: minGallopWins}
	minRun := minRunLength(n)
	for low := 0; low < n; {
		run := s.countRun(low, n)
		if run < minRun {
			forced := min(minRun, n-low)
			s.insertionSort(low, low+run, low+forced)
			run = forced
		}
		s.runs = append(s.runs, sortedRun{low, run})
		s.collapse()
		low += run
	}
	for len(s.runs) > 1 {
		i := len(s.runs) - 2
		if i > 0 && s.runs[i-1].len < s.runs[i+1].len {
			i--
		}
		s.mergeAt(i)
	}
}

const minGallopWins = 7

type sortedRun struct{ base, len int }

type timSort struct {
	work, temp []int32
	less       func(a, b int32) bool
	runs       []sortedRun
	minGallop  int
}

func minRunLength(n int) int {
	r := 0
	for n >= 64 {
		r |= n & 1
		n >>= 1
	}
	return n + r
}

// countRun gives the length of the run at low, after turning it round when it falls.
func (s *timSort) countRun(low, high int) int {
	if low+1 == high {
		return 1
	}
	run := 2
	falling := s.less(s.work[low+1], s.work[low])
	for i := low + 2; i < high; i++ {
		if s.less(s.work[i], s.work[i-1]) != falling {
			break
		}
		run++
	}
	if falling {
		for i, j := low, low+run-1; i < j; i, j = i+1, j-1 {
			s.work[i], s.work[j] = s.work[j], s.work[i]
		}
	}
	return run
}

func (s *timSort) insertionSort(low, start, high int) {
	if start == low {
		start++
	}
	for ; start < high; start++ {
		left, right := low, start
		pivot := s.work[start]
		for left < right {
			mid := left + (right-left)>>1
			if s.less(pivot, s.work[mid]) {
				right = mid
			} else {
				left = mid + 1
			}
		}
		copy(s.work[left+1:start+1], s.work[left:start])
		s.work[left] = pivot
	}
}

func (s *timSort) invariant(n int) bool {
	return n < 2 || s.runs[n-2].len > s.runs[n-1].len+s.runs[n].len
}

func (s *timSort) collapse() {
	for len(s.runs) > 1 {
		n := len(s.runs) - 2
		switch {
		case !s.invariant(n+1) || !s.invariant(n):
			if s.runs[n-1].len < s.runs[n+1].len {
				n--
			}
			s.mergeAt(n)
		case s.runs[n].len <= s.runs[n+1].len:
			s.mergeAt(n)
		default:
			return
		}
	}
}

func (s *timSort) mergeAt(i int) {
	a, b := s.runs[i], s.runs[i+1]
	s.runs[i].len = a.len + b.len
	s.runs = append(s.runs[:i+1], s.runs[i+2:]...)
	skip := s.gallopRight(s.work, s.work[b.base], a.base, a.len, 0)
	a.base += skip
	a.len -= skip
	if a.len == 0 {
		return
	}
	b.len = s.gallopLeft(s.work, s.work[a.base+a.len-1], b.base, b.len, b.len-1)
	if b.len == 0 {
		return
	}
	if a.len <= b.len {
		s.mergeLow(a.len, a.base, b.len, b.base)
	} else {
		s.mergeHigh(a.len, a.base, b.len, b.base)
	}
}

// gallopLeft finds where key belongs in a run, before what is equal to it.
func (s *timSort) gallopLeft(array []int32, key int32, base, length, hint int) int {
	last, offset := 0, 1
	if s.less(array[base+hint], key) {
		limit := length - hint
		for offset < limit && s.less(array[base+hint+offset], key) {
			last, offset = offset, offset<<1+1
		}
		offset = min(offset, limit)
		last, offset = last+hint, offset+hint
	} else {
		limit := hint + 1
		for offset < limit && !s.less(array[base+hint-offset], key) {
			last, offset = offset, offset<<1+1
		}
		offset = min(offset, limit)
		last, offset = hint-offset, hint-last
	}
	for last++; last < offset; {
		mid := last + (offset-last)>>1
		if s.less(array[base+mid], key) {
			last = mid + 1
		} else {
			offset = mid
		}
	}
	return offset
}

// gallopRight finds where key belongs in a run, behind what is equal to it.
func (s *timSort) gallopRight(array []int32, key int32, base, length, hint int) int {
	last, offset := 0, 1
	if s.less(key, array[base+hint]) {
		limit := hint + 1
		for offset < limit && s.less(key, array[base+hint-offset]) {
			last, offset = offset, offset<<1+1
		}
		offset = min(offset, limit)
		last, offset = hint-offset, hint-last
	} else {
		limit := length - hint
		for offset < limit && !s.less(key, array[base+hint+offset]) {
			last, offset = offset, offset<<1+1
		}
		offset = min(offset, limit)
		last, offset = last+hint, offset+hint
	}
	for last++; last < offset; {
		mid := last + (offset-last)>>1
		if s.less(key, array[base+mid]) {
			offset = mid
		} else {
			last = mid + 1
		}
	}
	return offset
}

// mergeLow merges two runs of which the first is not the longer one.
func (s *timSort) mergeLow(lenA, baseA, lenB, baseB int) {
	w := s.work
	temp := append(s.temp[:0], w[baseA:baseA+lenA]...)
	s.temp = temp
	dest, a, b := baseA, 0, baseB
	copyB := func() {
		copy(w[dest:], w[b:b+lenB])
		w[dest+lenB] = temp[a]
	}
	finish := func() { copy(w[dest:], temp[a:a+lenA]) }

	w[dest] = w[b]
	dest, b, lenB = dest+1, b+1, lenB-1
	if lenB == 0 {
		finish()
		return
	}
	if lenA == 1 {
		copyB()
		return
	}
	minGallop := s.minGallop
	for {
		winsA, winsB := 0, 0
		for {
			if s.less(w[b], temp[a]) {
				w[dest] = w[b]
				dest, b, lenB = dest+1, b+1, lenB-1
				winsB, winsA = winsB+1, 0
				if lenB == 0 {
					finish()
					return
				}
				if winsB >= minGallop {
					break
				}
			} else {
				w[dest] = temp[a]
				dest, a, lenA = dest+1, a+1, lenA-1
				winsA, winsB = winsA+1, 0
				if lenA == 1 {
					copyB()
					return
				}
				if winsA >= minGallop {
					break
				}
			}
		}
		minGallop++
		for first := true; winsA >= minGallopWins || winsB >= minGallopWins || first; first = false {
			minGallop = max(1, minGallop-1)
			s.minGallop = minGallop
			winsA = s.gallopRight(temp, w[b], a, lenA, 0)
			if winsA > 0 {
				copy(w[dest:], temp[a:a+winsA])
				dest, a, lenA = dest+winsA, a+winsA, lenA-winsA
				if lenA == 1 {
					copyB()
					return
				}
				if lenA == 0 {
					finish()
					return
				}
			}
			w[dest] = w[b]
			dest, b, lenB = dest+1, b+1, lenB-1
			if lenB == 0 {
				finish()
				return
			}
			winsB = s.gallopLeft(w, temp[a], b, lenB, 0)
			if winsB > 0 {
				copy(w[dest:], w[b:b+winsB])
				dest, b, lenB = dest+winsB, b+winsB, lenB-winsB
				if lenB == 0 {
					finish()
					return
				}
			}
			w[dest] = temp[a]
			dest, a, lenA = dest+1, a+1, lenA-1
			if lenA == 1 {
				copyB()
				return
			}
		}
		minGallop++
		s.minGallop = minGallop
	}
}

// mergeHigh merges two runs of which the second is the shorter one.
func (s *timSort) mergeHigh(lenA, baseA, lenB, baseB int) {
	w := s.work
	temp := append(s.temp[:0], w[baseB:baseB+lenB]...)
	s.temp = temp
	dest, a, b := baseB+lenB-1, baseA+lenA-1, lenB-1
	copyA := func() {
		dest -= lenA
		a -= lenA
		copy(w[dest+1:], w[a+1:a+1+lenA])
		w[dest] = temp[b]
	}
	finish := func() { copy(w[dest-lenB+1:], temp[:lenB]) }

	w[dest] = w[a]
	dest, a, lenA = dest-1, a-1, lenA-1
	if lenA == 0 {
		finish()
		return
	}
	if lenB == 1 {
		copyA()
		return
	}
	minGallop := s.minGallop
	for {
		winsA, winsB := 0, 0
		for {
			if s.less(temp[b], w[a]) {
				w[dest] = w[a]
				dest, a, lenA = dest-1, a-1, lenA-1
				winsA, winsB = winsA+1, 0
				if lenA == 0 {
					finish()
					return
				}
				if winsA >= minGallop {
					break
				}
			} else {
				w[dest] = temp[b]
				dest, b, lenB = dest-1, b-1, lenB-1
				winsB, winsA = winsB+1, 0
				if lenB == 1 {
					copyA()
					return
				}
				if winsB >= minGallop {
					break
				}
			}
		}
		minGallop++
		for first := true; winsA >= minGallopWins || winsB >= minGallopWins || first; first = false {
			minGallop = max(1, minGallop-1)
			s.minGallop = minGallop
			winsA = lenA - s.gallopRight(w, temp[b], baseA, lenA, lenA-1)
			if winsA > 0 {
				dest, a = dest-winsA, a-winsA
				copy(w[dest+1:], w[a+1:a+1+winsA])
				lenA -= winsA
				if lenA == 0 {
					finish()
					return
				}
			}
			w[dest] = temp[b]
			dest, b, lenB = dest-1, b-1, lenB-1
			if lenB == 1 {
				copyA()
				return
			}
			winsB = lenB - s.gallopLeft(temp, w[a], 0, lenB, lenB-1)
			if winsB > 0 {
				dest, b = dest-winsB, b-winsB
				copy(w[dest+1:], temp[b+1:b+1+winsB])
				lenB -= winsB
				if lenB == 1 {
					copyA()
					return
				}
				if lenB == 0 {
					finish()
					return
				}
			}
			w[dest] = w[a]
			dest, a, lenA = dest-1, a-1, lenA-1
			if lenA == 0 {
				finish()
				return
			}
		}
		minGallop++
		s.minGallop = minGallop
	}
}
