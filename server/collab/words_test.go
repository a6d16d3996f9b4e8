package collab_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/richtext"
	"samenwijk/server/collab"
)

func line(inlines ...richtext.Inline) []richtext.Block {
	return []richtext.Block{{Kind: richtext.Paragraph, Inlines: inlines}}
}

// written is a document that holds one requirement, and "ana" who may write in it.
func written(t *testing.T, db *database.DB) (*collab.Collab, livedoc.ID) {
	t.Helper()
	h := &house{rights: map[access.PersonID]collab.Right{"ana": collab.Write, "cas": collab.Read}}
	c, _ := open(t, db, h)
	seed, err := collab.SeedText([]richtext.Block{
		{Kind: richtext.Heading, Level: 2, Inlines: []richtext.Inline{{Text: "Begeleiding"}}},
		{Kind: richtext.Requirement, ID: "r1", Blocks: []richtext.Block{
			{Kind: richtext.Statement, Blocks: line(richtext.Inline{Text: "Elke "}, richtext.Inline{Text: "deelnemer", Bold: true}, richtext.Inline{Text: " heeft een coördinator."})},
			{Kind: richtext.Rationale, Blocks: line(richtext.Inline{Text: "Vertrouwen."})},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	id, err := c.Seed(t.Context(), "thing", "written", seed)
	if err != nil {
		t.Fatal(err)
	}
	return c, id
}

func statement(t *testing.T, c *collab.Collab, id livedoc.ID) richtext.Block {
	t.Helper()
	text, err := c.Text(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := text.Find(richtext.Requirement, "r1")
	part, ok := block.Child(richtext.Statement)
	if !ok {
		t.Fatalf("no statement in %+v", text)
	}
	return part
}

func say(text string) map[richtext.Kind]string {
	return map[richtext.Kind]string{richtext.Statement: text}
}

func TestWordsFromAFormTakeTheirPlaceAndLeaveTheRest(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		c, id := written(t, db)
		if err := c.SetWords(t.Context(), access.Actor{ID: "ana"}, id, "r1", say("Elke deelnemer heeft één vaste coördinator.\n\nOok in de zomer.")); err != nil {
			t.Fatal(err)
		}
		part := statement(t, c, id)
		if got, want := part.Plain(), "Elke deelnemer heeft één vaste coördinator.\nOok in de zomer."; got != want {
			t.Errorf("says %q, want %q", got, want)
		}
		if inlines := part.Blocks[0].Inlines; len(inlines) < 2 || inlines[1].Text != "deelnemer" || !inlines[1].Bold {
			t.Errorf("the word that stayed lost its form: %+v", inlines)
		}
		text, err := c.Text(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if got := text.Blocks[0].Plain() + " " + text.Blocks[1].Blocks[1].Plain(); got != "Begeleiding Vertrouwen." {
			t.Errorf("the rest became %q", got)
		}
	})
}

func TestWordsAreNotPutWhereOneMayNotWriteOrNothingStands(t *testing.T) {
	c, id := written(t, databasetest.SQLite(t))
	for name, tc := range map[string]struct {
		who         access.PersonID
		requirement string
		want        fault.Kind
	}{
		"a reader":                     {"cas", "r1", fault.KindForbidden},
		"somebody who knows it not":    {"bo", "r1", fault.KindNotFound},
		"a requirement that went away": {"ana", "r9", fault.KindNotFound},
	} {
		if err := c.SetWords(t.Context(), access.Actor{ID: tc.who}, id, tc.requirement, say("x")); fault.KindOf(err) != tc.want {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	if got := statement(t, c, id).Plain(); got != "Elke deelnemer heeft een coördinator." {
		t.Errorf("changed to %q", got)
	}
}

func TestManyFormsAtOnceAreAllStored(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		c, id := written(t, db)
		var wait sync.WaitGroup
		for i := range 20 {
			wait.Go(func() {
				text := fmt.Sprintf("Vertrouwen, reden %d.", i)
				if err := c.SetWords(context.Background(), access.Actor{ID: "ana"}, id, "r1", map[richtext.Kind]string{richtext.Rationale: text}); err != nil {
					t.Errorf("form %d: %v", i, err)
				}
			})
		}
		wait.Wait()
		if got := statement(t, c, id).Plain(); got != "Elke deelnemer heeft een coördinator." {
			t.Errorf("the statement became %q", got)
		}
	})
}
