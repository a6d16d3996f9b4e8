package programmes_test

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/programme"
	"samenwijk/domain/richtext"
	"samenwijk/domain/richtext/compare"
	"samenwijk/server"
	"samenwijk/server/collab"
	"samenwijk/server/programmes"
	"samenwijk/server/servertest"
	"samenwijk/server/web"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

const group = "019a0000-0000-7000-8000-000000000001"

// site is the pages on a real database and a real socket; the shared text is kept in texts.
type site struct {
	t          *testing.T
	base       string
	programmes *programme.Service
	texts      map[livedoc.ID]richtext.Document
	whole      collab.Whole               // what an editor begins with; the text itself is in texts
	edits      []map[richtext.Kind]string // what forms wrote
	changers   []string                   // who is said to have changed what a form clashes with
	removed    []collab.Removed
	kept       richtext.Document // the words of what is in no text
	read       int               // how often the requirements of a text were read
}

func people() map[string]access.Actor {
	member := func(role access.Role) access.Actor {
		return access.Actor{ID: access.PersonID(role), Grants: []access.Grant{{Role: role, Realm: access.InWorkgroup, ID: group}}}
	}
	return map[string]access.Actor{
		"coordinator": member(access.Coordinator), "entrepreneur": member(access.Entrepreneur), "student": member(access.Student),
		"outsider": {ID: "outsider", Grants: []access.Grant{{Role: access.Coordinator, Realm: access.InWorkgroup, ID: "another"}}},
	}
}

