package flow

import (
	"fmt"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/lib0"
)

// Door says which updates may be stored in a document of flows: those that every reader can show. What
// it lets in may still be nonsense, such as a box of which nobody knows the kind; readers know what to
// make of that. A Door holds nothing of any document and is never changed.
type Door struct {
	Model  Model
	Limits Limits
}

// Claim is what of an update must be judged by the document it is for: the roots that it names, how many
// embeds it brings, and what it does to tables.
type Claim struct {
	roots  []string
	embeds int
	axes   []string // keys of the map of tables
	tables []string // ids of tables to which it brings a reference
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
		var standing string
		if standing, refused = d.judge(s, root); refused != nil {
			return nil
		}
		named := s.Placed && root != Values
		axis := s.Placed && s.Keyed && string(s.Root) == tables && (s.Content == crdt.ContentAny || s.Content == crdt.ContentJSON)
		if !named && !axis && s.Content != crdt.ContentEmbed {
			return nil
		}
		if claim == nil {
			claim = &Claim{}
		}
		if s.Content == crdt.ContentEmbed {
			claim.embeds++
		}
		if standing != "" {
			claim.tables = append(claim.tables, standing)
		}
		if axis {
			claim.axes = append(claim.axes, string(s.Key))
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
// pass over what does not belong there. When it is a reference to a table its id is returned.
func (d *Door) judge(s *crdt.Struct, root Root) (standing string, err error) {
	switch s.Content {
	case crdt.ContentType:
		return "", fmt.Errorf("%w: a shared type inside another", ErrRefused)
	case crdt.ContentBinary:
		return "", fmt.Errorf("%w: bytes", ErrRefused)
	case crdt.ContentDoc:
		return "", fmt.Errorf("%w: a document inside another", ErrRefused)
	}
	if len(s.Attribute) > d.Limits.Bytes || len(s.Key) > d.Limits.Bytes || len(s.Root) > d.Limits.Bytes {
		return "", fmt.Errorf("%w: a name of more than %d bytes", ErrRefused, d.Limits.Bytes)
	}
	see := func(v any) error {
		if s.Content == crdt.ContentEmbed {
			standing = tableOf(v)
		}
		return d.Limits.Value(v)
	}
	if err := s.Values(see); err != nil {
		return "", err
	}
	if !s.Placed {
		return standing, nil
	}
	if s.Root == nil {
		return "", fmt.Errorf("%w: content of a shared type inside another", ErrRefused)
	}
	gone := s.Content == crdt.ContentGC || s.Content == crdt.ContentDeleted
	value := s.Content == crdt.ContentAny || s.Content == crdt.ContentJSON
	switch {
	case root == Misnamed:
		return "", fmt.Errorf("%w: a root called %.80q", ErrRefused, s.Root)
	case root == Values && !gone && (!s.Keyed || !value):
		return "", fmt.Errorf("%w: a list or a text in the map %s", ErrRefused, s.Root)
	case root == Flow && !gone && (s.Keyed || value):
		return "", fmt.Errorf("%w: a map or a list in the text %s", ErrRefused, s.Root)
	}
	return standing, nil
}

// tableOf returns the id of the table that an embed, as crdt.Struct gives it, refers to.
func tableOf(embed any) string {
	object, _ := embed.(lib0.Object)
	if len(object) != 2 {
		return ""
	}
	for _, f := range object {
		if id, _ := f.Value.(string); f.Key == table && isID(id) {
			return id
		}
	}
	return ""
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
	tables        extents // what the map of tables holds, or more; nil until a table changes
	cells         int     // of all these
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
	if err := l.admitTables(d, doc, claim); err != nil {
		return err
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
