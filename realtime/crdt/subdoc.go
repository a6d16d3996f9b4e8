package crdt

import (
	"slices"

	"samenwijk/realtime/lib0"
)

// SubDoc is a document nested in another one. Only its name and options travel with the outer
// document; what is in it is synchronised apart, by the name.
type SubDoc struct {
	guid    string
	options []byte // as they are written: a canonical Any object
	load    bool
}

// NewSubDoc makes a nested document, to be put into an Array or a Map.
func NewSubDoc(guid string, opts ...SubDocOption) *SubDoc {
	s := &SubDoc{guid: guid, load: true}
	var o subDocOptions
	for _, f := range opts {
		f(&o)
	}
	var fields Object
	if o.noGC {
		fields = append(fields, Field{Key: "gc", Value: false})
	}
	if o.autoLoad {
		fields = append(fields, Field{Key: "autoLoad", Value: true})
	}
	if o.meta != nil {
		fields = append(fields, Field{Key: "meta", Value: o.meta})
	}
	s.options = lib0.AppendAny(nil, fields)
	return s
}

// SubDocOption changes how a nested document is announced to other peers.
type SubDocOption func(*subDocOptions)

type subDocOptions struct {
	noGC, autoLoad bool
	meta           any
}

// SubDocAutoLoad asks peers to load the nested document at once.
func SubDocAutoLoad() SubDocOption { return func(o *subDocOptions) { o.autoLoad = true } }

// SubDocWithoutGC asks peers to keep what is deleted in the nested document.
func SubDocWithoutGC() SubDocOption { return func(o *subDocOptions) { o.noGC = true } }

// SubDocMeta adds a value for other peers to read.
func SubDocMeta(v any) SubDocOption { return func(o *subDocOptions) { o.meta = v } }

// GUID is the name of the nested document.
func (s *SubDoc) GUID() string { return s.guid }

// Options are the options as other peers see them: gc, autoLoad and meta, as far as they are set.
func (s *SubDoc) Options() map[string]any {
	m, _ := lib0.NewDecoder(s.options).Any().(map[string]any)
	return m
}

// ShouldLoad says whether somebody asked for the content.
func (s *SubDoc) ShouldLoad() bool { return s.load }

// SubDocs tells which nested documents came, went, or are asked for by a transaction.
type SubDocs struct{ Added, Removed, Loaded []*SubDoc }

type subdocsListener struct{ f func(SubDocs) }

// OnSubDocs calls f after every transaction that concerns nested documents, until cancel is called.
func (d *Doc) OnSubDocs(f func(SubDocs)) (cancel func()) {
	l := &subdocsListener{f}
	live := d.alive()
	live.subdocs = append(live.subdocs, l)
	return func() {
		live.subdocs = slices.DeleteFunc(live.subdocs, func(x *subdocsListener) bool { return x == l })
	}
}

// addSubDoc stores a nested document read from an update.
func (d *Doc) addSubDoc(guid string, options []byte) uint32 {
	s := &SubDoc{guid: guid, options: slices.Clone(options)}
	s.load = len(options) > 2 && s.Options()["autoLoad"] == true
	return d.addDoc(s)
}

func (d *Doc) addDoc(s *SubDoc) uint32 {
	d.docs = append(d.docs, s)
	return uint32(len(d.docs) - 1)
}

func (d *Doc) docAdded(tx *Tx, it *item) {
	s := d.docs[it.a]
	tx.docsAdded = append(tx.docsAdded, s)
	if s.load {
		tx.docsLoaded = append(tx.docsLoaded, s)
	}
}

func (d *Doc) docRemoved(tx *Tx, it *item) {
	s := d.docs[it.a]
	if i := slices.Index(tx.docsAdded, s); i >= 0 {
		tx.docsAdded = slices.Delete(tx.docsAdded, i, i+1)
		return
	}
	tx.docsRemoved = append(tx.docsRemoved, s)
}

func (d *Doc) updateSubDocs(tx *Tx) {
	if d.live == nil || len(tx.docsAdded)+len(tx.docsRemoved)+len(tx.docsLoaded) == 0 {
		return
	}
	for _, l := range slices.Clone(d.live.subdocs) {
		l.f(SubDocs{tx.docsAdded, tx.docsRemoved, tx.docsLoaded})
	}
}
