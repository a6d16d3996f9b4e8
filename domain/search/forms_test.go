package search_test

import (
	"slices"
	"strings"
	"testing"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/search"
)

// TestBothDatabasesFindTheSameWordsInTheSameOrder has one text of several, and for each question the ids
// of what it finds, the best first.
func TestBothDatabasesFindTheSameWordsInTheSameOrder(t *testing.T) {
	texts := map[string]string{
		"plural":      "Bewonersinitiatieven in onze buurt",
		"single":      "Een initiatief van bewoners",
		"enterprise":  "De wijkonderneming zoekt mensen",
		"enterprises": "Sociale ondernemingen leiden op",
		"accent":      "Twee vaste coördinatoren; één idee",
		"decomposed":  "De coo\u0308rdinator belt",
		"key":         "PVE-3 Er is elke dag contact",
		"key12":       "PVE-12 en PVE-30",
		"school":      "Basisscholen en de hogeschool",
		"street":      "Straten zonder administratie",
		"house":       "Het buurthuis, en huizen voor studenten",
		"possible":    "Mogelijkheden om mee te doen",
		"members":     "Leden van de raad, kinderen en foto's",
		"ligature":    "Zo \ufb01jn was de o\ufb03ciele opening",
		"hyphen":      "Een wijk-onderneming erbij",
		"cjk":         "漢字 en кофе",
	}
	questions := map[string][]string{
		"initiatief":            {"single", "plural"},
		"initiatieven":          {"single", "plural"},
		"bewonersinitiatief":    {"plural"},
		"onderneming":           {"hyphen", "enterprises", "enterprise"},
		"ondernemingen":         {"enterprises", "hyphen", "enterprise"},
		"wijkonderneming":       {"enterprise"},
		"wijk-onderneming":      {"hyphen", "enterprise"},
		"coordinator":           {"decomposed", "accent"},
		"Coördinator":           {"decomposed", "accent"},
		"COO\u0308RDINATOREN":   {"accent", "decomposed"},
		"een idee":              {"accent"},
		"één":                   {"single", "hyphen", "accent"},
		"PVE-3":                 {"key"},
		"pve 3":                 {"key"},
		"PVE-1":                 {},
		"PVE-12":                {"key12"},
		"PVE":                   {"key12", "key"},
		"school":                {"school"},
		"scholen":               {"school"},
		"straat":                {"street"},
		"huis":                  {"house"},
		"huizen":                {"house"},
		"mogelijkheid":          {"possible"},
		"lid":                   {"members"},
		"kind":                  {"members"},
		"foto":                  {"members"},
		"foto's":                {"members"},
		"raden":                 {"members"},
		"fijn":                  {"ligature"},
		"officiele":             {"ligature"},
		"漢字":                    {"cjk"},
		"КОФЕ":                  {"cjk"},
		"initiatief bewoners":   {"single", "plural"},
		"initiatief onbekends":  {},
		"zoekt mens":            {"enterprise"},
		"is":                    {"key"},
		"om":                    {"possible"},
		"o":                     {},
		"onderneming OR school": {},
	}
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		for id, text := range texts {
			put(t, db, search.Entry{Kind: "note", ID: id, Audience: access.Public, Title: text})
		}
		for question, want := range questions {
			if got := found(t, db, access.Actor{}, question); !slices.Equal(got, want) {
				t.Errorf("%q found %v, want %v", question, got, want)
			}
		}
	})
}

