package livedoc_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
)

func keep(t *testing.T, l *livedoc.Log, v livedoc.Version) livedoc.Version {
	t.Helper()
	kept, err := l.KeepVersion(t.Context(), v)
	if err != nil {
		t.Fatalf("keep a version: %v", err)
	}
	return kept
}

func versions(t *testing.T, l *livedoc.Log, id livedoc.ID) []livedoc.Version {
	t.Helper()
	list, _, err := l.Versions(t.Context(), id, 1)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestAVersionComesBackAsItWasKept(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		id := create(t, l, "p1", nil)
		for name, state := range map[string][]byte{
			"empty": nil, "small": []byte("a"), "what packs well": bytes.Repeat([]byte("samen "), 5000),
		} {
			kept := keep(t, l, livedoc.Version{Document: id, Epoch: 1, Seq: 3, Kind: livedoc.Named, Name: "  Voor   de vergadering ", Actor: "ana", State: slices.Clone(state)})
			v, err := l.Version(t.Context(), id, kept.ID)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if !bytes.Equal(v.State, state) || v.Name != "Voor de vergadering" || v.Seq != 3 {
				t.Errorf("%s came back as version %d %q with %d bytes", name, v.Seq, v.Name, len(v.State))
			}
			if name == "what packs well" && len(kept.State) > len(state)/10 {
				t.Errorf("%d bytes take %d", len(state), len(kept.State))
			}
		}
		if _, err := l.Version(t.Context(), create(t, l, "p2", nil), versions(t, l, id)[0].ID); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("a version is found in another document: %v", err)
		}
	})
}

func TestADamagedVersionSaysSoAndGivesNoText(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		id := create(t, l, "p1", nil)
		for name, change := range map[string]string{
			"cut off":                "state = substr(state, 1, 20)",
			"of another moment":      "seq = seq + 1",
			"with another length":    "size = size - 1",
			"said not to be packed":  "packed = NOT packed",
			"of another document":    "document = (SELECT id FROM live_documents WHERE owner_id = 'p2')",
			"with another checksum":  "checksum = checksum + 1",
			"with the state of none": "state = substr(state, 1, 0)",
		} {
			other := create(t, l, "p2", nil)
			v := keep(t, l, livedoc.Version{Document: id, Epoch: 1, Seq: 3, Kind: livedoc.Automatic, State: bytes.Repeat([]byte("samen "), 500)})
			if _, err := db.Pool().ExecContext(t.Context(), "UPDATE live_versions SET "+change+" WHERE id = '"+string(v.ID)+"'"); err != nil {
				t.Fatal(err)
			}
			in := id
			if name == "of another document" {
				in = other
			}
			if _, err := l.Version(t.Context(), in, v.ID); !livedoc.IsVersionDamaged(err) {
				t.Errorf("a version %s is read with %v", name, err)
			}
			if _, err := l.Headline(t.Context(), in, v.ID); err != nil {
				t.Errorf("a version %s is not even named: %v", name, err)
			}
		}
	})
}

func TestAskingTwiceKeepsOneVersion(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		id := create(t, l, "p1", nil)
		ask := livedoc.Version{Document: id, Epoch: 1, Seq: 1, Kind: livedoc.Named, Name: "Eerste opzet", FormKey: "k", State: []byte("a")}
		first := keep(t, l, ask)
		ask.State, ask.Name = []byte("b"), "Tweede opzet"
		if _, err := l.KeepVersion(t.Context(), ask); !fault.IsSentBefore(err) {
			t.Errorf("the same form with another name: %v", err)
		}
		ask.Name = "Eerste opzet"
		if second := keep(t, l, ask); second.ID != first.ID || second.Name != "Eerste opzet" {
			t.Errorf("the second time gives %q", second.Name)
		}
		if n := len(versions(t, l, id)); n != 1 {
			t.Errorf("there are %d versions", n)
		}
	})
}

