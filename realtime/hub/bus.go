package hub

import "time"

// Bus carries messages between the hubs of one installation. It may lose, repeat, delay and reorder
// anything: what it does not bring is found in the log. It is safe for concurrent use.
type Bus interface {
	// Publish hands message to the other programs that listen to topic, and to nobody in this one.
	// It never waits: when there is no room the message is lost. The message is not changed after
	// the call.
	Publish(topic string, message []byte)
	// Subscribe has receive called, with one message after another, with what other programs
	// publish under topic, until stop is called; a call under way then may still end later. While
	// receive is busy a bounded amount waits for it and the rest is lost. Messages of one publisher
	// come in their order. The message belongs to receive.
	Subscribe(topic string, receive func(message []byte)) (stop func())
}

// people is the topic of hints about persons, which concern every room.
const people = "people"

func topicOf(document string) string { return "document." + document }

// MaxMessage is how many bytes a message of a hub has at most. A larger update is not sent: the
// others are told that there is something to read.
const MaxMessage = 512 << 10

// listen has the room hear of what other nodes do with its document. It does so before the document
// is loaded, so that nothing falls in between.
func (r *room) listen() (stop func()) {
	if r.hub.bus == nil {
		return func() {}
	}
	r.notices = make(chan notice, 16)
	r.nodes = map[string]time.Time{}
	r.afar = map[uint64]stranger{}
	return r.hub.bus.Subscribe(topicOf(r.document), func(message []byte) {
		n, err := decodeNotice(message)
		if err != nil {
			r.hub.logger.Warn("a message of another node cannot be read", "document", r.document, "error", err)
			return
		}
		if n.node == r.hub.node {
			return
		}
		select {
		case r.notices <- n: // while the room is busy the bus holds what it can
		case <-r.done:
		}
	})
}

// publish tells the other nodes.
func (r *room) publish(n notice) { r.hub.publish(topicOf(r.document), n) }

func (h *Hub) publish(topic string, n notice) {
	if h.bus == nil {
		return
	}
	n.node = h.node
	h.bus.Publish(topic, n.encode())
}

// beat says how far this node got. Who is behind reads on, and who hears no beat any more takes our
// carets off the page.
func (r *room) beat() {
	r.publish(notice{kind: noticeBeacon, epoch: r.head.Epoch, seq: r.head.Seq, rights: r.head.Rights})
	for node, heard := range r.nodes {
		if time.Since(heard) > r.hub.limits.Absence {
			r.forgetNode(node)
		}
	}
}

// noticed acts on what another node says.
func (r *room) noticed(n notice) {
	if r.ended || n.epoch != 0 && n.epoch < r.head.Epoch {
		return
	}
	r.nodes[n.node] = time.Now()
	switch n.kind {
	case noticeChanges:
		if n.epoch > r.head.Epoch {
			r.everyoneOut(otherEpoch)
			return
		}
		r.takeOver(n)
	case noticeBeacon:
		r.see(Head{Epoch: n.epoch, Seq: n.seq, Rights: n.rights}, true)
	case noticeLook:
		r.lookAgain()
	case noticeRecheck:
		r.recheck()
	case noticeCarets:
		r.hearAfar(n)
	case noticeWho:
		r.publishCarets(r.ownCarets())
	case noticeLeave:
		r.forgetNode(n.node)
	}
}

// maxEarly is how many messages are kept that came before our own answer from the log.
const maxEarly = 64

// takeOver applies what another node stored, in the order of the log. What is applied already is
// left out; when something lies in between it is read, unless it may be our own, whose number the
// log is about to tell.
func (r *room) takeOver(n notice) {
	next := r.head.Seq + 1
	if last := n.seq + int64(len(n.changes)) - 1; last < next {
		return
	}
	if n.seq > next {
		switch {
		case r.committing == nil:
			r.readOn()
		case len(r.early) < maxEarly: // otherwise the next beacon shows what is missing
			r.early = append(r.early, n)
		}
		return
	}
	changes := make([]change, 0, len(n.changes))
	for i, payload := range n.changes[next-n.seq:] {
		changes = append(changes, change{seq: next + int64(i), payload: payload})
	}
	if err := r.apply(changes); err != nil {
		// What is applied is right; the log knows the rest.
		r.logError("a change of another node cannot be applied", err)
		r.readOn()
	}
}

// takeEarly applies what came before our own answer from the log.
func (r *room) takeEarly() {
	early := r.early
	r.early = nil
	for _, n := range early {
		if r.ended {
			return
		}
		r.takeOver(n)
	}
}

// lookAgain compares the room with the log, without waiting for it.
func (r *room) lookAgain() {
	if r.looking {
		r.lookMore = true
		return
	}
	r.looking = true
	r.hub.rooms.Go(func() {
		ctx, cancel := r.patience()
		defer cancel()
		heads, err := r.hub.log.Heads(ctx, []string{r.document})
		r.tell(func() {
			r.looking = false
			if err == nil { // otherwise the watch says so
				head, there := heads[r.document]
				r.see(head, there)
			}
			if r.lookMore && !r.ended {
				r.lookMore = false
				r.lookAgain()
			}
		})
	})
}

// tellStored tells the other nodes what this one stored: the changes themselves as far as they fit,
// and otherwise that there is something to read.
func (r *room) tellStored(batch []write, seqs []int64) {
	if r.hub.bus == nil {
		return
	}
	n := notice{kind: noticeChanges, epoch: r.head.Epoch}
	size, tooLarge := perNotice, false
	flush := func() {
		if len(n.changes) > 0 {
			r.publish(n)
		}
		n.changes, size = nil, perNotice
	}
	for i, w := range batch {
		need := len(w.payload) + perChange
		if size+need > MaxMessage || seqs[i] != n.seq+int64(len(n.changes)) {
			flush()
			n.seq = seqs[i]
		}
		if size+need > MaxMessage {
			tooLarge = true
			continue
		}
		n.changes = append(n.changes, w.payload)
		size += need
	}
	flush()
	if tooLarge {
		r.publish(notice{kind: noticeLook})
	}
}