func open(t *testing.T, db *database.DB) *site {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, base: "http://" + listener.Addr().String(), programmes: programme.New(db), texts: map[livedoc.ID]richtext.Document{}}
	base, err := url.Parse(s.base)
	if err != nil {
		t.Fatal(err)
	}
	door := web.New(web.Config{
		BaseURL: base, Secret: make([]byte, 32), Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: database.Now,
		Authenticate: func(_ context.Context, token string) (web.Visitor, error) {
			who, ok := people()[token]
			if !ok {
				return web.Visitor{}, fault.Unauthenticated("sign_in_first")
			}
			return web.Visitor{Actor: who, Name: "Iemand van de groep", Session: token}, nil
		},
	})
	pages := programmes.New(s.programmes, programmes.Config{
		Workgroups: func(_ context.Context, who access.Actor, ids []string) (map[string]string, error) {
			names := map[string]string{}
			for _, id := range ids {
				if id == group && who.RoleIn(group) != "" {
					names[id] = "Lerende samenwerking"
				}
			}
			return names, nil
		},
		Text: func(_ context.Context, live livedoc.ID) (richtext.Document, error) { return s.texts[live], nil },
		Whole: func(_ context.Context, live livedoc.ID) (collab.Whole, error) {
			whole := s.whole
			whole.Text = s.texts[live]
			return whole, nil
		},
		Words: func(_ context.Context, live livedoc.ID, id string) (map[richtext.Kind]string, bool, error) {
			block, shown := s.find(live, id)
			words := map[richtext.Kind]string{}
			for _, part := range block.Blocks {
				words[part.Kind] = part.Plain()
			}
			return words, shown, nil
		},
		Requirements: func(_ context.Context, live livedoc.ID, known string) ([]string, string, error) {
			ids := s.texts[live].IDs(richtext.Requirement)
			text := strings.Join(ids, " ") + " is the text"
			if text == known {
				return nil, text, nil
			}
			s.read++
			return ids, text, nil
		},
		Log:     slog.New(slog.DiscardHandler),
		Removed: func(context.Context, livedoc.ID) ([]collab.Removed, error) { return s.removed, nil },
		PutBack: func(_ context.Context, _ access.Actor, live livedoc.ID, id string) error {
			text := s.texts[live]
			if _, shown := text.Find(richtext.Requirement, id); !shown {
				text.Blocks = append(text.Blocks, richtext.Block{Kind: richtext.Requirement, ID: id})
			}
			s.texts[live] = text
			return nil
		},
		Reword: s.reword,
		Names: func(_ context.Context, ids []access.PersonID) (map[access.PersonID]string, error) {
			names := map[access.PersonID]string{}
			for _, id := range ids {
				names[id] = "Naam van " + string(id)
			}
			return names, nil
		},
	})
	app := server.New(server.Config{Web: door, Assets: fstest.MapFS{}, BodyLimit: 1 << 20, Ready: db.Ping}, pages)
	served := make(chan error, 1)
	go func() { served <- app.Listener(listener) }()
	t.Cleanup(func() {
		if err := app.ShutdownWithTimeout(5 * time.Second); err != nil {
			t.Errorf("shut down: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return s
}

// find returns a requirement with its words, and whether it is in the text.
func (s *site) find(live livedoc.ID, id string) (richtext.Block, bool) {
	block, shown := s.texts[live].Find(richtext.Requirement, id)
	if !shown {
		block, _ = s.kept.Find(richtext.Requirement, id)
	}
	return block, shown
}

// reword is a form as the real text does it, but for putting anything in the text.
func (s *site) reword(
	_ context.Context, _ access.Actor, live livedoc.ID, id string, in collab.Rewordings,
) (collab.Reworded, error) {
	block, shown := s.find(live, id)
	did := collab.Reworded{Shown: shown, Refused: in.Look || !shown && !in.Back, Parts: map[richtext.Kind]collab.PartNow{}}
	says := map[richtext.Kind]string{}
	for _, part := range []richtext.Kind{richtext.Statement, richtext.Rationale} {
		is, _ := block.Child(part)
		now := collab.PartNow{Words: is.Plain()}
		if r, given := in.Parts[part]; given {
			merged := compare.Merge(r.From, r.To, now.Words)
			if now.Clash = merged.Clash && !r.Over; now.Clash {
				did.Refused, now.By = true, s.changers
			}
			did.Merged = did.Merged || merged.Both
			says[part] = merged.Text
		}
		did.Parts[part] = now
	}
	if !did.Refused {
		s.edits = append(s.edits, says)
	}
	return did, nil
}

// write has somebody else put other words in a requirement.
func (s *site) write(d programme.RequirementsDocument, r programme.Requirement, part richtext.Kind, text string) {
	s.t.Helper()
	block, _ := s.texts[d.LiveID].Find(richtext.Requirement, string(r.ID))
	is, found := block.Child(part)
	if !found {
		s.t.Fatal("there is no such part")
	}
	is.Blocks[0].Inlines[0].Text = text
}

// as opens a browser of somebody; nobody in particular is a visitor.
func (s *site) as(who string) *servertest.Browser {
	b := servertest.NewBrowser(s.t, s.base)
	if who != "" {
		b.SetCookies(&http.Cookie{Name: web.SessionCookie, Value: who, Path: "/"})
	}
	return b
}

func (s *site) document(audience access.Audience) programme.RequirementsDocument {
	s.t.Helper()
	d, err := s.programmes.Create(context.Background(), people()["coordinator"],
		programme.Input{Workgroup: group, Title: "Lerende samenwerking", Audience: audience})
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

// requirement adds one with words in the text.
func (s *site) requirement(d programme.RequirementsDocument, statement, rationale string) programme.Requirement {
	s.t.Helper()
	r, err := s.programmes.AddRequirement(context.Background(), people()["entrepreneur"], d.ID, programme.RequirementID(database.NewID()))
	if err != nil {
		s.t.Fatal(err)
	}
	paragraph := func(text string) []richtext.Block {
		return []richtext.Block{{Kind: richtext.Paragraph, Inlines: []richtext.Inline{{Text: text}}}}
	}
	text := s.texts[d.LiveID]
	text.Blocks = append(text.Blocks, richtext.Block{Kind: richtext.Requirement, ID: string(r.ID), Blocks: []richtext.Block{
		{Kind: richtext.Statement, Blocks: paragraph(statement)}, {Kind: richtext.Rationale, Blocks: paragraph(rationale)},
	}})
	s.texts[d.LiveID] = text
	return r
}

func each(t *testing.T, test func(t *testing.T, s *site)) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) { test(t, open(t, db)) })
}

func TestACoordinatorBeginsAProgrammeThatTheGroupThenFinds(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		path := "/werkgroepen/" + group + "/programmas/nieuw"
		page := s.as("coordinator").Get(path).MustStatus(200).MustSay("Begin een programma van eisen", "Lerende samenwerking").
			Form(path).Set("title", "Wat wij afspreken").Set("audience", "members").Submit().
			MustStatus(200).MustSay("Wat wij afspreken", "In dit programma staat nog niets.")
		s.as("student").Get("/programmas").MustSay("Wat wij afspreken", "Lerende samenwerking").
			Link("Wat wij afspreken").MustStatus(200)
		s.as("").Get("/programmas").MustStatus(200).MustNotSay("Wat wij afspreken")
		s.as("outsider").Get(page.Path).MustStatus(404).MustNotSay("Wat wij afspreken")
	})
}

