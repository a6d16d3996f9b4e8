package hub

import (
	"encoding/json"
	"slices"
	"time"

	"samenwijk/realtime/protocol"
)

// hear takes over what a connection says of its own clients. A client id belongs to the connection
// that used it first; the same person may take it along to a new connection, because the old one
// may not know yet that it is dead, on this node or on another. What is said of somebody else's client
// is ignored.
func (r *room) hear(s *Session, entries []protocol.Entry) {
	now := time.Now()
	for _, e := range entries {
		if owner := r.owners[e.Client]; owner != s {
			if e.State == nil || owner != nil && owner.member.User.ID != s.member.User.ID {
				continue
			}
			if other, there := r.afar[e.Client]; there && other.user != s.member.User.ID {
				continue
			}
			if len(s.clients) >= r.hub.limits.Clients {
				r.refuse(s, tooLarge)
				return
			}
			if owner != nil {
				delete(owner.clients, e.Client)
			}
			delete(r.afar, e.Client)
			r.owners[e.Client] = s
			if s.clients == nil {
				s.clients = map[uint64]bool{}
			}
			s.clients[e.Client] = true
		}
		if r.present.Set(e, now) {
			r.note(e)
		}
	}
}

// caretPerReader is what it may cost in time to tell one more reader of carets that move all the time.
const caretPerReader = 25 * time.Microsecond

// withText is how long a caret waits for the text it came with.
const withText = 50 * time.Millisecond

// note has the others hear of a caret. After a moment of rest they hear of it at once, otherwise soon,
// together with what else happens until then: the more there are to tell, the later. A caret that comes
// while text is being stored goes out with that text: before it, it could stand on a letter that nobody
// has yet, and browsers would not show it.
func (r *room) note(e protocol.Entry) {
	if len(r.news) == 0 {
		gather := max(r.hub.limits.Gather, time.Duration(len(r.sessions))*caretPerReader) - time.Since(r.spreadAt)
		if r.committing != nil || len(r.pending) > 0 {
			gather = max(gather, withText)
		}
		r.newsTimer.Reset(gather)
	}
	r.news[e.Client] = e
}

// spread sends the news to everybody. A client that hears its own news back ignores it, because
// the clock is not newer than its own.
func (r *room) spread() {
	r.newsTimer.Stop()
	r.spreadAt = time.Now()
	entries, own := make([]protocol.Entry, 0, len(r.news)), make([]protocol.Entry, 0, len(r.news))
	for client, e := range r.news {
		entries = append(entries, e)
		if r.owners[client] != nil {
			own = append(own, e)
		}
	}
	clear(r.news)
	r.sendCarets(entries)
	r.publishCarets(own)
}

func (r *room) sendCarets(entries []protocol.Entry) {
	if len(entries) == 0 || len(r.sessions) == 0 {
		return
	}
	frame := protocol.AppendAwareness(nil, protocol.EncodeAwareness(entries))
	now := r.text.stateVector()
	for s := range r.sessions {
		s.out.pushCarets(frame, now)
	}
}

// silence takes the clients of a session that left off the page.
func (r *room) silence(s *Session) {
	var gone []protocol.Entry
	for client := range s.clients {
		delete(r.owners, client)
		if e, there := r.present.Remove(client); there {
			gone = append(gone, e)
		} else if e, said := r.news[client]; said { // goodbye, which nobody has heard yet
			gone = append(gone, e)
		}
		delete(r.news, client)
	}
	clear(s.clients)
	r.sendCarets(gone)
	r.publishCarets(gone)
}

// removeSilent takes clients off the page that have not said anything for long; browsers repeat
// themselves every fifteen seconds.
func (r *room) removeSilent(now time.Time) {
	var gone []protocol.Entry
	for _, client := range r.present.SilentSince(now.Add(-r.hub.limits.Silence)) {
		delete(r.news, client)
		delete(r.afar, client)
		if e, there := r.present.Remove(client); there {
			gone = append(gone, e)
		}
	}
	r.sendCarets(gone)
}

// everybody returns the frame that says who is present.
func (r *room) everybody() []byte {
	return protocol.AppendAwareness(nil, protocol.EncodeAwareness(r.present.All()))
}

// stranger is a client that is connected to another node.
type stranger struct{ node, user string }

// hearAfar takes over what another node says of its clients, which wrote into it who they are. The
// same person may have gone from here to there, or from one node to another; anybody else's client
// is left alone.
func (r *room) hearAfar(n notice) {
	now := time.Now()
	for _, e := range n.carets {
		user := userIn(e.State)
		if owner := r.owners[e.Client]; owner != nil {
			if e.State == nil || user != owner.member.User.ID || r.present.Knows(e) {
				continue
			}
			delete(owner.clients, e.Client)
			delete(r.owners, e.Client)
		}
		other, there := r.afar[e.Client]
		if there && other.node != n.node && other.user != user || !there && len(r.afar) >= maxCarets {
			continue
		}
		if !r.present.Set(e, now) {
			continue
		}
		if e.State == nil {
			delete(r.afar, e.Client)
		} else {
			r.afar[e.Client] = stranger{n.node, user}
		}
		r.note(e)
	}
}

// userIn returns the id of the user that a node wrote into a state, empty when there is none.
func userIn(state []byte) string {
	var s struct {
		User struct {
			ID string `json:"id"`
		} `json:"user"`
	}
	if state == nil || json.Unmarshal(state, &s) != nil {
		return ""
	}
	return s.User.ID
}

// forgetNode takes the clients of a node that left, or is silent, off the page.
func (r *room) forgetNode(node string) {
	delete(r.nodes, node)
	var gone []protocol.Entry
	for client, other := range r.afar {
		if other.node != node {
			continue
		}
		delete(r.afar, client)
		delete(r.news, client)
		if e, there := r.present.Remove(client); there {
			gone = append(gone, e)
		}
	}
	r.sendCarets(gone)
}

// ownCarets are the clients that are connected here.
func (r *room) ownCarets() []protocol.Entry {
	return slices.DeleteFunc(r.present.All(), func(e protocol.Entry) bool { return r.owners[e.Client] == nil })
}

// publishCarets tells the other nodes of clients that are, or were, connected here.
func (r *room) publishCarets(entries []protocol.Entry) {
	for len(entries) > 0 && r.hub.bus != nil {
		n, size := 0, 0
		for n < len(entries) && n < maxCarets && (n == 0 || size+len(entries[n].State) < MaxMessage/2) {
			size += len(entries[n].State) + perCaret
			n++
		}
		r.publish(notice{kind: noticeCarets, carets: entries[:n]})
		entries = entries[n:]
	}
}

// perCaret is how many bytes stand around the state of a client, at most.
const perCaret = 32
