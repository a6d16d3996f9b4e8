package crdt

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
)

// Doc is a document. The zero Doc is not usable; NewDoc makes one. A Doc is not safe for use by
// several goroutines at once, not even for reading: looking something up may cut items.
type Doc struct {
	items []item
	free  handle

	clients     []clientState
	clientIndex map[uint64]uint32
	clientHints [8]uint32 // places of clients that were looked up, by their last bits

	types      []ytype
	roots      []typeID
	rootIndex  map[uint32]typeID // by interned name, for documents with many roots
	entries    []mapEntry
	entryIndex map[uint64]uint32

	names     []string
	nameIndex map[string]uint32

	values     []storedValue
	valueArena []byte
	valueIndex map[string]valueRef

	redone map[itemID]itemID
	docs   []*SubDoc

	pending        *pendingStructs
	pendingDeletes []clockRange

	clientID uint64
	guid     string
	gc       bool
	gcFilter func(*Deleted) bool
	limits   Limits

	keepFormats bool

	stateSize int // bytes of the whole state when it was last read or written as v1, so that it can be written in one piece

	tx         *Tx   // the transaction that is being made
	cleanups   []*Tx // transactions waiting for their clean-up
	generation uint32

	stamps *stamps // borrowed while a transaction has conflicts to settle

	live *liveState // what only documents with listeners or positions need
}

// liveState is what a document needs only once somebody listens or asks for positions.
type liveState struct {
	updates    []*updateListener
	observers  map[typeID]*typeObservers
	after      []*afterListener
	subdocs    []*subdocsListener
	markers    map[typeID]*markers
	markerTime int
}

// Option changes how a document is made.
type Option func(*Doc)

// WithClientID sets the id under which local changes are made. Without it a random one is taken.
func WithClientID(id uint64) Option { return func(d *Doc) { d.clientID = id } }

// WithGC says whether deleted content is forgotten; it is, unless this option says no. Snapshots
// can only be restored from a document that forgets nothing.
func WithGC(on bool) Option { return func(d *Doc) { d.gc = on } }

// WithGUID names the document. Without it a random name is made when it is asked for.
func WithGUID(guid string) Option { return func(d *Doc) { d.guid = guid } }

// KeepFormats leaves the formats of texts as they come. Without it a received update that makes some
// superfluous takes them away here, as every other peer does, and so does deleting text with those in
// it. Somebody whose next change is still on its way may count on one of them, and what that change
// makes bold is then not bold.
func KeepFormats() Option { return func(d *Doc) { d.keepFormats = true } }

// WithLimits bounds the updates that the document takes.
func WithLimits(l Limits) Option { return func(d *Doc) { d.limits = l.orDefault() } }

// NewDoc makes an empty document.
func NewDoc(opts ...Option) *Doc {
	d := &Doc{gc: true, clientID: noClientID}
	for _, o := range opts {
		o(d)
	}
	if d.clientID == noClientID {
		d.clientID = randomClientID()
	}
	if d.limits.Bytes == 0 {
		d.limits = Limits{}.orDefault()
	}
	return d
}

const noClientID = ^uint64(0)

func randomClientID() uint64 {
	var b [4]byte
	rand.Read(b[:])
	return uint64(binary.LittleEndian.Uint32(b[:]))
}

// ClientID is the id under which local changes are made. It changes by itself when an update shows
// that another peer uses the same one.
func (d *Doc) ClientID() uint64 { return d.clientID }

// SetClientID changes the id for local changes from now on. Using an id that another peer uses at
// the same time damages both documents.
func (d *Doc) SetClientID(id uint64) { d.clientID = id }

// GUID is the name of the document.
func (d *Doc) GUID() string {
	if d.guid == "" {
		var b [16]byte
		rand.Read(b[:])
		b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
		h := hex.EncodeToString(b[:])
		d.guid = h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	}
	return d.guid
}

// GC says whether deleted content is forgotten.
func (d *Doc) GC() bool { return d.gc }

func (d *Doc) alive() *liveState {
	if d.live == nil {
		d.live = &liveState{observers: map[typeID]*typeObservers{}, markers: map[typeID]*markers{}}
	}
	return d.live
}
