package protocol

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"samenwijk/realtime/lib0"
)

// Entry is what one client says of itself. State is a JSON object, nil when the client is gone.
type Entry struct {
	Client uint64
	Clock  uint64 // grows with each change of State
	State  []byte
}

// maxEntries is how many clients one awareness update of a connection can speak of.
const maxEntries = 16

var gone = []byte("null")

// DecodeAwareness reads an awareness update of a connection. The states are copies.
func DecodeAwareness(body []byte) ([]Entry, error) { return DecodeCrowd(body, maxEntries) }

// DecodeCrowd reads an awareness update that speaks of at most so many clients. The states are
// copies.
func DecodeCrowd(body []byte, most int) ([]Entry, error) {
	d := lib0.NewDecoder(body)
	n := d.Count(3)
	if n > most {
		return nil, fmt.Errorf("awareness of %d clients: %w", n, ErrTooLarge)
	}
	entries := make([]Entry, 0, n)
	for range n {
		e := Entry{Client: d.VarUint(), Clock: d.VarUint()}
		state := d.String()
		if err := d.Err(); err != nil {
			return nil, err
		}
		if !bytes.Equal(state, gone) {
			e.State = bytes.Clone(state)
		}
		entries = append(entries, e)
	}
	if d.Err() == nil && d.Rest() > 0 {
		d.Fail(ErrMalformed, "bytes after the awareness update")
	}
	return entries, d.Err()
}

// EncodeAwareness returns the awareness update of entries.
func EncodeAwareness(entries []Entry) []byte {
	size := 9
	for i := range entries {
		size += 27 + len(entries[i].State)
	}
	b := lib0.AppendVarUint(make([]byte, 0, size), uint64(len(entries)))
	for i := range entries {
		e := &entries[i]
		b = lib0.AppendVarUint(b, e.Client)
		b = lib0.AppendVarUint(b, e.Clock)
		if e.State == nil {
			b = lib0.AppendBytes(b, gone)
		} else {
			b = lib0.AppendBytes(b, e.State)
		}
	}
	return b
}

// Identify returns state with its field "user" replaced by user, whatever the client claims there.
// A state that is not a JSON object is refused.
func Identify(state []byte, user json.RawMessage) ([]byte, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(state, &fields); err != nil || fields == nil {
		return nil, fmt.Errorf("awareness state is not an object: %w", ErrMalformed)
	}
	fields["user"] = user
	written, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("awareness state: %w: %w", err, ErrMalformed)
	}
	return written, nil
}

// Present holds what each client of a document last said of itself. The zero value is empty.
type Present struct {
	clients map[uint64]said
}

type said struct {
	clock uint64
	state []byte
	at    time.Time
}

// Set takes over what a client says and reports whether others should hear of it. Older news than
// what is known is ignored, as every Yjs client does.
func (p *Present) Set(e Entry, now time.Time) bool {
	known, there := p.clients[e.Client]
	newer := !there || e.Clock > known.clock
	if e.State == nil {
		if !there || e.Clock < known.clock {
			return false
		}
		delete(p.clients, e.Client)
		return true
	}
	if !newer {
		return false
	}
	if p.clients == nil {
		p.clients = map[uint64]said{}
	}
	p.clients[e.Client] = said{e.Clock, e.State, now}
	return true
}

// Knows reports whether what is known of a client is as new as e.
func (p *Present) Knows(e Entry) bool {
	known, there := p.clients[e.Client]
	return there && known.clock >= e.Clock
}

// Remove forgets a client and returns the entry that tells the others, if it was there.
func (p *Present) Remove(client uint64) (Entry, bool) {
	known, there := p.clients[client]
	delete(p.clients, client)
	// The same clock without a state counts as news, and leaves the client free to come back.
	return Entry{Client: client, Clock: known.clock}, there
}

// All returns what everybody last said, by client.
func (p *Present) All() []Entry {
	all := make([]Entry, 0, len(p.clients))
	for client, known := range p.clients {
		all = append(all, Entry{client, known.clock, known.state})
	}
	slices.SortFunc(all, func(a, b Entry) int { return cmp.Compare(a.Client, b.Client) })
	return all
}

// SilentSince returns the clients that said nothing after t.
func (p *Present) SilentSince(t time.Time) []uint64 {
	var silent []uint64
	for client, known := range p.clients {
		if !known.at.After(t) {
			silent = append(silent, client)
		}
	}
	slices.Sort(silent)
	return silent
}
