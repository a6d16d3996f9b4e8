package hub

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// outcome is what became of an Append.
type outcome struct {
	seqs []int64
	err  error
}

// commit offers what waits to the log, unless something is under way already; what arrives in the
// meantime goes together into the next Append.
func (r *room) commit() {
	if r.committing != nil || r.checking || len(r.pending) == 0 || r.pacing {
		return
	}
	wait := r.pace() - time.Since(r.offered)
	if !r.waited { // once: a room that comes late for the next commit of the log is not sent away again
		wait = max(wait, time.Until(r.hub.log.BusyUntil()))
	}
	if wait > 0 {
		r.pacing, r.waited = true, true
		r.paceTimer.Reset(wait)
		return
	}
	r.offered, r.waited = time.Now(), false
	n := min(len(r.pending), r.hub.limits.Batch)
	r.committing = r.joined(r.pending[:n:n])
	r.pending = r.pending[n:]
	records := make([]Record, len(r.committing))
	for i, w := range r.committing {
		records[i] = Record{Session: w.session.id, Mark: w.mark, Actor: w.session.member.User.ID, Payload: w.payload}
	}
	at := r.head
	r.hub.rooms.Go(func() {
		ctx, cancel := r.patience()
		defer cancel()
		seqs, err := r.hub.log.Append(ctx, r.document, at, records)
		if err == nil && len(seqs) != len(records) {
			err = fmt.Errorf("the log numbered %d of %d records", len(seqs), len(records))
		}
		r.committed <- outcome{seqs, err}
	})
}

// joinBytes bounds what several writes become together.
const joinBytes = 64 << 10

// joined makes one write of those of each session, under the mark of the last: what somebody typed while
// the log was busy is one row there. Those of one session keep their order, and those of different
// sessions do not know of each other yet.
func (r *room) joined(batch []write) []write {
	if len(batch) == 1 {
		return batch
	}
	var order []*Session
	of := map[*Session][]write{}
	for _, w := range batch {
		if of[w.session] == nil {
			order = append(order, w.session)
		}
		of[w.session] = append(of[w.session], w)
	}
	if len(order) == len(batch) {
		return batch
	}
	all := make([]write, 0, len(order))
	for _, s := range order {
		for rest := of[s]; len(rest) > 0; {
			n, size := 1, rest[0].bytes
			for n < len(rest) && size+rest[n].bytes <= joinBytes {
				size += rest[n].bytes
				n++
			}
			all = append(all, r.join(rest[:n])...)
			rest = rest[n:]
		}
	}
	return all
}

// join returns one write, or all of them when what they amount to would not be let in.
func (r *room) join(writes []write) []write {
	if len(writes) == 1 {
		return writes
	}
	payloads, bytes := make([][]byte, len(writes)), 0
	for i, w := range writes {
		payloads[i] = w.payload
		bytes += w.bytes
	}
	payload, err := merge(payloads)
	if err != nil || checkUpdate(payload, &r.hub.limits) != nil {
		return writes
	}
	last := writes[len(writes)-1]
	return []write{{last.session, last.mark, payload, bytes}}
}

// What telling one more reader costs, for which a room may wait, and how long it waits at most.
const (
	pacePerReader = 50 * time.Microsecond
	longestPace   = 10 * time.Millisecond
)

// pace is the time between two Appends. A change after a moment of rest is offered at once. Where
// many look on, those that follow it closely wait for each other and go out together, so that a room
// spends a bounded share of a processor on telling everybody of everything.
func (r *room) pace() time.Duration {
	return min(time.Duration(len(r.sessions))*pacePerReader, longestPace)
}