func TestWhoMayNotCreateIsToldNothingOfTheGroup(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		path := "/werkgroepen/" + group + "/programmas/nieuw"
		s.as("student").Get(path).MustStatus(403)
		s.as("outsider").Get(path).MustStatus(404).MustNotSay("Lerende samenwerking")
		s.as("").Get(path).MustStatus(404).MustNotSay("Lerende samenwerking")
	})
}

func TestABadFormComesBackFilledInWithASentenceAtEachField(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		path := "/werkgroepen/" + group + "/programmas/nieuw"
		b := s.as("coordinator")
		page := b.Get(path).Form(path).Set("title", " ").SetHostile("audience", "private").Submit().MustStatus(422)
		if page.Mistake("title") == "" || page.Mistake("audience") == "" {
			t.Errorf("mistakes %q and %q, want a sentence at both", page.Mistake("title"), page.Mistake("audience"))
		}
		long := strings.Repeat("lang ", 60)
		page = b.Get(path).Form(path).Set("title", long).Submit().MustStatus(422)
		if page.Mistake("title") == "" || page.Value("title") != strings.TrimSpace(long) {
			t.Errorf("what was typed is lost: %q", page.Value("title"))
		}
		for _, hostile := range []string{"<script>alert(1)</script>", "' OR 1=1 --", "{{.Title}}"} {
			b.Get(path).Form(path).Set("title", hostile).Set("audience", "public").Submit().MustStatus(200).MustSay(hostile)
		}
		b.Get(path).Form(path).SetHostile("title", "een", "twee").Submit().MustStatus(422)
	})
}

func TestATableWithoutWordsStandsOnThePage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := s.document(access.Public)
		cell := richtext.Block{Kind: richtext.Cell, Blocks: []richtext.Block{{Kind: richtext.Paragraph}}}
		s.texts[d.LiveID] = richtext.Document{Blocks: []richtext.Block{
			{Kind: richtext.Table, ID: "t", Blocks: []richtext.Block{{Kind: richtext.Row, Blocks: []richtext.Block{cell, cell}}}},
		}}
		page := s.as("").Get("/programmas/" + string(d.ID)).MustStatus(200).MustNotSay("In dit programma staat nog niets.")
		if got := strings.Count(page.Body, "<td>"); got != 2 {
			t.Errorf("the table shows %d cells, want 2", got)
		}
	})
}

func TestTheDocumentPageShowsTheSavedTextWithItsKeys(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := s.document(access.Public)
		r := s.requirement(d, "Iedere deelnemer heeft een vaste begeleider", "Wisselende gezichten kosten vertrouwen")
		page := s.as("").Get("/programmas/"+string(d.ID)).MustStatus(200).
			MustSay("PVE-1", "Iedere deelnemer heeft een vaste begeleider", "Wisselende gezichten kosten vertrouwen", "Concept")
		if strings.Contains(page.Body, "/eisen/"+string(r.ID)) {
			t.Error("a visitor is offered the form")
		}
		if strings.Contains(page.Body, "style=") {
			t.Error("the content security policy forbids styles in the page")
		}
		for _, name := range []string{"Eis", "Onderbouwing"} {
			if !strings.Contains(page.Body, `role="group" aria-label="`+name+`"`) {
				t.Errorf("the part %s of a requirement has no name", name)
			}
		}
		if strings.Contains(page.Body, "schrijfhulp") {
			t.Error("who only reads is told about keys for writing")
		}
		if !strings.Contains(s.as("entrepreneur").GetForScripts("/programmas/"+string(d.ID)).Body, `<p id="schrijfhulp" hidden>`) {
			t.Error("who writes is not told about keys, or everybody reads about them in the page")
		}
		s.as("entrepreneur").Get("/programmas/" + string(d.ID)).MustSay("Wijzig deze eis").
			Link("Wijzig deze eis PVE-1").MustStatus(200).MustSay("Eis " + r.Key())
	})
}

