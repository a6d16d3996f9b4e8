// Package backup copies everything that an installation keeps into one file, from one moment, while
// people go on working, and puts such a file into an empty database of either dialect.
//
// The file is a ZIP archive that any tool opens: for each section its rows as lines of JSON, and
// manifest.json, which says what there is and how much. Its comment ends with the SHA-256 of all
// bytes before, so that a file that was cut short or changed anywhere is known before anything of
// it is used. It holds personal data: whoever has it has everything but the secret.
package backup

import (
	"archive/zip"
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"time"

	"samenwijk/domain/database"
)

const (
	format       = 1
	manifestName = "manifest.json"
	commentBegin = "Samenwijk backup, SHA-256 of everything before these digits: "
	sumDigits    = 2 * sha256.Size
)

// Manifest says what a backup holds.
type Manifest struct {
	Format   int       `json:"format"`
	Made     time.Time `json:"made"`
	Dialect  string    `json:"dialect"` // it came from; it fits any
	Schema   []int64   `json:"schema"`  // the steps that were taken to it
	Sections []Part    `json:"sections"`
}

// Part is what a manifest says of one section.
type Part struct {
	Name    string            `json:"name"`
	Columns []database.Column `json:"columns"`
	Rows    int64             `json:"rows"`
	SHA256  string            `json:"sha256"` // of the lines
}

// Rows returns how many rows there are in all.
func (m Manifest) Rows() int64 {
	var n int64
	for _, p := range m.Sections {
		n += p.Rows
	}
	return n
}

// Sections are what is copied besides the tables; see database.Section.
type Sections []database.Section

// all are the tables and the rest, in the order of writing.
func (s Sections) all(tx *database.Tx) ([]database.Section, error) {
	tables, err := database.Tables(tx)
	return append(tables, s...), err
}

// Write writes a backup of db to w. All of it is of the moment in which Write began reading: nothing
// that was committed before is missing, and nothing of later is in it. Memory does not grow with
// the database. When Write returns an error, what was written is no backup.
func Write(ctx context.Context, db *database.DB, extra Sections, w io.Writer) (Manifest, error) {
	m := Manifest{Format: format, Made: database.Now(), Dialect: string(db.Dialect())}
	sealed := &sealer{to: bufio.NewWriterSize(w, 64<<10), sum: sha256.New()}
	archive := zip.NewWriter(sealed)
	err := db.Read(ctx, func(tx *database.Tx) (err error) {
		if m.Schema, err = database.SchemaVersions(tx); err != nil {
			return fmt.Errorf("this database holds no Samenwijk: %w", err)
		}
		sections, err := extra.all(tx)
		if err != nil {
			return err
		}
		for _, section := range sections {
			part, err := writeSection(tx, archive, section, m.Made)
			if err != nil {
				return fmt.Errorf("copy %s: %w", section.Name, err)
			}
			m.Sections = append(m.Sections, part)
		}
		return nil
	})
	if err != nil {
		return m, err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, err
	}
	entry, err := archive.CreateHeader(&zip.FileHeader{Name: manifestName, Method: zip.Deflate, Modified: m.Made})
	if err != nil {
		return m, err
	}
	if _, err := entry.Write(text); err != nil {
		return m, err
	}
	if err := archive.SetComment(commentBegin + string(make([]byte, sumDigits))); err != nil {
		return m, err
	}
	if err := archive.Close(); err != nil {
		return m, err
	}
	return m, sealed.seal()
}

func writeSection(tx *database.Tx, archive *zip.Writer, section database.Section, made time.Time) (Part, error) {
	part := Part{Name: section.Name, Columns: section.Columns}
	entry, err := archive.CreateHeader(&zip.FileHeader{Name: section.Name + ".jsonl", Method: zip.Deflate, Modified: made})
	if err != nil {
		return part, err
	}
	sum := sha256.New()
	lines := bufio.NewWriterSize(io.MultiWriter(entry, sum), 64<<10)
	var line []byte
	err = section.Read(tx, func(values []any) error {
		if line, err = appendLine(line[:0], section.Columns, values); err != nil {
			return err
		}
		if len(line) > maxLine {
			return fmt.Errorf("row %d is larger than %d MB, which no restore would read", part.Rows+1, maxLine>>20)
		}
		part.Rows++
		_, err := lines.Write(line)
		return err
	})
	if err == nil {
		err = lines.Flush()
	}
	part.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return part, err
}

// sealer writes all but the last digits of what it gets, and in their place the sum of the rest.
type sealer struct {
	to   *bufio.Writer
	sum  hash.Hash
	held []byte
}

func (s *sealer) Write(p []byte) (int, error) {
	s.held = append(s.held, p...)
	if ready := len(s.held) - sumDigits; ready > 0 {
		s.sum.Write(s.held[:ready]) // never fails
		if _, err := s.to.Write(s.held[:ready]); err != nil {
			return 0, err
		}
		s.held = append(s.held[:0], s.held[ready:]...)
	}
	return len(p), nil
}

func (s *sealer) seal() error {
	if _, err := s.to.WriteString(hex.EncodeToString(s.sum.Sum(nil))); err != nil {
		return err
	}
	return s.to.Flush()
}
