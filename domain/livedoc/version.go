package livedoc

import (
	"bytes"
	"cmp"
	"compress/flate"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"samenwijk/domain/database"
	"samenwijk/domain/fault"
)

// VersionID identifies a version.
type VersionID string

// VersionKind is why a version is there.
type VersionKind string

const (
	Automatic     VersionKind = "automatic"      // made by the house after people wrote
	Named         VersionKind = "named"          // somebody gave the text a name
	BeforeRestore VersionKind = "before_restore" // what stood there until somebody restored a version
	Restored      VersionKind = "restored"       // the text right after that
	Converted     VersionKind = "converted"      // the last text of an epoch, from before it was written in another way
)

// Version is a text as it was: a full state of the log up to Seq. A list holds versions without
// their state.
type Version struct {
	ID       VersionID `gorm:"primaryKey"`
	Document ID
	Epoch    int64
	Seq      int64
	Kind     VersionKind
	Name     string    // empty when nobody gave it one; a version with a name stays
	Source   VersionID // of Restored and BeforeRestore: the version that came back
	Actor    string    // id of who made, named or restored it; empty for the house
	Writers  string    // ids of who wrote since the version before, with a space between them
	FormKey  string    // names what asked for it: asking twice makes one
	At       time.Time // of Automatic: when the last writing in it was stored
	Packed   bool      // State is compressed
	Size     int64     // bytes of the state when it is not
	State    []byte
	Checksum int64
}

// TableName tells gorm where versions lie.
func (Version) TableName() string { return "live_versions" }

// OlderThan reports whether v comes before o in the order in which a document was written. Of two of the
// same moment in the text the one that was made first is older.
func (v Version) OlderThan(o Version) bool {
	return cmp.Or(cmp.Compare(v.Epoch, o.Epoch), cmp.Compare(v.Seq, o.Seq), v.At.Compare(o.At), cmp.Compare(v.ID, o.ID)) < 0
}

// WrittenBy returns the ids of who wrote since the version before.
func (v Version) WrittenBy() []string { return strings.Fields(v.Writers) }

var errVersionDamaged = &fault.Fault{Code: "livedoc.version.damaged"}

// IsVersionDamaged reports whether err says that a version is not as it was written. The other
// versions and the document itself are not touched by that.
func IsVersionDamaged(err error) bool {
	return fault.Is(err, fault.KindInternal, errVersionDamaged.Code)
}

const (
	maxVersionName = 100 // characters
	// maxNamed bounds what one document keeps for ever.
	maxNamed = 500
)

// versionName returns a name as it is kept: one line, without space around it.
func versionName(raw string) (string, *fault.Fault) {
	name := strings.Join(strings.Fields(raw), " ")
	switch {
	case fault.Blank(name):
		return "", fault.Invalid("livedoc.version.name_missing").At("name")
	case utf8.RuneCountInString(name) > maxVersionName:
		return "", fault.Invalid("livedoc.version.name_too_long", "Max", maxVersionName).At("name")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return "", fault.Invalid("livedoc.version.name_unreadable").At("name")
	}
	return name, nil
}

// seal packs a state where that saves room, and sets the checksum.
func (v *Version) seal(state []byte) error {
	v.Size, v.Packed, v.State = int64(len(state)), false, state
	if state == nil {
		v.State = []byte{}
	}
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.DefaultCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(state); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if packed.Len() < len(state)*9/10 {
		v.Packed, v.State = true, packed.Bytes()
	}
	v.Checksum = v.sum()
	return nil
}

// sum covers which text it is and the text; who named it and how may change.
func (v *Version) sum() int64 {
	head := make([]byte, 0, 128)
	for _, text := range []string{string(v.ID), string(v.Document)} {
		head = binary.AppendUvarint(head, uint64(len(text)))
		head = append(head, text...)
	}
	for _, n := range []int64{v.Epoch, v.Seq, v.Size} {
		head = binary.AppendVarint(head, n)
	}
	if v.Packed {
		head = append(head, 1)
	}
	return int64(crc32.Update(crc32.Checksum(head, castagnoli), castagnoli, v.State))
}

