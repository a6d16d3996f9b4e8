package programmes_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/programme"
	"samenwijk/domain/richtext"
	"samenwijk/server/servertest"
)

func TestTheEditorIsGivenOneKeyForOneRequirement(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := s.document(access.Members)
		path := "/programmas/" + string(d.ID)
		b := s.as("entrepreneur")
		var config struct{ Add, Keys, Csrf, Ticket, Socket string }
		page := b.GetForScripts(path)
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
		add("entrepreneur", "nee, nee", config.Csrf).MustStatus(422).MustSay("programmes.requirement.bad_id")
		add("entrepreneur", "", config.Csrf).MustStatus(422).MustSay("programmes.requirement.bad_id")
		several := add("entrepreneur", "r9 "+id+" r8", config.Csrf).MustStatus(200)
		if !strings.Contains(several.Body, `{"requirements":[{"id":"`+id+
			`","key":"PVE-1","facts":"Concept"},{"id":"r9","key":"PVE-2","facts":"Concept"},{"id":"r8","key":"PVE-3","facts":"Concept"}]}`) {
			t.Errorf("for several the answer is %s", several.Body)
		}
		add("entrepreneur", database.NewID(), "").MustStatus(403)
		if keys := b.Get(config.Keys).MustStatus(200); !strings.Contains(keys.Body, id) || !strings.Contains(keys.Body, "PVE-1") {
			t.Errorf("keys: %s", keys.Body)
		}
		s.as("outsider").Get(config.Keys).MustStatus(404)
	})
}

// scripted is a text of which no requirement came in by the editor.
func (s *site) scripted(d programme.RequirementsDocument, ids ...string) {
	text := richtext.Document{}
	for _, id := range ids {
		text.Blocks = append(text.Blocks, richtext.Block{Kind: richtext.Requirement, ID: id, Blocks: []richtext.Block{
			{Kind: richtext.Statement, Blocks: []richtext.Block{
				{Kind: richtext.Paragraph, Inlines: []richtext.Inline{{Text: "Wat " + id + " zegt"}}},
			}},
			{Kind: richtext.Rationale},
		}})
	}
	s.texts[d.LiveID] = text
}

func TestRequirementsOfAScriptHaveTheirKeysOnEveryPageFromTheFirstTime(t *testing.T) {
	const list = `{"requirements":[{"id":"r3","key":"PVE-1","facts":"Concept"},{"id":"r1","key":"PVE-2","facts":"Concept"}]}`
	for name, first := range map[string]func(t *testing.T, s *site, path string){
		"the page": func(_ *testing.T, s *site, path string) {
			s.as("").Get(path).MustStatus(200).MustSay("PVE-1 Wat r3 zegt", "PVE-2 Wat r1 zegt")
		},
		"the list": func(t *testing.T, s *site, path string) {
			if got := s.as("student").Get(path + "/eisen.json").MustStatus(200).Body; got != list {
				t.Errorf("the list is %s", got)
			}
		},
		"the form": func(_ *testing.T, s *site, path string) {
			s.as("entrepreneur").Get(path+"/eisen/r1").MustStatus(200).MustSay("Eis PVE-2", "Wat r1 zegt")
		},
		"what the form sends": func(_ *testing.T, s *site, path string) {
			b := s.as("entrepreneur")
			form := b.Get(path + "/eisen/r1").Form(path + "/eisen/r1")
			form.Set("statement", "Wat r1 nu zegt").Submit().MustStatus(200)
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *site) {
				d := s.document(access.Public)
				s.scripted(d, "r3", "r1")
				path := "/programmas/" + string(d.ID)
				first(t, s, path)
				if got := s.as("").Get(path + "/eisen.json").MustStatus(200).Body; got != list {
					t.Errorf("afterwards the list is %s", got)
				}
				s.as("entrepreneur").Get(path + "/eisen/r9").MustStatus(404)
				s.as("outsider").Get(path + "/eisen/r3").MustStatus(200) // the document is public
			})
		})
	}
}

func TestTheListReadsATextOnceAndGivesAllKeysInAFewTurns(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := s.document(access.Members)
		var ids []string
		for i := range 4_500 {
			ids = append(ids, fmt.Sprint("r", i))
		}
		s.scripted(d, ids...)
		path := "/programmas/" + string(d.ID) + "/eisen.json"
		s.as("outsider").Get(path).MustStatus(404)
		b := s.as("student")
		for turn, want := range []int{2000, 4000, 4500, 4500, 4500} {
			var answer struct {
				Requirements []struct{ ID, Key string }
				More         bool
			}
			if err := json.Unmarshal([]byte(b.Get(path).MustStatus(200).Body), &answer); err != nil {
				t.Fatal(err)
			}
			last := answer.Requirements[len(answer.Requirements)-1]
			if len(answer.Requirements) != want || answer.More != (want < 4500) || last.ID != ids[want-1] || last.Key != fmt.Sprint("PVE-", want) {
				t.Errorf("turn %d gives %d keys, the last %v, more %v", turn, len(answer.Requirements), last, answer.More)
			}
		}
		if s.read != 3 {
			t.Errorf("the text was read %d times, want 3", s.read)
		}
		s.scripted(d, append(ids, "nieuw")...)
		if got := b.Get(path).Body; !strings.Contains(got, `{"id":"nieuw","key":"PVE-4501"`) {
			t.Error("what came later has no key")
		}
	})
}
