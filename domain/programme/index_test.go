package programme_test

import (
	"fmt"
	"slices"
	"testing"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/programme"
	"samenwijk/domain/richtext"
	"samenwijk/domain/search"
)

func textWith(words string, requirements ...string) richtext.Document {
	line := func(s string) []richtext.Block {
		return []richtext.Block{{Kind: richtext.Paragraph, Inlines: []richtext.Inline{{Text: s}}}}
	}
	blocks := line(words)
	for i, says := range requirements {
		blocks = append(blocks, richtext.Block{Kind: richtext.Requirement, ID: fmt.Sprintf("r%d", i+1), Blocks: []richtext.Block{
			{Kind: richtext.Statement, Blocks: line(says)},
		}})
	}
	return richtext.Document{Blocks: blocks}
}

// TestATextIsIndexedAsItReads also gives keys to requirements that nobody has looked at yet.
func TestATextIsIndexedAsItReads(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := programme.New(db)
		who := access.Actor{ID: "ana", Grants: []access.Grant{{Role: access.Coordinator, Realm: access.InWorkgroup, ID: "w1"}}}
		d, err := s.Create(t.Context(), who, programme.Input{Workgroup: "w1", Title: "Lijst", Audience: access.Members})
		if err != nil {
			t.Fatal(err)
		}
		index := func(called string, text richtext.Document) {
			t.Helper()
			if more, err := s.IndexText(t.Context(), d.ID, text, called); more || err != nil {
				t.Fatal(more, err)
			}
			if all, err := s.Indexed(t.Context(), "", 10); err != nil || len(all) != 1 || all[0].Text != called || all[0].LiveID != d.LiveID {
				t.Errorf("indexed %+v, %v", all, err)
			}
		}
		finds := func(who access.Actor, question string, want ...string) {
			t.Helper()
			hits, err := search.New(db).Find(t.Context(), who, question, 10)
			var got []string
			for _, h := range hits {
				got = append(got, h.Kind+" "+h.Title[0].Text)
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%q found %q, %v; want %q", question, got, err, want)
			}
		}
		index("1.1", textWith("vooraf", "fiets", "bus"))
		finds(who, "vooraf", "document Lijst")
		finds(who, "fiets", "requirement PVE-1")
		finds(who, "PVE-2", "requirement PVE-2")
		finds(access.Actor{}, "fiets")
		index("1.2", textWith("achteraf", "fiets"))
		finds(who, "vooraf")
		finds(who, "bus")
		finds(who, "PVE-2")
		index("1.3", textWith("achteraf", "fiets", "trein"))
		finds(who, "trein", "requirement PVE-2")
		if _, err := s.IndexText(t.Context(), "unknown", richtext.Document{}, "1.1"); err == nil {
			t.Error("a document that is not there was indexed")
		}
	})
}
