package collab_test

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/richtext"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
	"samenwijk/server/collab"
)

func line(inlines ...richtext.Inline) []richtext.Block {
	return []richtext.Block{{Kind: richtext.Paragraph, Inlines: inlines}}
}

// written is a document that holds one requirement, and "ana" who may write in it.
func written(t *testing.T, db *database.DB) (*collab.Collab, livedoc.ID) {
	t.Helper()
	return writtenIn(t, db, &house{rights: map[access.PersonID]collab.Right{"ana": collab.Write, "cas": collab.Read}})
}

func writtenIn(t *testing.T, db *database.DB, h *house) (*collab.Collab, livedoc.ID) {
	t.Helper()
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

// setWords is a form that somebody sends who saw what stands there.
func setWords(
	ctx context.Context, c *collab.Collab, who access.Actor, id livedoc.ID, requirement string, words map[richtext.Kind]string,
) error {
	is, _, err := c.Words(ctx, id, requirement)
	if err != nil {
		return err
	}
	in := collab.Rewordings{Parts: map[richtext.Kind]collab.Rewording{}}
	for part, to := range words {
		in.Parts[part] = collab.Rewording{From: is[part], To: to, Over: true}
	}
	did, err := c.Reword(ctx, who, id, requirement, in)
	if err == nil && did.Refused {
		err = fmt.Errorf("the form is refused: %+v", did)
	}
	return err
}

func TestWordsFromAFormTakeTheirPlaceAndLeaveTheRest(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		c, id := written(t, db)
		words := say("Elke deelnemer heeft één vaste coördinator.\n\nOok in de zomer.")
		if err := setWords(t.Context(), c, access.Actor{ID: "ana"}, id, "r1", words); err != nil {
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
		doc, err := c.Document(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(slices.Collect(maps.Keys(doc.States())), func(client uint64) bool { return client >= flow.ClientID(0) }) {
			t.Errorf("the form wrote as one of %v, and none is above those of browsers", doc.States())
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
		"a reader":                  {"cas", "r1", fault.KindForbidden},
		"somebody who knows it not": {"bo", "r1", fault.KindNotFound},
	} {
		if err := setWords(t.Context(), c, access.Actor{ID: tc.who}, id, tc.requirement, say("x")); fault.KindOf(err) != tc.want {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	if got := statement(t, c, id).Plain(); got != "Elke deelnemer heeft een coördinator." {
		t.Errorf("changed to %q", got)
	}
}

func rewording(from, to string) collab.Rewording { return collab.Rewording{From: from, To: to} }

func TestAFormLeavesWhatOthersWroteMeanwhile(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		h := &house{rights: map[access.PersonID]collab.Right{"ana": collab.Write, "bo": collab.Write}}
		c, id := writtenIn(t, db, h)
		ana, bo := access.Actor{ID: "ana"}, access.Actor{ID: "bo"}
		form := func(who access.Actor, back bool, in map[richtext.Kind]collab.Rewording) collab.Reworded {
			t.Helper()
			did, err := c.Reword(t.Context(), who, id, "r1", collab.Rewordings{Parts: in, Back: back})
			if err != nil {
				t.Fatal(err)
			}
			return did
		}
		must := func(statement, rationale string) {
			t.Helper()
			words, _, err := c.Words(t.Context(), id, "r1")
			if err != nil || words[richtext.Statement] != statement || words[richtext.Rationale] != rationale {
				t.Fatalf("it says %q (%v)", words, err)
			}
		}
		began := "Elke deelnemer heeft een coördinator."
		form(bo, false, map[richtext.Kind]collab.Rewording{richtext.Rationale: rewording("Vertrouwen.", "Vertrouwen en rust.")})
		did := form(ana, false, map[richtext.Kind]collab.Rewording{richtext.Statement: rewording(began, began+" Ook in de zomer.")})
		if did.Refused || did.Merged {
			t.Errorf("where the other part was changed: %+v", did)
		}
		must(began+" Ook in de zomer.", "Vertrouwen en rust.")

		// Both changed the rationale, at different words.
		did = form(ana, false, map[richtext.Kind]collab.Rewording{richtext.Rationale: rewording("Vertrouwen.", "Vertrouwen. Ook voor ouders.")})
		if did.Refused || !did.Merged {
			t.Errorf("where other words were changed: %+v", did)
		}
		must(began+" Ook in de zomer.", "Vertrouwen en rust. Ook voor ouders.")

		// Both changed the same words: nothing is done, the other part included.
		form(bo, false, map[richtext.Kind]collab.Rewording{richtext.Rationale: {From: "Vertrouwen en rust. Ook voor ouders.", To: "Veiligheid."}})
		both := map[richtext.Kind]collab.Rewording{
			richtext.Statement: rewording(began+" Ook in de zomer.", began),
			richtext.Rationale: rewording("Vertrouwen en rust. Ook voor ouders.", "Zekerheid. Ook voor ouders."),
		}
		did = form(ana, false, both)
		rationale := did.Parts[richtext.Rationale]
		if !did.Refused || !did.Shown || !rationale.Clash || rationale.Words != "Veiligheid." ||
			!slices.Equal(rationale.By, []string{"bo"}) || did.Parts[richtext.Statement].Clash {
			t.Errorf("where the same words were changed: %+v", did)
		}
		must(began+" Ook in de zomer.", "Veiligheid.")

		if did, err := c.Reword(t.Context(), ana, id, "r1", collab.Rewordings{Look: true}); err != nil || !did.Refused || !did.Shown {
			t.Errorf("who only looks: %+v, %v", did, err)
		}

		// Whoever saw that goes over it, and what came after it stays.
		form(bo, false, map[richtext.Kind]collab.Rewording{richtext.Rationale: rewording("Veiligheid.", "Veiligheid. En nog")})
		both[richtext.Rationale] = collab.Rewording{From: "Veiligheid.", To: "Zekerheid. Ook voor ouders.", Over: true}
		if did = form(ana, false, both); did.Refused {
			t.Errorf("over what was seen: %+v", did)
		}
		must(began, "Zekerheid. Ook voor ouders. En nog")

		// What is not in the text is not changed unseen, and comes back with the words.
		if err := c.Change(t.Context(), bo, id, func(doc *crdt.Doc) error {
			return flow.Programme.Remove(doc, flow.Card{Kind: "requirement", ID: "r1"}, time.Now())
		}); err != nil {
			t.Fatal(err)
		}
		gone := map[richtext.Kind]collab.Rewording{richtext.Statement: rewording(began, began+" Altijd.")}
		if did = form(ana, false, gone); !did.Refused || did.Shown || did.By != "bo" {
			t.Errorf("what is not in the text: %+v", did)
		}
		must(began, "Zekerheid. Ook voor ouders. En nog")
		if did = form(ana, true, gone); did.Refused {
			t.Errorf("back into the text: %+v", did)
		}
		must(began+" Altijd.", "Zekerheid. Ook voor ouders. En nog")
		if _, shown, err := c.Words(t.Context(), id, "r1"); err != nil || !shown {
			t.Errorf("it is not in the text (%v)", err)
		}
	})
}

func TestManyFormsAtOnceAreAllStored(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		c, id := written(t, db)
		var wait sync.WaitGroup
		for i := range 20 {
			wait.Go(func() {
				text := fmt.Sprintf("Vertrouwen, reden %d.", i)
				words := map[richtext.Kind]string{richtext.Rationale: text}
				if err := setWords(context.Background(), c, access.Actor{ID: "ana"}, id, "r1", words); err != nil {
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

func TestAnEditorBeginsWithTheTextThatIsShown(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		c, id := written(t, db)
		shown, err := c.Text(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := c.Whole(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		doc := crdt.NewDoc(crdt.KeepFormats())
		if err := doc.ApplyUpdateV2(whole.Update, nil); err != nil {
			t.Fatal(err)
		}
		if begun := collab.TextOf(doc); len(shown.Blocks) == 0 || !reflect.DeepEqual([]richtext.Document{begun, whole.Text}, []richtext.Document{shown, shown}) {
			t.Errorf("shown is %v, given %v and begun with %v", shown, whole.Text, begun)
		}
		if whole.Epoch != 1 {
			t.Errorf("it is of epoch %d", whole.Epoch)
		}
	})
}

func TestTheRequirementsOfATextAreReadOnceATextInItsOrder(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		c, id := written(t, db)
		ids, text, err := c.Requirements(t.Context(), id, "")
		if err != nil || !slices.Equal(ids, []string{"r1"}) {
			t.Fatalf("its requirements are %v (%v)", ids, err)
		}
		if ids, same, err := c.Requirements(t.Context(), id, text); ids != nil || same != text || err != nil {
			t.Errorf("of the same text %v are returned, of %q (%v)", ids, same, err)
		}
		blocks := []richtext.Block{{Kind: richtext.Requirement, ID: "r2"}, {Kind: richtext.Requirement, ID: "r1"}}
		if err := c.SetText(t.Context(), access.Actor{ID: "ana"}, id, richtext.Document{Blocks: blocks}); err != nil {
			t.Fatal(err)
		}
		if ids, next, err := c.Requirements(t.Context(), id, text); !slices.Equal(ids, []string{"r2", "r1"}) || next == text || err != nil {
			t.Errorf("after an edit they are %v, of %q (%v)", ids, next, err)
		}
		if _, _, err := c.Requirements(t.Context(), "nergens", ""); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("of a text that is not there: %v", err)
		}
	})
}
