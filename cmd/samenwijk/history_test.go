package main

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samenwijk/domain/livedoc"
	"samenwijk/domain/meeting"
	"samenwijk/domain/programme"
	"samenwijk/domain/research"
	"samenwijk/domain/richtext"
	"samenwijk/domain/workgroup"
)

// TestADatabaseOfAnEarlierVersionOpensWithEverythingInIt brings files that earlier versions wrote up
// to date, and reads in them what people had made. A file joins testdata with each version that
// changes the tables, as `samenwijk seed` wrote it; none is ever made anew.
func TestADatabaseOfAnEarlierVersionOpensWithEverythingInIt(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.db.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of earlier versions: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			ctx := context.Background()
			dir := t.TempDir()
			unpack(t, file, filepath.Join(dir, "old.db"))
			p, err := newProgram(ctx, Config{
				Database: filepath.Join(dir, "old.db"), BaseURL: "http://localhost:1", SecretFile: filepath.Join(dir, "secret"), MailFrom: "samenwijk@voorbeeld.test",
			}, false, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := p.close(); err != nil {
					t.Error(err)
				}
			})
			who, err := p.actorOf(ctx, demoCoordinator)
			if err != nil {
				t.Fatal(err)
			}
			groups, n, err := p.groups.List(ctx, who, workgroup.Filter{})
			if err != nil || n < 2 {
				t.Errorf("%d workgroups, %v", n, err)
			}
			if len(groups) > 0 {
				if members, err := p.groups.Members(ctx, who, groups[0].ID); err != nil || len(members) < 3 {
					t.Errorf("%d members, %v", len(members), err)
				}
			}
			documents, err := p.programmes.Documents(ctx, who, programme.Filter{})
			if err != nil || len(documents.Documents) == 0 {
				t.Fatalf("%d documents, %v", len(documents.Documents), err)
			}
			text, err := p.collab.Text(ctx, documents.Documents[0].LiveID)
			if err != nil || !strings.Contains(text.Plain(), "één vaste coördinator") {
				t.Errorf("the programme reads %.80q, %v", text.Plain(), err)
			}
			mustStayOfItsWriters(t, p, documents.Documents[0].LiveID)
			if keys, err := p.programmes.Requirements(ctx, who, documents.Documents[0].ID); err != nil || len(keys) != 7 {
				t.Errorf("%d requirements, %v", len(keys), err)
			}
			if _, n, err := p.meetings.List(ctx, who, meeting.Filter{Size: 100}); err != nil || n < 3 {
				t.Errorf("%d meetings, %v", n, err)
			}
			if _, n, err := p.notes.List(ctx, who, research.Filter{}); err != nil || n < 2 {
				t.Errorf("%d notes, %v", n, err)
			}
			if drift, err := p.meetings.Recount(ctx); err != nil || len(drift) != 0 {
				t.Errorf("seats that do not add up: %v, %v", drift, err)
			}
		})
	}
}

// mustStayOfItsWriters compares who wrote what in a text that was converted with who wrote it before.
func mustStayOfItsWriters(t *testing.T, p *program, id livedoc.ID) {
	t.Helper()
	versions, n, err := p.collab.Versions(t.Context(), id, 1)
	if err != nil || n == 0 || versions[0].Kind != livedoc.Converted {
		t.Fatalf("of %d versions the newest is %+v, %v", n, versions, err)
	}
	was, err := p.collab.WhoWroteVersion(t.Context(), id, versions[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	is, err := p.collab.WhoWrote(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var gather func(blocks []richtext.Block) string
	gather = func(blocks []richtext.Block) string {
		var said strings.Builder
		for _, b := range blocks {
			for _, i := range b.Inlines {
				fmt.Fprintf(&said, "%s: %s|", i.By, i.Text)
			}
			said.WriteString(gather(b.Blocks))
		}
		return said.String()
	}
	if before, now := gather(was.Blocks), gather(is.Blocks); before != now || before == "" {
		t.Errorf("written by\n%s\nand before\n%s", now, before)
	}
}

func unpack(t *testing.T, from, to string) {
	t.Helper()
	packed, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	reader, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