// settle acts on the answer of the log.
func (r *room) settle(o outcome) {
	batch := r.committing
	r.committing = nil
	if errors.Is(o.err, ErrRights) {
		// Nothing was stored. Whoever may still write keeps what they sent.
		r.pending = append(batch, r.pending...)
		r.recheck()
		return
	}
	for _, w := range batch {
		r.pendingBytes -= w.bytes
	}
	switch {
	case o.err == nil:
		r.stored(batch, o.seqs)
	case errors.Is(o.err, ErrEpoch):
		r.everyoneOut(otherEpoch)
	case errors.Is(o.err, ErrNotFound):
		r.everyoneOut(notFound)
	default:
		r.logError("updates of a live document are not stored", o.err)
		r.notStored(batch)
	}
	r.takeEarly()
	r.commit()
}

// stored applies what the log now holds and tells everybody.
func (r *room) stored(batch []write, seqs []int64) {
	r.tellStored(batch, seqs)
	next := r.head.Seq + 1
	changes := make([]change, len(batch))
	for i, seq := range seqs {
		if seq != next+int64(i) {
			// Somebody else wrote in between, or a record was stored before: the log knows the order.
			if r.readOn() {
				r.acknowledge(batch)
			}
			return
		}
		changes[i] = change{seq, batch[i].payload, batch[i].session}
	}
	if r.show(changes) {
		if len(r.news) > 0 {
			r.spread() // the same write brings the carets
		}
		r.acknowledge(batch)
	}
}

// readOn applies what the log holds beyond what is applied, and reports whether the room lives on.
func (r *room) readOn() bool {
	own := map[string]*Session{}
	for s := range r.sessions {
		own[s.id] = s
	}
	ctx, cancel := r.patience()
	defer cancel()
	var changes []change
	head, err := r.hub.log.Load(ctx, r.document, r.head.Epoch, r.head.Seq, func(row Row) error {
		changes = append(changes, change{row.Seq, row.Payload, own[row.Session]})
		return nil
	})
	switch {
	case errors.Is(err, ErrEpoch):
		r.everyoneOut(otherEpoch)
		return false
	case errors.Is(err, ErrNotFound):
		r.everyoneOut(notFound)
		return false
	case err != nil:
		// What is applied is right but not complete, and acknowledgements would be late: begin anew.
		r.logError("a live document cannot be read on", err)
		r.everyoneOut(unavailable)
		return false
	}
	if !r.show(changes) {
		return false
	}
	r.head.Seq = head.Seq
	return true
}

// show is apply for what was checked before it was stored. That it cannot be applied is our own
// mistake then, and nobody goes on in a text that differs from the log.
func (r *room) show(changes []change) bool {
	if err := r.apply(changes); err != nil {
		r.logError("a stored update cannot be applied", err)
		r.everyoneOut(unavailable)
		return false
	}
	return true
}

// acknowledge counts the records of a batch as stored and answers the marks that waited for them.
func (r *room) acknowledge(batch []write) {
	for _, w := range batch {
		w.session.stored = w.mark
	}
	for _, w := range batch {
		s := w.session
		if s.inside {
			r.answerMarks(s)
			if s.ending != nil && s.stored == s.records {
				r.refuse(s, s.ending)
			}
		}
	}
}

// notStored ends the sessions whose updates are not, or not surely, stored: their browsers keep
// them and send them again, which is harmless when they turn out to be stored after all.
func (r *room) notStored(batch []write) {
	lost := map[*Session]*Refusal{}
	for _, w := range batch {
		lost[w.session] = unavailable
	}
	r.dismiss(lost)
}

// mark notes that the client wants to know when everything before its mark n is stored.
func (r *room) mark(s *Session, n int64) {
	if !s.member.Acks {
		r.refuse(s, malformed) // it did not negotiate the subprotocol
		return
	}
	if last := len(s.marks) - 1; last >= 0 && s.marks[last].record == s.records {
		s.marks[last].n = n // nothing was sent in between; one answer serves both
	} else {
		s.marks = append(s.marks, mark{n, s.records})
	}
	r.answerMarks(s)
}

