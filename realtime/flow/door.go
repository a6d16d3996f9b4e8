package flow

import (
	"fmt"

	"samenwijk/realtime/crdt"
)

// Door says which updates may be stored in a document of flows: those that every reader can show. What
// it lets in may still be nonsense, such as a box of which nobody knows the kind; readers know what to
// make of that. A Door holds nothing of any document and is never changed.
type Door struct {
	Model  Model
	Limits Limits
}

// Claim is what of an update must be judged by the document it is for: the roots that it names, and
// how many embeds it brings.
type Claim struct {
	roots  []string
	embeds int
}

// Look judges an update by itself, within limits of the engine. It returns what is left for Ledger.Admit,
// nil when that is nothing, as for whoever types. The error is ErrVersion, ErrRefused, or of the engine
// when no document could take the update.
func (d *Door) Look(update []byte, limits crdt.Limits) (*Claim, error) {
	var claim *Claim
	var refused error
	err := crdt.EachStruct(update, limits, func(s *crdt.Struct) error {
		if s.Placed && string(s.Root) == old {
			return fmt.Errorf("%w: the root %s", ErrVersion, old) // whatever else there is
		}
		if refused != nil {
			return nil
		}
		root := Foreign
		if s.Placed {
			root = d.Model.Root(string(s.Root))
		}
		if refused = d.judge(s, root); refused != nil {
			return nil
		}
		named := s.Placed && root != Values
		if !named && s.Content != crdt.ContentEmbed {
			return nil
		}
		if claim == nil {
			claim = &Claim{}
		}
		if s.Content == crdt.ContentEmbed {
			claim.embeds++
		}
		if n := len(claim.roots); named && (n == 0 || claim.roots[n-1] != string(s.Root)) {
			claim.roots = append(claim.roots, string(s.Root))
		}
		return nil
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return nil, err
	}
	return claim, nil
}

// judge is about one struct. One that names no parent stands wherever its neighbour does, and readers
// pass over what does not belong there.
func (d *Door) judge(s *crdt.Struct, root Root) error {
	switch s.Content {
	case crdt.ContentType:
		return fmt.Errorf("%w: a shared type inside another", ErrRefused)
	case crdt.ContentBinary:
		return fmt.Errorf("%w: bytes", ErrRefused)
	case crdt.ContentDoc:
		return fmt.Errorf("%w: a document inside another", ErrRefused)
	}
	if len(s.Attribute) > d.Limits.Bytes || len(s.Key) > d.Limits.Bytes || len(s.Root) > d.Limits.Bytes {
		return fmt.Errorf("%w: a name of more than %d bytes", ErrRefused, d.Limits.Bytes)
	}
	if err := s.Values(d.Limits.Value); err != nil {
		return err
	}
	if !s.Placed {
		return nil
	}
	if s.Root == nil {
		return fmt.Errorf("%w: content of a shared type inside another", ErrRefused)
	}
	gone := s.Content == crdt.ContentGC || s.Content == crdt.ContentDeleted
	value := s.Content == crdt.ContentAny || s.Content == crdt.ContentJSON
	switch {
	case root == Misnamed:
		return fmt.Errorf("%w: a root called %.80q", ErrRefused, s.Root)
	case root == Values && !gone && (!s.Keyed || !value):
		return fmt.Errorf("%w: a list or a text in the map %s", ErrRefused, s.Root)
	case root == Flow && !gone && (s.Keyed || value):
		return fmt.Errorf("%w: a map or a list in the text %s", ErrRefused, s.Root)
	}
	return nil
}

// Ledger counts what a document has, with what the door let in that the document does not show yet. The
// zero Ledger is that of any document. It belongs to one goroutine, as the document does.
type Ledger struct {
	names         map[string]Root
	heard         int // roots of the document that were noted
	flows, others int
	embeds        int // at least as many as there are
	certain       int // how many there were when they were counted last
	counted       bool
}

// recount is how many embeds are let in before they are counted again: another door may have let in some.
const recount = 1000

// Admit judges by the document what Look has left, and counts it from then on as being there. The error
// is ErrRefused.
func (l *Ledger) Admit(d *Door, doc *crdt.Doc, claim *Claim) error {
	l.heard = doc.EachRoot(l.heard, func(name string) { l.note(d, name) })
	fresh := map[string]bool{}
	flows, others := l.flows, l.others
	for _, name := range claim.roots {
		if _, known := l.names[name]; known || fresh[name] {
			continue
		}
		fresh[name] = true
		if d.Model.Root(name) == Flow {
			flows++
		} else {
			others++
		}
	}
	switch {
	case flows > l.flows && flows > d.Limits.Flows:
		return fmt.Errorf("%w: more than %d texts", ErrRefused, d.Limits.Flows)
	case others > l.others && others > d.Limits.Names:
		return fmt.Errorf("%w: more than %d names that are not ours", ErrRefused, d.Limits.Names)
	}
	if claim.embeds > 0 {
		if !l.counted || l.embeds+claim.embeds > d.Limits.Embeds || l.embeds-l.certain > recount {
			l.certain = doc.CountEmbeds()
			l.embeds, l.counted = l.certain, true
		}
		if l.embeds+claim.embeds > d.Limits.Embeds {
			return fmt.Errorf("%w: more than %d paragraphs and references", ErrRefused, d.Limits.Embeds)
		}
		l.embeds += claim.embeds
	}
	for name := range fresh {
		l.note(d, name)
	}
	return nil
}

func (l *Ledger) note(d *Door, name string) {
	if _, known := l.names[name]; known {
		return
	}
	root := d.Model.Root(name)
	switch root {
	case Flow:
		l.flows++
	case Foreign:
		l.others++
	}
	if l.names == nil {
		l.names = map[string]Root{}
	}
	l.names[name] = root
}
