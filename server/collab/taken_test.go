package collab_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/livedoc"
	"samenwijk/realtime/crdt"
	"samenwijk/server/collab"
)

// undone is what people's editors sent, recorded by frontend/words/undone.ts, and who wrote what then.
type undone struct {
	Name string
	Rows []struct {
		Actor  string
		Update []byte
	}
	Want string
}

func recorded(t *testing.T) []undone {
	t.Helper()
	var cases []undone
	b, err := os.ReadFile("testdata/undone.json")
	if err == nil {
		err = json.Unmarshal(b, &cases)
	}
	if err != nil || len(cases) < 12 {
		t.Fatalf("%d cases: %v", len(cases), err)
	}
	return cases
}

// rows are a minute apart, so that no piece of work has the time of another.
func (u undone) rows() []livedoc.Update {
	var s script
	for _, row := range u.Rows {
		s.row(row.Actor, row.Update)
		s.at = s.at.Add(-59 * time.Minute)
		s.rows[len(s.rows)-1].At = s.at
	}
	return s.rows
}

// bodyBy says who wrote what in the running text: |NAME:words, and a / where a paragraph ends.
func bodyBy(doc *crdt.Doc, authors *collab.Authors) string {
	out, last := "", ""
	for p := range doc.Pieces("body") {
		if p.Kind == crdt.PieceEmbed {
			out += "/"
		}
		if p.Kind != crdt.PieceText {
			continue
		}
		for _, passage := range authors.Inserted(crdt.Range{ID: p.ID, Len: uint32(p.Units)}) {
			if passage.Actor != last {
				out += "|" + passage.Actor + ":"
				last = passage.Actor
			}
			for _, text := range doc.TextIn(passage.Range) {
				out += string(text)
			}
		}
	}
	return strings.TrimSuffix(out, "/")
}

func TestWhatUndoBringsBackBelongsToWhoWroteIt(t *testing.T) {
	for _, c := range recorded(t) {
		t.Run(c.Name, func(t *testing.T) {
			rows := c.rows()
			doc, authors := apply(t, rows)
			if got := bodyBy(doc, authors); got != c.Want {
				t.Fatalf("%s, want %s", got, c.Want)
			}
			// Stored after any of the rows, and gone on from there.
			for k := range rows {
				before, until := apply(t, rows[:k])
				state, err := before.EncodeStateAsUpdate(nil)
				if err != nil {
					t.Fatal(err)
				}
				snapshot := livedoc.Update{Seq: int64(k), Payload: state, Authors: until.Encode()}
				doc, after := apply(t, append([]livedoc.Update{snapshot}, rows[k:]...))
				if got := bodyBy(doc, after); got != c.Want {
					t.Fatalf("stored after %d rows: %s, want %s", k, got, c.Want)
				}
				if !bytes.Equal(after.Encode(), authors.Encode()) {
					t.Fatalf("stored after %d rows it is stored otherwise", k)
				}
			}
		})
	}
}

func TestACompactionBetweenTakingAwayAndBringingBackChangesNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		for _, c := range recorded(t) {
			s := newShelf(t, db, collab.Compaction{})
			rows := c.rows()
			last := len(rows) - 1
			id := s.document(rows[:last])
			if done := s.compact(id); done.Snapshots != 1 {
				t.Fatalf("%s: %d snapshots", c.Name, done.Snapshots)
			}
			s.write(id, "the rest", rows[last:])
			doc, authors, err := s.c.Written(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if got := bodyBy(doc, authors); got != c.Want {
				t.Errorf("%s: %s, want %s", c.Name, got, c.Want)
			}
			want := s.see(id)
			if done := s.compact(id); done.Snapshots != 1 {
				t.Fatalf("%s: %d snapshots of the rest", c.Name, done.Snapshots)
			}
			s.same(c.Name, s.see(id), want)
		}
	})
}

// behind is an update that puts text behind a unit, as undo does.
func behind(client uint64, clock uint64, left crdt.ID, text string) []byte {
	b := []byte{1, 1}
	for _, n := range []uint64{client, clock} {
		b = binary.AppendUvarint(b, n)
	}
	b = append(b, 4|0x80) // text behind a unit
	for _, n := range []uint64{left.Client, uint64(left.Clock), uint64(len(text))} {
		b = binary.AppendUvarint(b, n)
	}
	return append(append(b, text...), 0)
}

