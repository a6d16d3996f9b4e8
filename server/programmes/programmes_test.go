package programmes_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
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
	edits      []programmes.Edit
	removed    []collab.Removed
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
		Words: func(_ context.Context, live livedoc.ID, id string) (map[richtext.Kind]string, bool, error) {
			block, shown := s.texts[live].Find(richtext.Requirement, id)
			words := map[richtext.Kind]string{}
			for _, part := range block.Blocks {
				words[part.Kind] = part.Plain()
			}
			return words, shown, nil
		},
		Removed: func(context.Context, livedoc.ID) ([]collab.Removed, error) { return s.removed, nil },
		PutBack: func(_ context.Context, _ access.Actor, live livedoc.ID, id string) error {
			text := s.texts[live]
			if _, shown := text.Find(richtext.Requirement, id); !shown {
				text.Blocks = append(text.Blocks, richtext.Block{Kind: richtext.Requirement, ID: id})
			}
			s.texts[live] = text
			return nil
		},
		Edit: func(_ context.Context, _ access.Actor, _ livedoc.ID, in programmes.Edit) error {
			s.edits = append(s.edits, in)
			return nil
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
		s.as("entrepreneur").Get("/programmas/" + string(d.ID)).MustSay("Pas aan met een formulier").
			Link("Pas aan met een formulier PVE-1").MustStatus(200).MustSay("Eis " + r.Key())
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
		want := programmes.Edit{Requirement: r.ID, Statement: "Eén vaste begeleider", Rationale: "Vertrouwen"}
		if len(s.edits) != 1 || s.edits[0] != want {
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

func TestWordsThatSomebodyElseChangedMeanwhileAreNotOverwrittenUnseen(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := s.document(access.Members)
		r := s.requirement(d, "Vaste begeleider", "Vertrouwen")
		path := "/programmas/" + string(d.ID) + "/eisen/" + string(r.ID)
		form := s.as("entrepreneur").Get(path).Form(path)
		s.texts[d.LiveID].Blocks[0].Blocks[0].Blocks[0].Inlines[0].Text = "Twee begeleiders"
		again := form.Set("statement", "Mijn tekst").Submit().MustStatus(409).MustSay("Iemand anders wijzigde deze eis")
		if len(s.edits) != 0 {
			t.Fatal("the words of somebody else were overwritten")
		}
		if again.Value("statement") != "Mijn tekst" {
			t.Errorf("what was typed is lost: %q", again.Value("statement"))
		}
		again.Form(path).Submit().MustStatus(200)
		if len(s.edits) != 1 {
			t.Error("saving once more did not save")
		}
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
		} {
			if !strings.Contains(page.Body, want) {
				t.Errorf("the page has no %s in\n%s", want, page.Body)
			}
		}
	})
}

func TestTheEditorIsGivenOneKeyForOneRequirement(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := s.document(access.Members)
		path := "/programmas/" + string(d.ID)
		b := s.as("entrepreneur")
		var config struct{ Add, Keys, Csrf, Ticket, Socket string }
		page := b.Get(path)
		for _, n := range page.All("div") {
			if raw := servertest.Attr(n, "data-editor"); raw != "" {
				if err := json.Unmarshal([]byte(raw), &config); err != nil {
					t.Fatal(err)
				}
			}
		}
		if config.Ticket != "/live/"+string(d.LiveID)+"/ticket" || config.Socket != "/live/"+string(d.LiveID) {
			t.Errorf("the live text is at %q and %q", config.Ticket, config.Socket)
		}
		add := func(who, id, token string) *servertest.Page {
			t.Helper()
			request, err := http.NewRequest(http.MethodPost, s.base+config.Add, strings.NewReader(url.Values{"id": {id}}.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			request.Header.Set("Accept", "application/json")
			request.Header.Set("X-CSRF-Token", token)
			return s.as(who).Do(request)
		}
		id := database.NewID()
		first, second := add("entrepreneur", id, config.Csrf).MustStatus(200), add("entrepreneur", id, config.Csrf).MustStatus(200)
		if first.Body != second.Body || !strings.Contains(first.Body, `"key":"PVE-1"`) {
			t.Errorf("answers %s and %s", first.Body, second.Body)
		}
		add("entrepreneur", "nee", config.Csrf).MustStatus(422).MustSay("programmes.requirement.bad_id")
		add("entrepreneur", database.NewID(), "").MustStatus(403)
		if keys := b.Get(config.Keys).MustStatus(200); !strings.Contains(keys.Body, id) || !strings.Contains(keys.Body, "PVE-1") {
			t.Errorf("keys: %s", keys.Body)
		}
		s.as("outsider").Get(config.Keys).MustStatus(404)
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
