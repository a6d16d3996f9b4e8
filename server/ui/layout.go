package ui

import (
	"context"
	"slices"

	"github.com/a-h/templ"
)

// Page is what the frame must know about its content.
type Page struct {
	Title       string
	Description string          // for search engines and links that are shared
	Current     string          // the path of the word of navigation this page belongs to, "/werkgroepen"
	Public      bool            // may be found by search engines
	Brief       bool            // one thing is asked here: navigation stands behind "Menu" on a wide screen too
	Wide        bool            // uses the whole width: a table, a document
	Mistakes    Mistakes        // the title says it when a form came back
	Sheet       string          // in place of site.css, which it holds
	Styles      []string        // beside that, such as "app.css"
	Scripts     []string        // such as "islands.ts"; a page that needs none has none
	Head        templ.Component // anything else in the head
	Tail        templ.Component // behind all that is shown
	LateFont    bool            // something else must come first, over a slow line
}

// The frame leads to these pages; the last two are forms that are sent.
const (
	HomePath          = "/"
	WorkgroupsPath    = "/werkgroepen"
	ProgrammesPath    = "/programmas"
	MeetingsPath      = "/bijeenkomsten"
	NotesPath         = "/notities"
	SearchPath        = "/zoeken"
	SignInPath        = "/inloggen"
	AccountPath       = "/account"
	AdminPath         = "/beheer"
	AccessibilityPath = "/toegankelijkheid"
	PrivacyPath       = "/privacy"
	SourcePath        = "/broncode"
	ContactPath       = "/contact"
	SignOutPath       = "/uitloggen"
	LanguagePath      = "/taal"
)

// SearchField is the name of the field in the search form, LanguageField and ReturnField those of
// the form that goes to LanguagePath.
const (
	SearchField   = "q"
	LanguageField = "taal"
	ReturnField   = "terug"
)

// SearchLongest is how many characters of a question are looked for; the field takes no more.
const SearchLongest = 200

type word struct{ key, path string }

func words() []word {
	return []word{
		{"ui.nav.workgroups", WorkgroupsPath},
		{"ui.nav.programmes", ProgrammesPath},
		{"ui.nav.meetings", MeetingsPath},
		{"ui.nav.notes", NotesPath},
	}
}

// scripts are those of the page, and for whoever can sign out the one that asks before words are lost by it.
func (p Page) scripts(ctx context.Context) []string {
	const islands = "islands.ts"
	if RequestOf(ctx).Viewer == nil || slices.Contains(p.Scripts, islands) {
		return p.Scripts
	}
	return append(slices.Clone(p.Scripts), islands)
}

func (p Page) sheet() string {
	if p.Sheet != "" {
		return p.Sheet
	}
	return "site.css"
}

func (p Page) title(ctx context.Context) string {
	site := T(ctx, "ui.site.name")
	title := p.Title
	if title == "" || title == site {
		return site
	}
	if len(p.Mistakes) > 0 {
		title = T(ctx, "ui.site.mistake_title", "Title", title)
	}
	return title + " – " + site
}
