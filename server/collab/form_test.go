package collab_test

import (
	"strings"
	"testing"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/richtext"
	"samenwijk/realtime/crdt"
	"samenwijk/server/collab"
)

// A form shows a statement with a list, bold words and what this version does not know as plain lines. What
// comes back changes the words that somebody changed; all else is the same byte for byte.
func TestAFormThatChangesOneWordChangesOneWord(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		h := &house{rights: map[access.PersonID]collab.Right{"ana": collab.Write}}
		c, _ := open(t, db, h)
		item := func(text string) richtext.Block {
			return richtext.Block{Kind: richtext.ListItem, Blocks: line(richtext.Inline{Text: text})}
		}
		cell := func(text string) richtext.Block {
			return richtext.Block{Kind: richtext.Cell, Blocks: line(richtext.Inline{Text: text})}
		}
		seed, err := collab.SeedText([]richtext.Block{
			{Kind: richtext.Heading, Level: 3, Inlines: []richtext.Inline{{Text: "Begeleiding"}}},
			{Kind: richtext.Requirement, ID: "r1", Blocks: []richtext.Block{
				{Kind: richtext.Statement, Blocks: append(
					line(richtext.Inline{Text: "Elke "}, richtext.Inline{Text: "deelnemer", Bold: true}, richtext.Inline{Text: " heeft een coördinator:"}),
					richtext.Block{Kind: richtext.BulletList, Blocks: []richtext.Block{item("bij het begin"), item("bij het einde")}},
				)},
				{Kind: richtext.Rationale, Blocks: line(richtext.Inline{Text: "Vertrouwen."})},
			}},
			{Kind: richtext.Table, ID: "t1", Blocks: []richtext.Block{{Kind: richtext.Row, Blocks: []richtext.Block{cell("a"), cell("b")}}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		id, err := c.Seed(t.Context(), "thing", "form", seed)
		if err != nil {
			t.Fatal(err)
		}
		err = c.Change(t.Context(), ana, id, func(doc *crdt.Doc) error {
			statement := doc.Text("statement:r1")
			return statement.Format(0, 4, crdt.Attributes{"mood": map[string]any{"is": "glad"}})
		})
		if err != nil {
			t.Fatal(err)
		}
		before, err := c.Document(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		words, shown, err := c.Words(t.Context(), id, "r1")
		if err != nil || !shown || !strings.Contains(words[richtext.Statement], "bij het einde") {
			t.Fatalf("the form shows %q, %v, %v", words, shown, err)
		}
		if err := setWords(t.Context(), c, ana, id, "r1", words); err != nil {
			t.Fatal(err)
		}
		if same, err := c.Document(t.Context(), id); err != nil || same.Digest() != before.Digest() {
			t.Errorf("a form that changes nothing changed something (%v)", err)
		}
		words[richtext.Statement] = strings.Replace(words[richtext.Statement], "einde", "slot", 1)
		if err := setWords(t.Context(), c, ana, id, "r1", words); err != nil {
			t.Fatal(err)
		}
		var last livedoc.Update
		head, err := livedoc.New(db).Load(t.Context(), id, 0, 0, func(u livedoc.Update) error { last = u; return nil })
		if err != nil {
			t.Fatal(err)
		}
		contents, err := crdt.UpdateContents(last.Payload)
		if err != nil {
			t.Fatal(err)
		}
		inserted, deleted := uint32(0), uint32(0)
		for _, r := range contents.Inserted {
			inserted += r.Len
		}
		after, err := c.Document(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range contents.Deleted {
			if r.End() <= before.Known(r.Client) {
				deleted += r.Len
			}
		}
		if last.Seq != head.Seq || inserted != uint32(len("slot")) || deleted != uint32(len("einde")) {
			t.Errorf("one word of five letters became one of four, and %d units came and %d went", inserted, deleted)
		}
		// Put back, it is what it was, also what the form does not show.
		for _, root := range []string{"body", "statement:r1", "rationale:r1"} {
			want, got := stored(before, root), stored(after, root)
			if got = strings.Replace(got, "slot", "einde", 1); got != want {
				t.Errorf("%s was\n%s\nand is\n%s", root, want, got)
			}
		}
	})
}

// stored is all that stands in a root.
func stored(doc *crdt.Doc, root string) string {
	var all strings.Builder
	for p := range doc.Pieces(root) {
		all.Write(p.Text)
		if p.Kind != crdt.PieceText {
			all.WriteString("<" + p.Name)
			all.WriteString(">")
		}
	}
	return all.String()
}