func TestOnlyTheSameWordsBroughtBackAtOnceAndOnceByWhoTookThemAwayGetTheirAuthorBack(t *testing.T) {
	const words = "Elke deelnemer telt."
	end := crdt.ID{Client: 7, Clock: uint32(len(words)) - 1}
	written := typed(7, nil, insert(0, words))
	gone := typed(8, [][]byte{written}, func(d *crdt.Doc) { d.Text("t").Delete(0, len(words)) })
	part := typed(8, [][]byte{written}, func(d *crdt.Doc) { d.Text("t").Delete(5, 10) })
	for name, tc := range map[string]struct {
		gone  []byte
		by    string
		after time.Duration
		back  [][]byte
		want  string
	}{ // who writes back is bo
		"the same":      {gone, "bo", time.Hour, [][]byte{behind(8, 0, end, words)}, "|cas:" + words},
		"the end of it": {gone, "bo", time.Hour, [][]byte{behind(8, 0, end, " telt.")}, "|cas: telt."},
		"after a day":   {gone, "bo", 24 * time.Hour, [][]byte{behind(8, 0, end, words)}, "|bo:" + words},
		"other words": {gone, "bo", time.Hour, [][]byte{
			behind(8, 0, end, "Elke deelnemer liegt"),
		}, "|bo:Elke deelnemer liegt"},
		"more words":                {gone, "bo", time.Hour, [][]byte{behind(8, 0, end, "Niet "+words)}, "|bo:Niet " + words},
		"behind something else":     {gone, "bo", time.Hour, [][]byte{behind(8, 0, crdt.ID{Client: 7, Clock: 3}, words)}, "|bo:" + words},
		"behind what still stands":  {part, "bo", time.Hour, [][]byte{behind(8, 0, end, words)}, "|cas:Elke telt.|bo:" + words},
		"by somebody else":          {gone, "ana", time.Hour, [][]byte{behind(8, 0, end, words)}, "|bo:" + words},
		"what its writer took away": {gone, "cas", time.Hour, [][]byte{behind(8, 0, end, words)}, "|bo:" + words},
		"twice": {gone, "bo", time.Hour, [][]byte{
			behind(8, 0, end, words),
			behind(8, 20, end, words),
		}, "|bo:" + words + "|cas:" + words},
		"in two pieces": {gone, "bo", time.Hour, [][]byte{
			behind(8, 0, crdt.ID{Client: 7, Clock: 4}, "Elke "),
			behind(8, 5, end, "deelnemer telt."),
		}, "|cas:deelnemer telt.Elke "},
		"the second piece once more": {gone, "bo", time.Hour, [][]byte{
			behind(8, 0, end, "telt."),
			behind(8, 5, end, "telt."),
		}, "|bo:telt.|cas:telt."},
		"behind the start of nothing": {gone, "bo", time.Hour, [][]byte{behind(8, 0, crdt.ID{Client: 7, Clock: 2}, words)}, "|bo:" + words},
	} {
		t.Run(name, func(t *testing.T) {
			at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
			rows := []livedoc.Update{{Actor: "cas", Payload: written, At: at}, {Actor: tc.by, Payload: tc.gone, At: at.Add(time.Minute)}}
			for _, back := range tc.back {
				rows = append(rows, livedoc.Update{Actor: "bo", Payload: back, At: at.Add(tc.after)})
			}
			doc, authors := apply(t, rows)
			if got := shownBy(t, doc, authors); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
			again, err := collab.DecodeAuthors(authors.Encode())
			if err != nil || !bytes.Equal(again.Encode(), authors.Encode()) {
				t.Errorf("it is not stored as it is: %v", err)
			}
		})
	}
}

// Whoever takes away a whole library does not fill the memory, and the last that went can come back.
func TestWhatWasTakenAwayIsRememberedWithinBounds(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	page := strings.Repeat("bladzijde ", 1000)
	var rows []livedoc.Update
	doc := crdt.NewDoc(crdt.WithClientID(7))
	row := func(actor string, change func(*crdt.Doc)) {
		var update []byte
		defer doc.OnUpdate(func(u []byte, _ any) { update = u })()
		doc.Transact(nil, func(*crdt.Tx) { change(doc) })
		at = at.Add(time.Minute)
		rows = append(rows, livedoc.Update{Actor: actor, Payload: update, At: at})
	}
	for range 100 {
		row("cas", insert(0, page))
	}
	for range 99 {
		row("bo", func(d *crdt.Doc) { d.Text("t").Delete(0, len(page)) })
	}
	_, authors := apply(t, rows)
	if n := len(authors.Encode()); n < 128<<10 || n > 320<<10 {
		t.Errorf("the authors take %d bytes", n)
	}
	last := crdt.ID{Client: 7, Clock: uint32(2*len(page)) - 1} // the last that went
	first := crdt.ID{Client: 7, Clock: uint32(100*len(page)) - 1}
	rows = append(rows,
		livedoc.Update{Actor: "bo", Payload: behind(8, 0, first, page), At: at},
		livedoc.Update{Actor: "bo", Payload: behind(8, uint64(len(page)), last, page), At: at})
	_, authors = apply(t, rows)
	for clock, want := range map[uint32]string{0: "bo", uint32(len(page)): "cas"} {
		if by, ok := authors.InsertedBy(8, clock); !ok || by.Actor != want {
			t.Errorf("what came back at %d is of %v, want %s", clock, by, want)
		}
	}
}