func TestANameMustSaySomething(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		id := create(t, l, "p1", nil)
		v := keep(t, l, livedoc.Version{Document: id, Epoch: 1, Seq: 1, Kind: livedoc.Automatic, State: []byte("a")})
		for name, code := range map[string]string{
			" \t ": "livedoc.version.name_missing", "\u200b": "livedoc.version.name_missing",
			strings.Repeat("é", 101): "livedoc.version.name_too_long", "a\x01b": "livedoc.version.name_unreadable",
		} {
			if err := l.NameVersion(t.Context(), id, v.ID, nil, name, "ana"); !fault.Is(err, fault.KindInvalid, code) {
				t.Errorf("the name %q is answered with %v", name, err)
			}
			if _, err := l.KeepVersion(t.Context(), livedoc.Version{Document: id, Kind: livedoc.Named, Name: name}); !fault.Is(err, fault.KindInvalid, code) {
				t.Errorf("the name %q is kept with %v", name, err)
			}
		}
		if err := l.NameVersion(t.Context(), id, v.ID, nil, strings.Repeat("é", 100), "ana"); err != nil {
			t.Errorf("the longest name is refused: %v", err)
		}
		if err := l.NameVersion(t.Context(), id, "nowhere", nil, "Naam", "ana"); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("a version that is not there gets a name: %v", err)
		}
		if got := versions(t, l, id)[0]; got.Kind != livedoc.Named || got.Actor != "ana" {
			t.Errorf("the version is %s by %q", got.Kind, got.Actor)
		}
		if _, err := l.Version(t.Context(), id, v.ID); err != nil {
			t.Errorf("a version with a name cannot be read: %v", err)
		}
	})
}

func TestADocumentIsDueOnceItIsQuietOrWasWrittenInForAnHour(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		written, empty := create(t, l, "p1", nil), create(t, l, "p2", nil)
		now := database.Now()
		due := func(after time.Duration) []livedoc.ID {
			t.Helper()
			docs, err := l.Unversioned(t.Context(), now.Add(after), "", 10)
			if err != nil {
				t.Fatal(err)
			}
			var ids []livedoc.ID
			for _, d := range docs {
				ids = append(ids, d.ID)
			}
			return ids
		}
		mustAppend(t, l, batch(written, "s", 1, "a", "b"))
		if got := due(9 * time.Minute); len(got) != 0 {
			t.Errorf("while people write there is due: %v", got)
		}
		if got := due(11 * time.Minute); !slices.Equal(got, []livedoc.ID{written}) {
			t.Errorf("after they stopped there is due: %v (%s is empty)", got, empty)
		}
		keep(t, l, livedoc.Version{Document: written, Epoch: 1, Seq: 2, Kind: livedoc.Automatic, State: []byte("ab")})
		if got := due(2 * time.Hour); len(got) != 0 {
			t.Errorf("nothing was written since the version, and there is due: %v", got)
		}
		mustAppend(t, l, batch(written, "s", 3, "c", "d"))
		for seq, ago := range map[int]time.Duration{3: 61 * time.Minute, 4: 0} {
			_, err := db.Pool().ExecContext(t.Context(), "UPDATE live_updates SET at = "+placeholder(db, 1)+" WHERE document = "+placeholder(db, 2)+" AND seq = "+placeholder(db, 3),
				now.Add(-ago), written, seq)
			if err != nil {
				t.Fatal(err)
			}
		}
		if got := due(0); !slices.Equal(got, []livedoc.ID{written}) {
			t.Errorf("after an hour of writing there is due: %v", got)
		}
	})
}

func placeholder(db *database.DB, n int) string {
	if db.Dialect() == database.Postgres {
		return "$" + string(rune('0'+n))
	}
	return "?"
}

func TestAVersionSaysWhoWroteSinceTheOneBefore(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		id := create(t, l, "p1", []byte("seed"))
		write := func(mark int64, actors ...string) {
			for i, actor := range actors {
				mustAppend(t, l, livedoc.Batch{Document: id, Epoch: 1, ACLVersion: 1, Records: []livedoc.Record{
					{Session: "s", Mark: mark + int64(i), Actor: actor, Payload: []byte("a")}}})
			}
		}
		made := func(kind livedoc.VersionKind, seq int64) livedoc.Version {
			return keep(t, l, livedoc.Version{Document: id, Epoch: 1, Seq: seq, Kind: kind, Name: "Naam", State: []byte("a")})
		}
		if v := made(livedoc.Automatic, 1); len(v.WrittenBy()) != 0 {
			t.Errorf("the house is named as a writer: %v", v.WrittenBy())
		}
		write(1, "bo", "ana", "bo")
		before := database.Now()
		if v := made(livedoc.Automatic, 4); !slices.Equal(v.WrittenBy(), []string{"bo", "ana"}) || v.At.After(before) {
			t.Errorf("written by %v at %s; the last writing was before %s", v.WrittenBy(), v.At, before)
		}
		if v := made(livedoc.Named, 4); len(v.WrittenBy()) != 0 {
			t.Errorf("a name for the same text is said to be written by %v", v.WrittenBy())
		}
		write(4, "cas", "ana")
		v := made(livedoc.BeforeRestore, 5)
		v.Seq, v.State = 6, []byte("b")
		if err := l.CorrectVersion(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		corrected, err := l.Version(t.Context(), id, v.ID)
		if err != nil || corrected.Seq != 6 || string(corrected.State) != "b" || !slices.Equal(corrected.WrittenBy(), []string{"cas", "ana"}) {
			t.Errorf("corrected it is %d %q by %v (%v)", corrected.Seq, corrected.State, corrected.WrittenBy(), err)
		}
	})
}