func (r *room) answerMarks(s *Session) {
	n := 0
	for n < len(s.marks) && s.marks[n].record <= s.stored {
		n++
	}
	if n > 0 {
		s.out.ack(s.marks[n-1].n, r.head.Seq)
		s.marks = s.marks[n:]
	}
}

// see compares the room with the head in the log.
func (r *room) see(head Head, there bool) {
	switch {
	case r.ended:
	case !there:
		r.everyoneOut(notFound)
	case head.Epoch != r.head.Epoch:
		r.everyoneOut(otherEpoch)
	default:
		if head.Rights > r.head.Rights {
			r.recheck()
		}
		if head.Seq > r.head.Seq && r.committing == nil {
			r.readOn()
		}
	}
}

// verdicts is what everybody may do now.
type verdicts struct {
	rights int64
	err    error
	each   map[*Session]verdict
}

type verdict struct {
	permit Permit
	err    error
}

// recheck asks everybody's right again. Until the answers are there nothing is offered to the log.
func (r *room) recheck() {
	if r.checking {
		r.checkAgain = true
		return
	}
	r.checking = true
	sessions := make([]*Session, 0, len(r.sessions))
	for s := range r.sessions {
		sessions = append(sessions, s)
	}
	// Sessions that left may have updates waiting: their right counts as well.
	for _, w := range r.pending {
		if !w.session.inside {
			sessions = append(sessions, w.session)
		}
	}
	r.hub.rooms.Go(func() {
		ctx, cancel := r.patience()
		defer cancel()
		r.confirmed <- r.hub.confirm(ctx, r.document, sessions)
	})
}

// soonestRecheck keeps a right that was given until a time that has passed from being asked without end.
const soonestRecheck = 250 * time.Millisecond

// endsAt has a right asked again when the time comes until which it was given.
func (r *room) endsAt(until time.Time) {
	if until.IsZero() || !r.expires.IsZero() && !until.Before(r.expires) {
		return
	}
	r.expires = until
	r.expiryTimer.Reset(max(time.Until(until), soonestRecheck))
}

// recheckWhoseTimeIsUp asks again when the right of somebody in the room was given until now.
func (r *room) recheckWhoseTimeIsUp(now time.Time) {
	for s := range r.sessions {
		if s.permit.over(now) {
			r.recheck()
			return
		}
	}
	for s := range r.sessions {
		r.endsAt(s.permit.Until)
	}
}

// confirm reads the version of the rights first: what changes during the questions shows in the
// next round.
func (h *Hub) confirm(ctx context.Context, document string, sessions []*Session) verdicts {
	heads, err := h.log.Heads(ctx, []string{document})
	if err != nil {
		return verdicts{err: err}
	}
	head, there := heads[document]
	if !there {
		return verdicts{err: ErrNotFound}
	}
	v := verdicts{rights: head.Rights, each: map[*Session]verdict{}}
	for _, s := range sessions {
		if _, asked := v.each[s]; !asked {
			permit, err := s.member.Confirm(ctx)
			v.each[s] = verdict{permit, err}
		}
	}
	return v
}

// judge ends the sessions whose right shrank, and goes on with the others.
func (r *room) judge(v verdicts) {
	r.checking = false
	if v.err != nil {
		if !errors.Is(v.err, ErrNotFound) {
			r.logError("rights cannot be checked", v.err)
		}
		r.everyoneOut(asRefusal(v.err))
		return
	}
	r.head.Rights = max(r.head.Rights, v.rights)
	gone := map[*Session]*Refusal{}
	for s, now := range v.each {
		switch {
		case now.err != nil:
			gone[s] = asRefusal(now.err)
		case now.permit.Mode < s.mode:
			gone[s] = rightShrank
		default:
			s.permit = now.permit
			if s.inside {
				r.endsAt(s.permit.Until)
			}
		}
	}
	r.dismiss(gone)
	if r.checkAgain {
		r.checkAgain = false
		r.recheck()
		return
	}
	r.commit()
}
