package programmes

import (
	"regexp"
	"strings"
	"testing"

	"samenwijk/domain/richtext/compare"
	"samenwijk/server/ui"
)

var element = regexp.MustCompile(`<[^>]*>`)

// TestWordsThatChangedKeepTheSpacesAtTheirEdges reads what is on the page, both with what only a screen reader says
// and without: two words must not become one, nor a comma stand loose.
func TestWordsThatChangedKeepTheSpacesAtTheirEdges(t *testing.T) {
	ctx := ui.WithRequest(t.Context(), ui.Request{Lang: ui.Dutch})
	unseen := regexp.MustCompile(`<span class="sw-unseen"[^>]*>[^<]*</span>|<sup[^>]*>[^<]*</sup>`)
	for _, c := range []struct {
		words        []compare.Words
		seen, spoken string
	}{
		{[]compare.Words{{Op: compare.Kept, Text: "begeleider"}, {Op: compare.Inserted, Text: ", van het "}, {Op: compare.Kept, Text: "begin"}},
			"begeleider, van het begin", "begeleider erbij: , van het  (einde erbij) begin"},
		{[]compare.Words{{Op: compare.Deleted, Text: "een "}, {Op: compare.Inserted, Text: "één vaste "}, {Op: compare.Kept, Text: "hulp"}},
			"een één vaste hulp", " weg: een  (einde weg)  erbij: één vaste  (einde erbij) hulp"},
		{[]compare.Words{{Op: compare.Kept, Text: "hulp"}, {Op: compare.Inserted, Text: " nu"}, {Op: compare.Kept, Text: "."}},
			"hulp nu.", "hulp erbij:  nu (einde erbij) ."},
	} {
		var page strings.Builder
		for _, w := range c.words {
			if err := changedWords(changedBlock{}, w).Render(ctx, &page); err != nil {
				t.Fatal(err)
			}
		}
		if got := element.ReplaceAllString(unseen.ReplaceAllString(page.String(), ""), ""); got != c.seen {
			t.Errorf("seen: %q, want %q", got, c.seen)
		}
		if got := element.ReplaceAllString(page.String(), ""); got != c.spoken {
			t.Errorf("spoken: %q, want %q", got, c.spoken)
		}
	}
}