// open replaces the stored state by the state, or finds that it is not the one that was stored.
func (v *Version) open() error {
	damaged := func(why string) error {
		return errVersionDamaged.Because(fmt.Errorf("version %s of document %s %s", v.ID, v.Document, why))
	}
	if v.sum() != v.Checksum {
		return damaged("has another checksum than was stored")
	}
	if !v.Packed {
		if int64(len(v.State)) != v.Size {
			return damaged("has another length than was stored")
		}
		return nil
	}
	state, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(v.State)), v.Size+1))
	if err != nil || int64(len(state)) != v.Size {
		return damaged("cannot be unpacked")
	}
	v.State, v.Packed, v.Checksum = state, false, 0
	return nil
}

// KeepVersion stores a version; State is the state itself and belongs to the log from here on. ID
// and At are set when they are empty, Writers always, and of Named the name is checked. A version
// that the same FormKey made before is returned as it is, whatever v says; but Named under another name is a conflict.
func (l *Log) KeepVersion(ctx context.Context, v Version) (Version, error) {
	if v.Kind == Named {
		name, mistake := versionName(v.Name)
		if mistake != nil {
			return Version{}, mistake
		}
		v.Name = name
	}
	if v.ID == "" {
		v.ID = VersionID(database.NewID())
	}
	if v.FormKey == "" {
		v.FormKey = string(v.ID)
	}
	if err := v.seal(v.State); err != nil {
		return Version{}, fmt.Errorf("pack a version of %s: %w", v.Document, err)
	}
	err := l.db.InTx(ctx, func(tx *database.Tx) (err error) {
		if _, err := documentByID(tx, v.Document); err != nil {
			return err
		}
		v, err = keepVersion(tx, v)
		return err
	})
	return v, err
}

// keepVersion stores a version that is sealed, unless the same form made one before: it returns what is there.
func keepVersion(tx *database.Tx, v Version) (Version, error) {
	before, known, err := versionOfForm(tx, v.Document, v.FormKey)
	if err == nil && known && v.Kind == Named && before.Name != v.Name {
		return before, fault.SentBefore()
	}
	if err != nil || known {
		return before, err
	}
	if v.Kind == Named {
		if err := roomForNamed(tx, v.Document); err != nil {
			return v, err
		}
	}
	if err := v.sinceBefore(tx); err != nil {
		return v, err
	}
	added, err := insertVersion(tx, v)
	if err == nil && !added { // another one came first
		v, _, err = versionOfForm(tx, v.Document, v.FormKey)
	}
	return v, err
}

// sinceBefore finds who wrote since the version before, and when the last writing was.
func (v *Version) sinceBefore(tx *database.Tx) error {
	before, err := newestVersion(tx, v.Document, v.Epoch, v.Seq, v.ID)
	if err != nil {
		return err
	}
	writers, err := writersBetween(tx, v.Document, v.Epoch, before.Seq, v.Seq)
	if err != nil {
		return err
	}
	v.Writers = joinWriters(writers)
	if v.At.IsZero() && v.Kind == Automatic {
		if v.At, err = writtenAt(tx, v.Document, v.Epoch, v.Seq); err != nil {
			return err
		}
	}
	if v.At.IsZero() {
		v.At = database.Now()
	}
	return nil
}

func roomForNamed(tx *database.Tx, id ID) error {
	n, err := countNamed(tx, id)
	if err == nil && n >= maxNamed {
		return fault.TooMuch("livedoc.version.too_many", "Max", maxNamed)
	}
	return err
}

// CountNamed returns how many versions of a document have a name.
func (l *Log) CountNamed(ctx context.Context, id ID) (n int, err error) {
	err = l.db.Read(ctx, func(tx *database.Tx) error {
		n, err = countNamed(tx, id)
		return err
	})
	return n, err
}

// CorrectVersion puts another state and number in a version that was just kept, for when more was
// written before the moment it stands for than was known.
func (l *Log) CorrectVersion(ctx context.Context, v Version) error {
	if err := v.seal(v.State); err != nil {
		return fmt.Errorf("pack version %s: %w", v.ID, err)
	}
	return l.db.InTx(ctx, func(tx *database.Tx) error {
		if err := v.sinceBefore(tx); err != nil {
			return err
		}
		return updateVersionState(tx, v)
	})
}

