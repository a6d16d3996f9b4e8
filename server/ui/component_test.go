package ui

import (
	"slices"
	"strings"
	"testing"
)

func TestLayoutTellsTheReaderWhereTheyAre(t *testing.T) {
	ctx := reader(Request{Path: "/notities?wijk=1", CSRF: "token"})
	text := render(t, ctx, in(Layout(Page{Title: "Notities", Current: NotesPath, Public: true}), html("<h1>Notities</h1>")))
	contains(t, text, `<html lang="nl">`, "<title>Notities – Samenwijk</title>", `href="/notities" aria-current="true"`,
		`href="#inhoud"`, `<main class="sw-main" id="inhoud"`, `name="terug" value="/notities?wijk=1"`, `action="/taal"`, `href="/inloggen"`)
	lacks(t, text, "<script src", `type="module"`, "noindex", "Uitloggen", "demonstratie")
}

func TestLayoutKeepsPagesThatAreNotPublicOutOfSearchEngines(t *testing.T) {
	contains(t, render(t, reader(Request{}), Layout(Page{Title: "Beheer"})), `content="noindex"`)
}

func TestLayoutNamesTheMistakeInTheTitle(t *testing.T) {
	contains(t, render(t, reader(Request{}), Layout(Page{Title: "Meld u aan", Mistakes: Mistakes{{"naam", "Vul in."}}})), "<title>Fout: Meld u aan – Samenwijk</title>")
}

func TestLayoutShowsWhoIsSignedIn(t *testing.T) {
	viewer := &Viewer{Name: "Ana de Vries", Initials: "AV"}
	text := render(t, reader(Request{Viewer: viewer, CSRF: "token"}), Layout(Page{}))
	contains(t, text, "Ana de Vries", `action="/uitloggen"`, "<title>Samenwijk</title>")
	lacks(t, text, `href="/inloggen"`, "/beheer")
	viewer.Admin = true
	contains(t, render(t, reader(Request{Viewer: viewer}), Layout(Page{})), `href="/beheer"`)
}

func TestScriptsCarryTheNonce(t *testing.T) {
	contains(t, render(t, reader(Request{Nonce: "n0nce"}), Layout(Page{Scripts: []string{"islands.ts"}})), `type="module"`, `nonce="n0nce"`)
}

func TestADemonstrationSaysSo(t *testing.T) {
	contains(t, render(t, reader(Request{Demonstration: true, Lang: English}), Layout(Page{})), "This is a demonstration", `<html lang="en">`)
}

func TestInitialsAreAtMostTwoLetters(t *testing.T) {
	for name, want := range map[string]string{
		"Ana de Vries": "AV", "Wim": "W", "  émile   zola ": "ÉZ", "": "?", "İpek Şahin": "İŞ",
	} {
		if got := Initials(name); got != want {
			t.Errorf("the initials of %q are %q, want %q", name, got, want)
		}
	}
}

func TestAGroupIsTellableWithoutColour(t *testing.T) {
	ctx := reader(Request{})
	letters, shapes := map[string]bool{}, map[string]bool{}
	for _, g := range Groups() {
		letters[g.Letter(ctx)] = true
		shapes[g.shape()] = true
		contains(t, render(t, ctx, Avatar(Person{Name: "Ana", Group: g})), g.Class(), g.Name(ctx))
	}
	if len(letters) != 6 || len(shapes) != 6 {
		t.Errorf("six groups have %d letters and %d shapes", len(letters), len(shapes))
	}
}

func TestPaginationShowsTheEndsAndTheNeighbours(t *testing.T) {
	for name, tc := range map[string]struct {
		page, pages int
		want        []int
	}{
		"first of many":  {1, 9, []int{1, 2, 0, 9}},
		"in the middle":  {5, 9, []int{1, 0, 4, 5, 6, 0, 9}},
		"last of many":   {9, 9, []int{1, 0, 8, 9}},
		"few":            {2, 3, []int{1, 2, 3}},
		"beyond the end": {12, 3, []int{1, 0, 3}},
	} {
		if got := (PageLinks{Page: tc.page, Pages: tc.pages}).shown(); !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %v, want %v", name, got, tc.want)
		}
	}
	if got := render(t, reader(Request{}), Pagination(PageLinks{Page: 1, Pages: 1})); got != "" {
		t.Errorf("a list of one page has links: %s", got)
	}
}

func TestATableCanBeReachedByKeyboardAndSaysWhatItIs(t *testing.T) {
	text := render(t, reader(Request{}), Table(TableProps{ID: "leden", Caption: "Leden", Columns: []Column{{Label: "Naam"}, {Label: "Aantal", Numeric: true}}}))
	contains(t, text, `aria-labelledby="leden-titel"`, `id="leden-titel"`, `tabindex="0"`, `scope="col"`, "sw-number")
}

func TestANoticeSaysItsKindInWords(t *testing.T) {
	ctx := reader(Request{})
	for kind, word := range map[Kind]string{Info: "Goed om te weten", Good: "Gelukt", Warning: "Let op", Danger: "Belangrijk", Quiet: "Goed om te weten"} {
		contains(t, render(t, ctx, Notice(kind, "")), word)
	}
}

func TestAChangeLinkSaysWhatItChanges(t *testing.T) {
	text := render(t, reader(Request{}), SummaryList([]SummaryRow{{Key: "Uw naam", Value: "Ana", ChangeHref: "/naam"}, {Key: "Wijk", Value: "Klarendal"}}))
	contains(t, text, "Wijzig", `<span class="sw-unseen">Uw naam</span>`)
	if strings.Count(text, "<a ") != 1 {
		t.Error("an answer that cannot be changed has a link")
	}
}

func TestARemarkSaysWhoAndWhen(t *testing.T) {
	text := render(t, reader(Request{}), in(Remarks(), in(Remark(Person{Name: "Ana de Vries", Group: Resident}, "gisteren", true), html("<p>Mooi.</p>"))))
	contains(t, text, "<ul", "<li", "Ana de Vries", "gisteren", "Mooi.", "sw-group-resident", "sw-remark--new")
}
