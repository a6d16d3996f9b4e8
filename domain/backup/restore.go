package backup

import (
	"archive/zip"
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"samenwijk/domain/database"
)

// ErrDamaged says that a file is not a backup as it was written.
var ErrDamaged = errors.New("this file is no backup, or it was cut short or changed since it was made; nothing was restored")

// Archive is a backup whose every byte was compared with its sum.
type Archive struct {
	Manifest
	files map[string]*zip.File
}

// What an archive may claim before it is believed.
const (
	maxManifest = 1 << 20
	maxSections = 1000
)

// Open reads a backup of size bytes to its end and compares it with its sum. It stops when ctx ends.
func Open(ctx context.Context, file io.ReaderAt, size int64) (*Archive, error) {
	if size < sumDigits {
		return nil, ErrDamaged
	}
	sum, want := sha256.New(), make([]byte, sumDigits)
	if _, err := io.Copy(sum, stopping{ctx, io.NewSectionReader(file, 0, size-sumDigits)}); err != nil {
		return nil, fmt.Errorf("read the backup: %w", err)
	}
	if _, err := io.ReadFull(io.NewSectionReader(file, size-sumDigits, sumDigits), want); err != nil {
		return nil, fmt.Errorf("read the backup: %w", err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != string(want) {
		return nil, ErrDamaged
	}
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return nil, errors.Join(ErrDamaged, err)
	}
	a := &Archive{files: map[string]*zip.File{}}
	for _, f := range archive.File {
		if a.files[f.Name] != nil || len(a.files) > maxSections {
			return nil, ErrDamaged
		}
		a.files[f.Name] = f
	}
	return a, a.readManifest()
}

func (a *Archive) readManifest() error {
	f := a.files[manifestName]
	if f == nil {
		return ErrDamaged
	}
	r, err := f.Open()
	if err != nil {
		return errors.Join(ErrDamaged, err)
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxManifest+1))
	if err != nil || len(text) > maxManifest {
		return errors.Join(ErrDamaged, err)
	}
	if err := json.Unmarshal(text, &a.Manifest); err != nil {
		return errors.Join(ErrDamaged, err)
	}
	if a.Format != format {
		return fmt.Errorf("this backup has format %d and this program reads format %d: use the version of Samenwijk that made it", a.Format, format)
	}
	if len(a.Sections) != len(a.files)-1 {
		return ErrDamaged
	}
	for _, p := range a.Sections {
		if a.files[p.Name+".jsonl"] == nil {
			return ErrDamaged
		}
	}
	return nil
}

// each calls row with the rows of a section and compares them with what the manifest says.
func (a *Archive) each(ctx context.Context, p Part, row func(values []any) error) error {
	r, err := a.files[p.Name+".jsonl"].Open()
	if err != nil {
		return errors.Join(ErrDamaged, err)
	}
	defer r.Close()
	sum := sha256.New()
	lines := bufio.NewReaderSize(io.TeeReader(stopping{ctx, r}, sum), 64<<10)
	var line []byte
	var n int64
	for {
		line, err = appendNext(line[:0], lines)
		if errors.Is(err, io.EOF) {
			break
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return errors.Join(ErrDamaged, err)
		}
		if n++; n > p.Rows {
			return ErrDamaged
		}
		values, err := parseLine(line, p.Columns)
		if err != nil {
			return errors.Join(ErrDamaged, fmt.Errorf("%s, row %d: %w", p.Name, n, err))
		}
		if err := row(values); err != nil {
			return fmt.Errorf("restore %s, row %d: %w", p.Name, n, err)
		}
	}
	if n != p.Rows || hex.EncodeToString(sum.Sum(nil)) != p.SHA256 {
		return ErrDamaged
	}
	return nil
}

// Restore writes everything of a backup into db, which has the same schema and holds nothing yet:
// all of it in one transaction, or nothing.
func Restore(ctx context.Context, db *database.DB, extra Sections, a *Archive) error {
	return db.InTx(ctx, func(tx *database.Tx) error {
		sections, err := extra.all(tx)
		if err != nil {
			return err
		}
		if err := fits(tx, a, sections); err != nil {
			return err
		}
		for _, section := range sections {
			if n, err := section.Count(tx); err != nil || n > 0 {
				return errors.Join(err, fmt.Errorf("the database is not empty: there are %d rows in %s; restore into a new one", n, section.Name))
			}
		}
		for _, section := range sections {
			if err := restoreSection(ctx, tx, a, section); err != nil {
				return err
			}
		}
		return nil
	})
}

// fits reports whether the backup has exactly what this database has room for.
func fits(tx *database.Tx, a *Archive, sections []database.Section) error {
	schema, err := database.SchemaVersions(tx)
	if err != nil {
		return err
	}
	if !slices.Equal(schema, a.Schema) {
		return fmt.Errorf("the tables of this backup and of this program differ (the backup has steps %v, the program %v): "+
			"restore with the version of Samenwijk that made it, then run the newer one, which brings the tables up to date", a.Schema, schema)
	}
	if len(sections) != len(a.Sections) {
		return fmt.Errorf("this backup holds %d sections and this program %d", len(a.Sections), len(sections))
	}
	for _, section := range sections {
		i := slices.IndexFunc(a.Sections, func(p Part) bool { return p.Name == section.Name })
		if i < 0 || !slices.Equal(a.Sections[i].Columns, section.Columns) {
			return fmt.Errorf("%s is not the same in this backup and in this program", section.Name)
		}
	}
	return nil
}

func restoreSection(ctx context.Context, tx *database.Tx, a *Archive, section database.Section) error {
	part := a.Sections[slices.IndexFunc(a.Sections, func(p Part) bool { return p.Name == section.Name })]
	const bytesAtOnce = 4 << 20
	var rows [][]any
	size := 0
	flush := func() error {
		if len(rows) == 0 {
			return nil
		}
		err := section.Write(tx, rows)
		rows, size = rows[:0], 0
		return err
	}
	err := a.each(ctx, part, func(values []any) error {
		rows = append(rows, values)
		for _, v := range values {
			switch v := v.(type) {
			case []byte:
				size += len(v)
			case string:
				size += len(v)
			}
		}
		if len(rows) >= database.RowsAtOnce || size >= bytesAtOnce {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return err
	}
	n, err := section.Count(tx)
	if err == nil && n != part.Rows {
		err = fmt.Errorf("%s holds %d rows after restoring %d", section.Name, n, part.Rows)
	}
	return err
}
