// Package livedoc keeps what people write together: for each document a log of updates that
// only grows. An update counts as saved when its row is committed, and nobody is shown it before.
// The package does not know what an update means; to it a payload is bytes.
//
// One committer for each database gathers what all documents want to store (see Run), because a
// commit costs the same for one row as for a thousand. The statement that numbers the rows also
// checks that the writer's right is still the one it was granted, so nothing is stored for
// somebody whose right was taken away a moment earlier.
package livedoc

import (
	"encoding/binary"
	"hash/crc32"
	"time"

	"samenwijk/domain/fault"
)

// ID identifies a live document.
type ID string

// Document is the head of a log: whose it is, and how far it got.
type Document struct {
	ID         ID `gorm:"primaryKey"`
	OwnerKind  string
	OwnerID    string
	Epoch      int64 // clients of another epoch never merge
	Seq        int64 // number of the last stored update, 0 for none
	Bytes      int64 // of the payloads of all updates up to Seq
	ACLVersion int64 `gorm:"column:acl_version"` // raised whenever somebody's right may have shrunk
	Schema     int64 // of the text within the document; an older client may only read
	CreatedAt  time.Time
}

func (Document) TableName() string { return "live_documents" }

// Update is one row of the log. Load also gives a snapshot as one: it stands for the updates First to
// Seq, its payload has the effect of them all, and Authors says who wrote what in them.
type Update struct {
	Document ID    `gorm:"primaryKey"`
	Epoch    int64 `gorm:"primaryKey"`
	Seq      int64 `gorm:"primaryKey"`
	Session  string
	Mark     int64
	Actor    string // id of the person, empty for the house itself
	Payload  []byte
	Checksum int64
	At       time.Time

	First   int64  `gorm:"-"` // Seq, except of a snapshot
	Authors []byte `gorm:"-"` // nil, except of a snapshot
}

func (Update) TableName() string { return "live_updates" }

// Record is one update to store. Session and Mark together name it within its document:
// storing the same pair again changes nothing and is answered with the number it already has.
type Record struct {
	Session string
	Mark    int64
	Actor   string
	Payload []byte
}

// Batch is what one document wants to store, in this order. Epoch and ACLVersion are those
// under which the writers were let in; when either has changed nothing of the batch is stored.
type Batch struct {
	Document   ID
	Epoch      int64
	ACLVersion int64
	Records    []Record
}

// What a caller has to tell apart. Each is compared with fault.Is by its code.
var (
	errNotFound = fault.NotFound("livedoc.not_found")
	errEpoch    = fault.Conflict("livedoc.epoch")
	errRight    = fault.Conflict("livedoc.right")
	errDamaged  = &fault.Fault{Code: "livedoc.damaged"}
	errStopped  = fault.Unavailable("livedoc.stopped")
	errFull     = fault.Unavailable("livedoc.busy")
)

// IsEpoch reports whether err says that the document went on in another epoch.
func IsEpoch(err error) bool { return fault.Is(err, fault.KindConflict, errEpoch.Code) }

// IsRight reports whether err says that rights changed since the writers were let in. Nothing
// was stored; after asking again who may write, the same batch can be offered with the new version.
func IsRight(err error) bool { return fault.Is(err, fault.KindConflict, errRight.Code) }

// IsDamaged reports whether err says that the log itself is not as it was written: a row is
// missing or its checksum is wrong.
func IsDamaged(err error) bool { return fault.Is(err, fault.KindInternal, errDamaged.Code) }

// IsGone reports whether err says that there is no such document, or not any more.
func IsGone(err error) bool { return fault.Is(err, fault.KindNotFound, errNotFound.Code) }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sum covers everything that says what the row is, so that a row in the wrong place is found too.
func (u *Update) sum() int64 {
	head := make([]byte, 0, 128)
	for _, text := range []string{string(u.Document), u.Session, u.Actor} {
		head = binary.AppendUvarint(head, uint64(len(text)))
		head = append(head, text...)
	}
	for _, n := range []int64{u.Epoch, u.Seq, u.Mark} {
		head = binary.AppendVarint(head, n)
	}
	return int64(crc32.Update(crc32.Checksum(head, castagnoli), castagnoli, u.Payload))
}