func TestQuestionsOfAnySizeAndSignAreAnswered(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		put(t, db, search.Entry{Kind: "note", ID: "n", Audience: access.Public, Title: "Fiets en wijk"})
		long := []string{
			strings.Repeat("fiets ", 2000), strings.Repeat("a", 10_000), strings.Repeat("é", 10_000), strings.Repeat("a-b ", 2500),
			strings.Repeat("een ", 2500), strings.Repeat("\ufdfa", 5000), strings.Repeat("fiets-", 2000),
		}
		for _, text := range long {
			if _, err := search.New(db).Find(t.Context(), access.Actor{}, text, 10); err != nil || !search.Asks(text) {
				t.Errorf("%.20q: %v", text, err)
			}
		}
		for _, sign := range []string{
			`"`, `'`, "%", "_", `\`, "*", "(", ")", "&", "|", "!", "<->", ":", "-", "\x00", "\xff", "\n",
			"💥", "\u0301", "~", "{", "}", "^", "$1", "?",
		} {
			for _, text := range []string{sign, strings.Repeat(sign, 10_000)} {
				hits, err := search.New(db).Find(t.Context(), access.Actor{}, text, 10)
				if err != nil || len(hits) > 0 {
					t.Errorf("%.10q found %v, %v", text, hits, err)
				}
				if search.Asks(text) && sign != "$1" {
					t.Errorf("%.10q has a word in it", text)
				}
			}
		}
		if got := found(t, db, access.Actor{}, strings.Repeat("fiets ", 2000)); !slices.Equal(got, []string{"n"}) {
			t.Errorf("the same word many times found %v", got)
		}
	})
}

func TestPartsOfAThingComeAndGoWithIt(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		whole := search.Ref{Kind: "document", ID: "d"}
		part := func(id, body string) search.Entry {
			return search.Entry{Kind: "requirement", ID: "d/" + id, Audience: access.Public, Title: "PVE-" + id, Body: body}
		}
		put(t, db, search.Entry{Kind: "document", ID: "d", Audience: access.Public, Title: "Programma"},
			search.Entry{
				Kind: "requirement", ID: "e/1", Whole: search.Ref{Kind: "document", ID: "e"}, Audience: access.Public, Title: "PVE-1", Body: "fiets",
			})
		set := func(parts ...search.Entry) {
			t.Helper()
			in(t, db, func(tx *database.Tx) error {
				more, err := search.PutParts(tx, whole, parts)
				if more {
					t.Error("a few parts were too many")
				}
				return err
			})
		}
		set(part("1", "fiets"), part("2", "bus"))
		hits, err := search.New(db).Find(t.Context(), access.Actor{}, "bus", 5)
		if err != nil || len(hits) != 1 || hits[0].Whole != whole || hits[0].WholeTitle != "Programma" {
			t.Fatalf("found %+v, %v", hits, err)
		}
		set(part("2", "trein"))
		for question, want := range map[string][]string{"fiets": {"e/1"}, "bus": {}, "trein": {"d/2"}, "programma": {"d"}} {
			if got := found(t, db, access.Actor{}, question); !slices.Equal(got, want) {
				t.Errorf("%q found %v, want %v", question, got, want)
			}
		}
	})
}

func TestVeryManyPartsAreWrittenInSteps(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		whole := search.Ref{Kind: "document", ID: "d"}
		var parts []search.Entry
		for i := range 1201 {
			id := strings.Repeat("x", i%7) + string(rune('a'+i%26)) + strings.Repeat("y", i/26)
			parts = append(parts, search.Entry{Kind: "requirement", ID: id, Audience: access.Public, Title: "Eis", Body: "fiets"})
		}
		steps := 0
		for more := true; more; steps++ {
			in(t, db, func(tx *database.Tx) (err error) {
				more, err = search.PutParts(tx, whole, parts)
				return err
			})
		}
		hits, err := search.New(db).Find(t.Context(), access.Actor{}, "fiets", 5000)
		if err != nil || len(hits) != len(parts) || steps != 3 {
			t.Errorf("%d of %d in %d steps, %v", len(hits), len(parts), steps, err)
		}
	})
}

func TestEntriesOfAnEarlierProgramAreFoundOnceTheyAreRenewed(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		put(t, db, search.Entry{Kind: "note", ID: "n", Audience: access.Public, Title: "Fiets"})
		if _, err := db.Pool().ExecContext(t.Context(), "UPDATE search_entries SET form = 0, words = '', title_words = ''"); err != nil {
			t.Fatal(err)
		}
		if got := found(t, db, access.Actor{}, "fiets"); len(got) != 0 {
			t.Fatalf("found %v before", got)
		}
		for want := 1; want >= 0; want-- {
			if n, err := search.New(db).Renew(t.Context()); n != want || err != nil {
				t.Errorf("renewed %d, %v; want %d", n, err, want)
			}
		}
		if got := found(t, db, access.Actor{}, "fiets"); len(got) != 1 {
			t.Error("not found after")
		}
	})
}

func TestANewTitleLeavesTheText(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		put(t, db, search.Entry{Kind: "note", ID: "n", Audience: access.Public, Title: "Fiets", Body: "lopen"})
		in(t, db, func(tx *database.Tx) error { return search.Retitle(tx, "note", "n", "Trein") })
		in(t, db, func(tx *database.Tx) error { return search.Retitle(tx, "note", "unknown", "Trein") })
		for question, want := range map[string]int{"fiets": 0, "trein": 1, "lopen": 1} {
			if got := found(t, db, access.Actor{}, question); len(got) != want {
				t.Errorf("%q found %v", question, got)
			}
		}
	})
}