// VersionPage is how many versions one page of a list holds.
const VersionPage = 20

// Versions returns one page, counted from 1, of the versions of a document, newest first and without
// their states, and how many there are in all.
func (l *Log) Versions(ctx context.Context, id ID, page int) ([]Version, int, error) {
	var versions []Version
	var n int
	err := l.db.Read(ctx, func(tx *database.Tx) (err error) {
		if versions, err = versionsOf(tx, id, max(page-1, 0)*VersionPage, VersionPage); err != nil {
			return err
		}
		n, err = countVersions(tx, id)
		return err
	})
	return versions, n, err
}

// Version returns one version of a document with its state, which was checked: see IsVersionDamaged.
func (l *Log) Version(ctx context.Context, id ID, version VersionID) (Version, error) {
	var v Version
	err := l.db.Read(ctx, func(tx *database.Tx) (err error) {
		v, err = versionByID(tx, id, version)
		return err
	})
	if err != nil {
		return Version{}, err
	}
	return v, v.open()
}

// Headline is Version without its state, which may be damaged.
func (l *Log) Headline(ctx context.Context, id ID, version VersionID) (Version, error) {
	var v Version
	err := l.db.Read(ctx, func(tx *database.Tx) (err error) {
		v, err = headlineByID(tx, id, version)
		return err
	})
	return v, err
}

// Headlines is Headline for several versions: those that are there, by their ids.
func (l *Log) Headlines(ctx context.Context, id ID, versions []VersionID) (map[VersionID]Version, error) {
	found := map[VersionID]Version{}
	if len(versions) == 0 {
		return found, nil
	}
	err := l.db.Read(ctx, func(tx *database.Tx) error {
		some, err := headlinesByID(tx, id, versions)
		for _, v := range some {
			found[v.ID] = v
		}
		return err
	})
	return found, err
}

// VersionOfForm returns, without its state, the version that a form made, and whether it did.
func (l *Log) VersionOfForm(ctx context.Context, id ID, key string) (v Version, known bool, err error) {
	err = l.db.Read(ctx, func(tx *database.Tx) (err error) {
		v, known, err = versionOfForm(tx, id, key)
		return err
	})
	return v, known, err
}

// Before returns, without its state, the version before one in a list, and whether there is one.
func (l *Log) Before(ctx context.Context, v Version) (before Version, known bool, err error) {
	err = l.db.Read(ctx, func(tx *database.Tx) (err error) {
		before, known, err = versionBefore(tx, v)
		return err
	})
	return before, known, err
}

// VersionsSince returns, without their states, the versions of a kind that were made since a moment.
func (l *Log) VersionsSince(ctx context.Context, kind VersionKind, since time.Time) (versions []Version, err error) {
	err = l.db.Read(ctx, func(tx *database.Tx) (err error) {
		versions, err = recentVersions(tx, kind, since)
		return err
	})
	return versions, err
}

// NameVersion gives a version a name, unless it has another one than was; nil is any. It then stays for good.
func (l *Log) NameVersion(ctx context.Context, id ID, version VersionID, was *string, name, actor string) error {
	name, mistake := versionName(name)
	if mistake != nil {
		return mistake
	}
	return l.db.InTx(ctx, func(tx *database.Tx) error {
		v, err := headlineByID(tx, id, version)
		if err != nil {
			return err
		}
		switch {
		case v.Name == name && v.Kind != Automatic:
			return fault.Unchanged()
		case was != nil && *was != v.Name:
			return fault.Overtaken().At("name")
		}
		if v.Name == "" {
			if err := roomForNamed(tx, id); err != nil {
				return err
			}
		}
		if v.Kind == Automatic || v.Kind == Named {
			v.Kind, v.Actor = Named, actor
		}
		v.Name = name
		return updateVersionName(tx, v)
	})
}

