package crdt

import (
	"cmp"
	"slices"

	"samenwijk/realtime/lib0"
)

// Content is the kind of what a struct brings.
type Content uint8

// The kinds of content, as they are numbered on the wire.
const (
	ContentGC      = Content(kindGC)      // was collected: nothing is left but its ids
	ContentDeleted = Content(kindDeleted) // was deleted before it was written
	ContentJSON    = Content(kindJSON)    // values of a list or a map, in the oldest form
	ContentBinary  = Content(kindBinary)
	ContentString  = Content(kindString) // characters of a text
	ContentEmbed   = Content(kindEmbed)  // an object among the characters of a text
	ContentFormat  = Content(kindFormat) // where an attribute of a text begins or ends
	ContentType    = Content(kindType)   // a shared type inside another
	ContentAny     = Content(kindAny)    // values of a list or a map
	ContentDoc     = Content(kindDoc)    // a document inside another
)

// Struct is one struct of an update, as far as it can be told before anything is known of the document
// that it is for. Most structs name a neighbour instead of a parent, and stand wherever that stands.
type Struct struct {
	Content Content
	Placed  bool   // it names its parent: the root Root, or an item when Root is nil
	Root    []byte // valid during the call only, as are Key and Attribute
	Keyed   bool   // it names the key Key of its parent
	Key     []byte

	Attribute []byte // of ContentFormat: its name

	values []byte // of the kinds that have any
	count  int
}

// Values calls see with each value that the struct brings, with objects as Object, until see returns an
// error, which it then returns: those of ContentJSON and ContentAny, and the one of ContentEmbed and of
// ContentFormat.
func (s *Struct) Values(see func(any) error) error {
	d := lib0.NewDecoder(s.values)
	for range s.count {
		var v any
		switch s.Content {
		case ContentAny:
			v = d.Tree()
		case ContentJSON:
			if text := d.Bytes(); string(text) == "undefined" {
				v = Undefined{}
			} else {
				v, _ = lib0.ParseJSON(text) // it was checked
			}
		default:
			v, _ = lib0.ParseJSON(s.values)
		}
		if err := see(v); err != nil {
			return err
		}
	}
	return nil
}

// EachStruct calls see with every struct of a v1 update but those that only say that something is
// missing, until see returns an error, which it then returns. It builds no document. An update that
// no document would take for its form or for limits is an error, and see has not been called then. So is
// one in which the clients do not come highest first, as all peers write them: alone a document takes it,
// but merged with others it would lose some of itself, here as in yjs.
func EachStruct(update []byte, limits Limits, see func(*Struct) error) error {
	var s Struct
	if k, ok := parseKeystroke(update); ok && len(update) <= limits.Bytes {
		if k.text == nil {
			return nil
		}
		if k.oClient == k.client && k.oClock >= k.clock || k.hasRight && k.rClient == k.client && k.rClock >= k.clock {
			return errBuildsOnItself(0)
		}
		s.Content = ContentString
		return see(&s)
	}
	r := newReader(limits.orDefault())
	defer r.release()
	u, err := r.readUpdate(update, false)
	if err != nil {
		return err
	}
	if err := u.check(); err != nil {
		return err
	}
	if !slices.IsSortedFunc(u.refs, highestFirst) {
		return &lib0.Error{Kind: ErrMalformed, At: 0, What: "clients out of order"}
	}
	for i := range u.refs {
		ref := &u.refs[i]
		if ref.kind() == kindSkip {
			continue
		}
		u.describe(ref, &s)
		if err := see(&s); err != nil {
			return err
		}
	}
	return nil
}

func highestFirst(a, b structRef) int { return cmp.Compare(b.client, a.client) }

func (u *update) describe(ref *structRef, s *Struct) {
	*s = Struct{Content: Content(ref.kind())}
	if ref.hasParent() {
		s.Placed, s.Keyed = true, ref.hasSub()
		if ref.flags&refName != 0 {
			s.Root = u.bytes(ref.name)
		}
		if s.Keyed {
			s.Key = u.bytes(ref.sub)
		}
	}
	switch ref.kind() {
	case kindFormat:
		s.Attribute = u.bytes(ref.key)
		s.values, s.count = u.bytes(ref.data), 1
	case kindEmbed:
		s.values, s.count = u.bytes(ref.data), 1
	case kindAny, kindJSON:
		s.values, s.count = u.bytes(ref.data), int(ref.length)
	}
}

// CountEmbeds counts the objects that stand among the characters of texts and are not deleted. It goes
// over all of the document.
func (d *Doc) CountEmbeds() int {
	n := 0
	for i := range d.items {
		if it := &d.items[i]; it.kind == kindEmbed && it.visible() {
			n++
		}
	}
	return n
}

// EachRoot calls each with the names of the root types that the document has heard of from number
// from on, in that order, and returns how many there are.
func (d *Doc) EachRoot(from int, each func(name string)) int {
	for ; from < len(d.roots); from++ {
		each(d.names[d.types[d.roots[from]].name])
	}
	return len(d.roots)
}
