package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"samenwijk/domain/backup"
	"samenwijk/domain/database"
	"samenwijk/domain/event"
	"samenwijk/domain/search"
)

// copiedSections are those of a backup besides the tables.
func copiedSections() backup.Sections { return backup.Sections{search.Copy(), event.Copy()} }

type backupCommand struct {
	File string `arg:"" help:"The file to write, which must not be there yet; - is the standard output."`
}

// Run works beside a program that serves: it reads one moment of the database and holds up nobody.
// The tables are left as they are.
func (b backupCommand) Run(ctx context.Context, config Config) (err error) {
	db, err := openExisting(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if b.File == "-" {
		_, err := backup.Write(ctx, db, copiedSections(), os.Stdout)
		return stopped(ctx, err, "what was written is no backup")
	}
	m, err := writeBackup(ctx, db, b.File)
	if err != nil {
		return stopped(ctx, err, "no backup was made")
	}
	fmt.Printf("%s holds %d rows of %s.\n", b.File, m.Rows(), m.Made.Format(time.DateTime))
	return nil
}

// stopped says what an interrupted command left behind; any other error is returned as it is. To be
// interrupted is a failure here: a timer must notice that there is no backup.
func stopped(ctx context.Context, err error, left string) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	return errors.New("interrupted: " + left)
}

// openExisting opens a database that is there. A SQLite file that is not would be made by opening it.
func openExisting(ctx context.Context, config Config) (*database.DB, error) {
	if file, isFile := sqliteFile(config.Database); isFile {
		if _, err := os.Stat(file); err != nil {
			return nil, fmt.Errorf("there is no database: %w", err)
		}
	}
	return database.Open(ctx, config.Database)
}

func sqliteFile(where string) (string, bool) {
	return strings.TrimPrefix(where, "sqlite:"), !strings.HasPrefix(where, "postgres://") && !strings.HasPrefix(where, "postgresql://")
}

// writeBackup writes a backup to a file that gets its name when all of it is on the disk.
func writeBackup(ctx context.Context, db *database.DB, name string) (m backup.Manifest, err error) {
	if _, err := os.Lstat(name); err == nil {
		return m, fmt.Errorf("%s is there already; a backup is never written over", name)
	}
	file, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*") // only this user can read it
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, removeIfThere(file.Name())) }()
	m, err = backup.Write(ctx, db, copiedSections(), file)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return m, err
	}
	// A link, unlike a new name, does not replace what came there meanwhile.
	if err := os.Link(file.Name(), name); err != nil {
		return m, err
	}
	return m, syncFolder(filepath.Dir(name))
}

func removeIfThere(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// syncFolder makes sure that a new name in a folder survives a power cut.
func syncFolder(name string) error {
	folder, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

type restoreCommand struct {
	File string `arg:"" help:"The backup to put into the database, which must be empty."`
}

// Run restores all of it or nothing, and then looks whether it agrees with itself: a backup of a
// damaged database is restored as damaged as it was.
func (r restoreCommand) Run(ctx context.Context, config Config, log *slog.Logger) (err error) {
	file, err := os.Open(r.File)
	if err != nil {
		return err
	}
	defer file.Close()
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("a backup is read twice, so it must be a file: %w", err)
	}
	archive, err := backup.Open(ctx, file, size)
	if err != nil {
		return stopped(ctx, err, "nothing was restored")
	}
	db, err := openDatabase(ctx, config, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := backup.Restore(ctx, db, copiedSections(), archive); err != nil {
		return stopped(ctx, err, "nothing was restored")
	}
	fmt.Printf("Restored %d rows of %s.\n", archive.Rows(), archive.Made.Format(time.DateTime))
	if err := convertTexts(ctx, db, log); err != nil {
		return err
	}
	return fsck(ctx, db, config, log, os.Stdout)
}