// SeqOf returns the number under which a record was stored, 0 when it was not.
func (l *Log) SeqOf(ctx context.Context, id ID, session string, mark int64) (seq int64, err error) {
	err = l.db.Read(ctx, func(tx *database.Tx) (err error) {
		seq, err = storedMark(tx, id, session, mark)
		return err
	})
	return seq, err
}

// A document gets a version once it was quiet for so long, or was written in for so long without one.
const (
	quietFor   = 10 * time.Minute
	writtenFor = time.Hour
)

// Unversioned returns the documents after a given one, in the order of their ids and at most limit,
// that are due for an automatic version.
func (l *Log) Unversioned(ctx context.Context, now time.Time, after ID, limit int) ([]Document, error) {
	var docs []Document
	err := l.db.Read(ctx, func(tx *database.Tx) (err error) {
		docs, err = unversionedDocuments(tx, now.Add(-quietFor), now.Add(-writtenFor), after, limit)
		return err
	})
	return docs, err
}

// Of the versions nobody named, all are kept for a week and then the last of each day; after three
// months the last of each month. What stood there before a restore and after it is kept whole until then.
const (
	AllVersionsFor   = 7 * 24 * time.Hour
	DailyVersionsFor = 90 * 24 * time.Hour
)

// thin says which versions go. They are of one document, oldest first.
func thin(versions []Version, now time.Time) (gone []Version) {
	taken := map[string]bool{}
	for _, v := range slices.Backward(versions) {
		if v.Name != "" || v.Kind == Converted {
			continue
		}
		var drawer string // which holds one version
		switch age := now.Sub(v.At); {
		case age < AllVersionsFor || v.Kind != Automatic && age < DailyVersionsFor:
			continue
		case age < DailyVersionsFor:
			drawer = v.At.UTC().Format(time.DateOnly)
		default:
			drawer = v.At.UTC().Format("2006-01")
		}
		if taken[drawer] {
			gone = append(gone, v)
		}
		taken[drawer] = true
	}
	return gone
}

// heirs moves the writers of what goes to the next version that stays, and returns those that changed.
func heirs(versions, gone []Version) []Version {
	var changed []Version
	var left []string
	for _, v := range versions {
		if slices.ContainsFunc(gone, func(g Version) bool { return g.ID == v.ID }) {
			left = append(left, v.WrittenBy()...)
			continue
		}
		if len(left) > 0 {
			v.Writers = joinWriters(append(left, v.WrittenBy()...))
			changed, left = append(changed, v), nil
		}
	}
	return changed
}

// joinWriters returns ids the way Version keeps them, each once and in the order of the first time.
func joinWriters(ids []string) string {
	var once []string
	for _, id := range ids {
		if id != "" && !slices.Contains(once, id) {
			once = append(once, id)
		}
	}
	return strings.Join(once, " ")
}

// thinAtOnce is how many documents one transaction of Thin looks at, and mostVersions how many
// versions of one document: the rest comes the next time.
const (
	thinAtOnce   = 50
	mostVersions = 5000
)

// Thin lets go of versions that nobody named and that are too near to each other for their age, and
// returns how many went.
func (l *Log) Thin(ctx context.Context, now time.Time) (int, error) {
	count, after := 0, ID("")
	for {
		var ids []ID
		err := l.db.InTx(ctx, func(tx *database.Tx) (err error) {
			if ids, err = documentsToThin(tx, now.Add(-AllVersionsFor), after, thinAtOnce); err != nil {
				return err
			}
			for _, id := range ids {
				n, err := thinDocument(tx, id, now)
				if err != nil {
					return err
				}
				count += n
			}
			return nil
		})
		if err != nil || len(ids) < thinAtOnce {
			return count, err
		}
		after = ids[len(ids)-1]
	}
}

func thinDocument(tx *database.Tx, id ID, now time.Time) (int, error) {
	versions, err := versionsOldestFirst(tx, id, mostVersions)
	if err != nil {
		return 0, err
	}
	gone := thin(versions, now)
	if len(gone) == 0 {
		return 0, nil
	}
	for _, v := range heirs(versions, gone) {
		if err := updateWriters(tx, v); err != nil {
			return 0, err
		}
	}
	return len(gone), deleteUnnamed(tx, gone)
}