func TestARequirementIsChangedWithAPlainForm(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := s.document(access.Members)
		r := s.requirement(d, "Vaste begeleider", "Vertrouwen")
		path := "/programmas/" + string(d.ID) + "/eisen/" + string(r.ID)
		b := s.as("entrepreneur")
		form := b.Get(path).MustStatus(200).Form(path)
		if form.Value("statement") != "Vaste begeleider" || form.Value("rationale") != "Vertrouwen" {
			t.Fatalf("the form holds %q and %q", form.Value("statement"), form.Value("rationale"))
		}
		form.Set("statement", "Eén vaste begeleider").Set("type", "precondition").Set("priority", "must").Submit().
			MustStatus(200).MustSay("Randvoorwaarde · Moet · Concept")
		want := map[richtext.Kind]string{richtext.Statement: "Eén vaste begeleider"} // the rationale was left alone
		if len(s.edits) != 1 || !maps.Equal(s.edits[0], want) {
			t.Errorf("edits %+v, want %+v", s.edits, want)
		}

		b.Get(path).Form(path).Set("priority", "could").Submit().MustStatus(200)
		if len(s.edits) != 1 {
			t.Error("the text was written again though only the priority changed")
		}
		b.Get(path).Form(path).Set("statement", " ").Submit().MustStatus(422)
		b.Get(path).Form(path).SetHostile("type", "rule").Submit().MustStatus(422)
		s.as("student").Get(path).MustStatus(200).MustSay("Vaste begeleider")
		if s.as("student").Get(path).HasForm(path) {
			t.Error("a student is offered the form")
		}
		s.as("student").Post(path, url.Values{"statement": {"x"}}).MustStatus(403)
		s.as("outsider").Get(path).MustStatus(404)
	})
}

func TestARequirementThatIsNoLongerInTheTextKeepsItsPage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := s.document(access.Members)
		r := s.requirement(d, "Weg", "")
		s.texts[d.LiveID] = richtext.Document{}
		s.as("entrepreneur").Get("/programmas/"+string(d.ID)+"/eisen/"+string(r.ID)).MustStatus(200).
			MustSay("PVE-1", "Deze eis staat niet meer in de tekst")
	})
}

func TestARemovedRequirementIsPutBackWithOneClick(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := s.document(access.Public)
		r, gone := s.requirement(d, "Blijft", ""), s.requirement(d, "Weg", "")
		bare := s.requirement(d, "", "")
		s.texts[d.LiveID] = richtext.Document{Blocks: s.texts[d.LiveID].Blocks[:1]}
		s.removed = []collab.Removed{{Requirement: "of nobody", Words: "Niet van hier."}, {Requirement: string(gone.ID), Words: "Elke deelnemer heeft een vaste begeleider."}}
		path := "/programmas/" + string(d.ID)
		back := path + "/eisen/" + string(gone.ID) + "/terug"
		s.as("").Get(path).MustStatus(200).MustNotSay("Weggehaalde eisen", "vaste begeleider")
		if page := s.as("student").Get(path).MustSay("Weggehaalde eisen", "PVE-2", "Elke deelnemer heeft een vaste begeleider."); page.HasForm(back) {
			t.Error("who may not write is offered the button")
		}
		student := s.as("student")
		student.Post(back, url.Values{"csrf": {student.Get("/programmas").Form("/taal").Value("csrf")}}).MustStatus(403)
		b := s.as("entrepreneur")
		page := b.Get(path).MustSay("Weggehaalde eisen", "PVE-2").MustNotSay("PVE-3", "Niet van hier.")
		if page.HasForm(path + "/eisen/" + string(r.ID) + "/terug") {
			t.Error("a requirement that stands in the text is offered")
		}
		if strings.Index(page.Body, `data-part="after"`) > strings.Index(page.Body, `data-part="removed"`) {
			t.Error("who leaves the text comes behind what was removed, not behind the text")
		}
		form := page.Form(back)
		for range 2 { // somebody else may have been first
			form.Submit().MustStatus(200).MustSay("PVE-2 staat weer in de tekst.").MustNotSay("Elke deelnemer heeft een vaste begeleider.")
		}
		b.Get(path + "/eisen/" + string(bare.ID)).Form(path + "/eisen/" + string(bare.ID) + "/terug").Submit().
			MustSay("PVE-3 staat weer in de tekst.").MustNotSay("Weggehaalde eisen")
		if n := len(s.texts[d.LiveID].Blocks); n != 3 {
			t.Errorf("%d requirements stand in the text", n)
		}
		b.Post(path+"/eisen/"+database.NewID()+"/terug", url.Values{"csrf": {form.Value("csrf")}}).MustStatus(404)
	})
}

func TestWhatPeopleWriteIsDutchOnAnEnglishPage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := s.document(access.Members)
		r := s.requirement(d, "Vaste begeleider", "Vertrouwen")
		path := "/programmas/" + string(d.ID)
		b := s.as("entrepreneur")
		b.SetCookies(&http.Cookie{Name: web.LanguageCookie, Value: "en", Path: "/"})
		for at, want := range map[string][]string{
			path:                            {`<html lang="en">`, `<h1 lang="nl">`, `id="tekst" tabindex="-1" lang="nl" data-part="text"`},
			path + "/lezen":                 {`<h1 lang="nl">`, `id="tekst" tabindex="-1" lang="nl"`, `<ol class="sw-outline__list" lang="nl">`, `<div class="sw-requirement__line" lang="en">`},
			path + "/eisen/" + string(r.ID): {`lang="nl" name="statement"`, `lang="nl" name="rationale"`, "No choice", "Precondition: what must be arranged first"},
		} {
			body := b.GetForScripts(at).MustStatus(200).Body
			for _, one := range want {
				if !strings.Contains(body, one) {
					t.Errorf("%s has no %s", at, one)
				}
			}
		}
	})
}

