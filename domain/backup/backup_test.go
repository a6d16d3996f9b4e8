package backup

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/event"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/search"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func extra() Sections { return Sections{search.Copy(), event.Copy()} }

// fill puts a few rows of every type in a database.
func fill(t testing.TB, db *database.DB) {
	t.Helper()
	err := db.InTx(context.Background(), func(tx *database.Tx) error {
		for _, owner := range []string{"p1", `p"2<&>`, "p\u2028ü🏠"} {
			if _, err := livedoc.Create(tx, "programme", owner, []byte{0, 1, 2, 0xff}); err != nil {
				return err
			}
		}
		if err := search.Put(tx, search.Entry{Kind: "note", ID: "n1", Audience: "public", Title: "Wijkleerbedrijven", Body: "samen leren"}); err != nil {
			return err
		}
		return event.Record(tx, event.PersonAdded{Person: "p1", By: "p2"}, event.RolesChanged{Person: "p1"})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func written(t testing.TB, db *database.DB) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := Write(context.Background(), db, extra(), &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func opened(t testing.TB, b []byte) *Archive {
	t.Helper()
	a, err := Open(context.Background(), bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// lines returns the rows of each section, sorted. The times of jobs are left out: one that was due
// is due at once in its new place.
func lines(t testing.TB, a *Archive) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, p := range a.Sections {
		err := a.each(context.Background(), p, func(values []any) error {
			if p.Name == "queue" {
				values = values[:4]
			}
			found[p.Name] = append(found[p.Name], fmt.Sprintf("%v", values))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(found[p.Name])
	}
	return found
}

func TestABackupOfEitherDialectIsTheSameInTheOther(t *testing.T) {
	for _, from := range []database.Dialect{database.SQLite, database.Postgres} {
		for _, to := range []database.Dialect{database.SQLite, database.Postgres} {
			t.Run(string(from)+" to "+string(to), func(t *testing.T) {
				source, target := empty(t, from), empty(t, to)
				fill(t, source)
				a := opened(t, written(t, source))
				if err := Restore(t.Context(), target, extra(), a); err != nil {
					t.Fatal(err)
				}
				was, is := lines(t, a), lines(t, opened(t, written(t, target)))
				for name := range was {
					if !slices.Equal(was[name], is[name]) {
						t.Errorf("%s was\n%s\nand is\n%s", name, strings.Join(was[name], "\n"), strings.Join(is[name], "\n"))
					}
				}
				if len(was["live_documents"]) != 3 || len(was["queue"]) != 2 || len(was["search_entries"]) != 1 {
					t.Errorf("copied %v", was)
				}
			})
		}
	}
}

func empty(t testing.TB, dialect database.Dialect) *database.DB {
	if dialect == database.SQLite {
		return databasetest.SQLite(t)
	}
	return databasetest.Postgres(t)
}

func TestEachChangedByteAndEachMissingEndIsNoticed(t *testing.T) {
	db := databasetest.SQLite(t)
	fill(t, db)
	good := written(t, db)
	opened(t, good)
	for i := range good {
		bad := slices.Clone(good)
		bad[i] ^= 1 << (i % 8)
		if _, err := Open(context.Background(), bytes.NewReader(bad), int64(len(bad))); !errors.Is(err, ErrDamaged) {
			t.Fatalf("byte %d of %d changed: %v", i, len(good), err)
		}
		if _, err := Open(context.Background(), bytes.NewReader(good[:i]), int64(i)); !errors.Is(err, ErrDamaged) {
			t.Fatalf("cut off at byte %d of %d: %v", i, len(good), err)
		}
	}
	if _, err := Open(context.Background(), bytes.NewReader(append(slices.Clone(good), 0)), int64(len(good)+1)); !errors.Is(err, ErrDamaged) {
		t.Errorf("with a byte too many: %v", err)
	}
}

// sealed makes the sum of a file right again, as somebody could who changes it on purpose.
func sealed(b []byte) []byte {
	if len(b) < sumDigits {
		b = append(b, make([]byte, sumDigits)...)
	}
	b = slices.Clone(b)
	sum := sha256.Sum256(b[:len(b)-sumDigits])
	copy(b[len(b)-sumDigits:], hex.EncodeToString(sum[:]))
	return b
}

// rewritten is a backup in which one entry was changed and the sum made right again.
func rewritten(t testing.TB, b []byte, change func(name string, content []byte) []byte) []byte {
	t.Helper()
	from, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	to := zip.NewWriter(&out)
	for _, f := range from.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if content = change(f.Name, content); content == nil {
			continue
		}
		w, err := to.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(to.SetComment(from.Comment), to.Close()); err != nil {
		t.Fatal(err)
	}
	return sealed(out.Bytes())
}

func TestNothingIsRestoredOfABackupThatDoesNotFit(t *testing.T) {
	source, target := databasetest.SQLite(t), databasetest.SQLite(t)
	fill(t, source)
	good := written(t, source)
	replace := func(in, old, by string) func(string, []byte) []byte {
		return func(name string, content []byte) []byte {
			if name != in {
				return content
			}
			if !bytes.Contains(content, []byte(old)) {
				t.Fatalf("%s holds no %q:\n%s", name, old, content)
			}
			return bytes.Replace(content, []byte(old), []byte(by), 1)
		}
	}
	for name, tc := range map[string]struct {
		change func(string, []byte) []byte
		says   string
	}{
		"a row changed":            {replace("live_documents.jsonl", `"programme"`, `"programma"`), "cut short or changed"},
		"a row left out":           {replace("live_documents.jsonl", "\n", " "), "cut short or changed"},
		"more rows than said":      {replace("manifest.json", `"rows": 3`, `"rows": 2`), "cut short or changed"},
		"another format":           {replace("manifest.json", `"format": 1`, `"format": 2`), "format 2"},
		"another schema":           {replace("manifest.json", `"schema": [`, `"schema": [7,`), "then run the newer one"},
		"another column":           {replace("manifest.json", `"acl_version"`, `"acl_versioN"`), "live_documents is not the same"},
		"no manifest":              {func(name string, b []byte) []byte { return iff(name != manifestName, b) }, "cut short or changed"},
		"a section fewer":          {func(name string, b []byte) []byte { return iff(name != "people.jsonl", b) }, "cut short or changed"},
		"a manifest of other text": {func(name string, b []byte) []byte { return append([]byte("{}"), b...) }, "cut short or changed"},
	} {
		bad := rewritten(t, good, tc.change)
		a, err := Open(context.Background(), bytes.NewReader(bad), int64(len(bad)))
		if err == nil {
			err = Restore(t.Context(), target, extra(), a)
		}
		if err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v", name, err)
		}
		for section, rows := range lines(t, opened(t, written(t, target))) {
			if len(rows) > 0 {
				t.Fatalf("%s: %s holds %v", name, section, rows)
			}
		}
	}
	a := opened(t, good)
	if err := Restore(t.Context(), target, extra(), a); err != nil {
		t.Fatal(err)
	}
	if err := Restore(t.Context(), target, extra(), a); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("restored twice: %v", err)
	}
}

func iff(keep bool, b []byte) []byte {
	if keep {
		return b
	}
	return nil
}

// A sequence would have to be set after restoring; there is none in any table of ours.
func TestNoTableOfOursCountsByASequence(t *testing.T) {
	db := databasetest.Postgres(t)
	err := db.Read(t.Context(), func(tx *database.Tx) error {
		var owners []string
		err := tx.Gorm().Raw(`SELECT DISTINCT c.relname FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
			JOIN pg_class c ON c.oid = d.refobjid WHERE d.deptype IN ('a', 'i')`).Scan(&owners).Error
		for _, owner := range owners {
			if owner != "goose_db_version" && !strings.HasPrefix(owner, "river_") {
				t.Errorf("%s has a sequence", owner)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestBothDialectsHaveTheSameTablesToCopy(t *testing.T) {
	var both [2][]database.Section
	for i, db := range []*database.DB{databasetest.SQLite(t), databasetest.Postgres(t)} {
		err := db.Read(t.Context(), func(tx *database.Tx) (err error) {
			both[i], err = database.Tables(tx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, one := range both[0] {
		i := slices.IndexFunc(both[1], func(other database.Section) bool { return other.Name == one.Name })
		if i < 0 || !slices.Equal(both[1][i].Columns, one.Columns) {
			t.Errorf("%s is %v in SQLite and not so in Postgres", one.Name, one.Columns)
		}
	}
	if len(both[0]) != len(both[1]) || len(both[0]) < 20 {
		t.Errorf("%d and %d tables", len(both[0]), len(both[1]))
	}
}

func FuzzNoFileMakesTheReaderFailOtherwiseThanWithAnError(f *testing.F) {
	db := databasetest.SQLite(f)
	fill(f, db)
	f.Add(written(f, db))
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		b = sealed(b)
		a, err := Open(context.Background(), bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for _, p := range a.Sections {
			_ = a.each(context.Background(), p, func([]any) error { return nil })
		}
	})
}

func FuzzALineComesBackAsItWas(f *testing.F) {
	columns := []database.Column{
		{Name: "a", Type: database.Text}, {Name: "b", Type: database.Int}, {Name: "c", Type: database.Bool},
		{Name: "d", Type: database.Time}, {Name: "e", Type: database.Bytes}, {Name: "f", Type: database.Text, Nullable: true},
	}
	f.Add("tekst", int64(-1), true, int64(1_700_000_000_123_456), []byte{0, 255}, []byte(`["x",1,true,"2026-01-01T00:00:00Z","",null]`))
	f.Add("\xff\x00", int64(1<<62), false, int64(0), []byte{}, []byte(`[["/w=="],0,false,"","",[""]]`))
	f.Fuzz(func(t *testing.T, text string, n int64, yes bool, micro int64, b, line []byte) {
		micro %= 1 << 50
		want := []any{text, n, yes, time.UnixMicro(micro).UTC(), b, nil}
		if b == nil {
			want[4] = []byte{}
		}
		written, err := appendLine(nil, columns, want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseLine(written, columns)
		if err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if again, err := appendLine(nil, columns, got); err != nil || !bytes.Equal(again, written) || got[0] != text {
			t.Fatalf("%v became %v", want, got)
		}
		if values, err := parseLine(line, columns); err == nil && len(values) != len(columns) {
			t.Errorf("%q is %v", line, values)
		}
	})
}

// counting notes how much is read of a file after its reading should have stopped.
type counting struct {
	io.ReaderAt
	reads   int
	stopAt  int // after so many reads
	stop    func()
	further int64 // bytes read since
}

func (c *counting) ReadAt(b []byte, at int64) (int, error) {
	if c.reads++; c.reads == c.stopAt {
		c.stop()
	}
	n, err := c.ReaderAt.ReadAt(b, at)
	if c.stopAt > 0 && c.reads > c.stopAt {
		c.further += int64(n)
	}
	return n, err
}

func TestALineThatIsTooLongIsRefusedAndReadingOneStopsWhenAsked(t *testing.T) {
	source := databasetest.SQLite(t)
	fill(t, source)
	long := rewritten(t, written(t, source), func(name string, content []byte) []byte {
		if name != "live_documents.jsonl" {
			return content
		}
		return append(append([]byte(`["`), bytes.Repeat([]byte("a"), maxLine+(10<<20))...), content...)
	})
	databasetest.Each(t, func(t *testing.T, target *database.DB) {
		if err := Restore(t.Context(), target, extra(), opened(t, long)); !errors.Is(err, ErrDamaged) || !errors.Is(err, errLong) {
			t.Errorf("a line of more than %d MB: %v", maxLine>>20, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		file := &counting{ReaderAt: bytes.NewReader(long), stop: cancel}
		a, err := Open(ctx, file, int64(len(long)))
		if err != nil {
			t.Fatal(err)
		}
		file.stopAt = file.reads + 12 // in the midst of the long line
		if err := Restore(ctx, target, extra(), a); !errors.Is(err, context.Canceled) && fault.KindOf(err) != fault.KindUnavailable || errors.Is(err, ErrDamaged) {
			t.Errorf("interrupted: %v", err)
		}
		if file.reads < file.stopAt || file.further > 16<<10 {
			t.Errorf("%d of %d reads, and %d bytes after the end", file.reads, file.stopAt, file.further)
		}
		if _, err := Open(ctx, file, int64(len(long))); !errors.Is(err, context.Canceled) {
			t.Errorf("opened after the end: %v", err)
		}
		for section, rows := range lines(t, opened(t, written(t, target))) {
			if len(rows) > 0 {
				t.Fatalf("%s holds %v", section, rows)
			}
		}
	})
}