func TestTheVersionBeforeIsTheNextOneInTheList(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		id := create(t, l, "p1", nil)
		at := database.Now()
		for _, seq := range []int64{3, 1, 2, 2, 2} {
			keep(t, l, livedoc.Version{Document: id, Epoch: 1, Seq: seq, Kind: livedoc.Automatic, At: at, State: []byte("a")})
		}
		list := versions(t, l, id)
		for i, v := range list {
			before, known, err := l.Before(t.Context(), v)
			if err != nil || known != (i+1 < len(list)) {
				t.Fatalf("before version %d of the list: %v (%v)", i, known, err)
			}
			if known && (before.ID != list[i+1].ID || !before.OlderThan(v) || v.OlderThan(before)) {
				t.Errorf("before version %d of the list comes %d %s", i, before.Seq, before.ID)
			}
		}
	})
}

func TestVersionsThinOutWithAgeAndNamedOnesStay(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := running(t, db)
		id := create(t, l, "p1", nil)
		now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
		seq := int64(0)
		add := func(at time.Time, kind livedoc.VersionKind, name, writer string) livedoc.VersionID {
			seq++
			mustAppend(t, l, livedoc.Batch{Document: id, Epoch: 1, ACLVersion: 1, Records: []livedoc.Record{{Session: "s", Mark: seq, Actor: writer, Payload: []byte("a")}}})
			return keep(t, l, livedoc.Version{Document: id, Epoch: 1, Seq: seq, Kind: kind, Name: name, At: at, State: []byte("a")}).ID
		}
		day := func(ago, hour int) time.Time {
			return time.Date(2026, 11, 20-ago, hour, 0, 0, 0, time.UTC)
		}
		stay := []livedoc.VersionID{}
		// Four months and more ago: the last of the month.
		add(day(125, 9), livedoc.Automatic, "", "ana")
		stay = append(stay, add(day(124, 9), livedoc.Named, "Eerste opzet", "bo"))
		add(day(123, 9), livedoc.BeforeRestore, "", "cas")
		heir := add(day(122, 9), livedoc.Automatic, "", "bo")
		stay = append(stay, heir)
		// A month ago: the last of the day, and both sides of a restore.
		add(day(30, 9), livedoc.Automatic, "", "ana")
		stay = append(stay, add(day(30, 15), livedoc.BeforeRestore, "", ""), add(day(30, 15), livedoc.Restored, "", "bo"))
		stay = append(stay, add(day(30, 20), livedoc.Automatic, "", ""), add(day(29, 9), livedoc.Automatic, "", ""))
		// This week: all.
		stay = append(stay, add(day(1, 9), livedoc.Automatic, "", ""), add(day(1, 9), livedoc.Automatic, "", ""))

		n, err := l.Thin(t.Context(), now)
		if err != nil || n != 3 {
			t.Fatalf("%d versions went (%v), want 3", n, err)
		}
		var left []livedoc.VersionID
		for _, v := range versions(t, l, id) {
			left = append(left, v.ID)
			if v.ID == heir && !slices.Equal(v.WrittenBy(), []string{"cas", "bo"}) {
				t.Errorf("who wrote in what went is not at the next one: %v", v.WrittenBy())
			}
		}
		slices.Reverse(left)
		if !slices.Equal(left, stay) {
			t.Errorf("left are %v, want %v", left, stay)
		}
		if n, err := l.Thin(t.Context(), now); err != nil || n != 0 {
			t.Errorf("the second time %d versions went (%v)", n, err)
		}
	})
}