func TestWhoWritesIsToldWhatAFormDidAndSoIsWhoRunsNoScript(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := s.document(access.Members)
		r := s.requirement(d, "Vaste begeleider", "")
		path := "/programmas/" + string(d.ID)
		b := s.as("entrepreneur")
		form := b.Get(path + "/eisen/" + string(r.ID)).Form("/eisen/" + string(r.ID)) // from the page with the editor
		done := form.Set("priority", "must").Submit().MustStatus(200).MustSay("PVE-1 is bewaard.")
		if done.Path != path+"/lezen" { // without scripts one goes on to the text by itself
			t.Errorf("without scripts one arrives at %s", done.Path)
		}
		b.Get(done.Address).MustStatus(200).MustNotSay("PVE-1 is bewaard.") // it was said
		written := strings.Replace(done.Address, "/lezen", "", 1)
		for _, who := range []string{"entrepreneur", "coordinator"} { // it is of another page, and of another person
			s.as(who).GetForScripts(written).MustStatus(200).MustNotSay("PVE-1 is bewaard.")
		}
	})
}

func TestThePageShowsEveryKindOfBlock(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := s.document(access.Public)
		p := func(text string) richtext.Block {
			return richtext.Block{Kind: richtext.Paragraph, Inlines: []richtext.Inline{{Text: text}}}
		}
		of := func(kind richtext.Kind, inside ...richtext.Block) richtext.Block {
			return richtext.Block{Kind: kind, Blocks: inside}
		}
		s.texts[d.LiveID] = richtext.Document{Blocks: []richtext.Block{
			of(richtext.OrderedList, of(richtext.ListItem, p("een"), of(richtext.BulletList, of(richtext.ListItem, p("twee"))))),
			of(richtext.Table, of(richtext.Row, of(richtext.HeaderCell, p("kop"))), of(richtext.Row, of(richtext.Cell, p("cel")))),
			of(richtext.Note, p("Let op.")), of(richtext.Quote, p("Gezegd.")),
			{Kind: richtext.Other, Unknown: true}, {Kind: richtext.Other, Unknown: true, Blocks: []richtext.Block{p("in een kader")}},
			{Kind: richtext.Paragraph, Unknown: true, Inlines: []richtext.Inline{{Text: "van morgen"}, {Unknown: true}}},
			{Kind: richtext.Paragraph, Inlines: []richtext.Inline{{Text: "vet", Bold: true, Italic: true, Strike: true, Code: true}}},
		}}
		page := s.as("").Get("/programmas/"+string(d.ID)).MustStatus(200).
			MustSay("Hier staat iets dat deze bladzijde nog niet kan laten zien.", "in een kader", "van morgen", "iets dat deze bladzijde nog niet kan laten zien")
		for _, want := range []string{
			`<ol start="1"><li><p>een</p><ul><li><p>twee</p></li></ul></li></ol>`,
			`<table class="sw-table"><tbody><tr><th scope="col"><p>kop</p></th></tr><tr><td><p>cel</p></td></tr></tbody></table>`,
			`data-label="Een soort kader dat deze bladzijde nog niet kent"`, `data-label="Een soort alinea die deze bladzijde nog niet kent"`,
			`<strong><em><s><code>vet</code></s></em></strong>`,
			`role="group" aria-label="Toelichting"`, `<blockquote class="sw-block" role="group" aria-label="Citaat">`,
		} {
			if !strings.Contains(page.Body, want) {
				t.Errorf("the page has no %s in\n%s", want, page.Body)
			}
		}
	})
}

func TestADocumentGetsAnotherName(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := s.document(access.Public)
		path := "/programmas/" + string(d.ID) + "/titel"
		s.as("entrepreneur").Get(path).Form(path).Set("title", "Een betere naam").Submit().MustStatus(200).MustSay("Een betere naam")
		s.as("entrepreneur").Get(path).Form(path).Set("title", "").Submit().MustStatus(422)
		s.as("student").Get(path).MustStatus(403)
		if page := s.as("").Get(path); !strings.HasPrefix(page.Path, "/inloggen") {
			t.Errorf("a visitor arrives at %s", page.Path)
		}
	})
}
