package hub

import (
	"time"

	"samenwijk/realtime/protocol"
)

// hear takes over what a connection says of its own clients. A client id belongs to the connection
// that used it first; the same person may take it along to a new connection, because the old one
// may not know yet that it is dead. What is said of somebody else's client is ignored.
func (r *room) hear(s *Session, entries []protocol.Entry) {
	now := time.Now()
	for _, e := range entries {
		if owner := r.owners[e.Client]; owner != s {
			if e.State == nil || owner != nil && owner.member.User.ID != s.member.User.ID {
				continue
			}
			if len(s.clients) >= r.hub.limits.Clients {
				r.refuse(s, tooLarge)
				return
			}
			if owner != nil {
				delete(owner.clients, e.Client)
			}
			r.owners[e.Client] = s
			s.clients[e.Client] = true
		}
		if r.present.Set(e, now) {
			// The others hear of it soon, together with what else happens until then.
			if len(r.news) == 0 {
				r.newsTimer.Reset(r.hub.limits.Gather)
			}
			r.news[e.Client] = e
		}
	}
}

// spread sends the news to everybody. A client that hears its own news back ignores it, because
// the clock is not newer than its own.
func (r *room) spread() {
	entries := make([]protocol.Entry, 0, len(r.news))
	for _, e := range r.news {
		entries = append(entries, e)
	}
	clear(r.news)
	r.sendCarets(entries)
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
}

// removeSilent takes clients off the page that have not said anything for long; browsers repeat
// themselves every fifteen seconds.
func (r *room) removeSilent(now time.Time) {
	var gone []protocol.Entry
	for _, client := range r.present.SilentSince(now.Add(-r.hub.limits.Silence)) {
		delete(r.news, client)
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
