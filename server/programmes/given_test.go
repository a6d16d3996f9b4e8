package programmes_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"golang.org/x/net/html"

	"samenwijk/domain/access"
	"samenwijk/realtime/protocol"
	"samenwijk/server/collab"
	"samenwijk/server/servertest"
)

func TestWhoeverMayWriteIsSentTheWordsOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := s.document(access.Public)
		r := s.requirement(d, "Iedere deelnemer heeft een vaste begeleider", "Wisselende gezichten kosten vertrouwen")
		path := "/programmas/" + string(d.ID)
		said := []string{"Iedere deelnemer heeft een vaste begeleider", "Wisselende gezichten kosten vertrouwen"}
		s.as("student").GetForScripts(path).MustStatus(200).MustSay(said...) // who only reads has it at once
		b := s.as("entrepreneur")
		b.GetForScripts(path).MustStatus(200).MustNotSay(said...).MustSay("De tekst wordt geladen.").
			Link("Lees de tekst zonder te schrijven").MustStatus(200).MustSay(said...).
			Link("Schrijf mee")

		plain := b.Get(path)
		if plain.Path != path+"/lezen" {
			t.Fatalf("without scripts one arrives at %s", plain.Path)
		}
		if strings.Contains(plain.Body, "early") || strings.Contains(plain.Body, "data-island") || strings.Contains(plain.Body, `type="module" async`) || strings.Count(plain.Body, "<script") > 2 {
			t.Error("the text alone comes with an editor")
		}
		form := plain.MustSay(said...).Link("Wijzig deze eis PVE-1").MustStatus(200)
		if back := form.Link(d.Title); back.Path != path+"/lezen" {
			t.Errorf("the way back leads to %s", back.Path)
		}
		own := path + "/eisen/" + string(r.ID)
		done := form.Form(own).Set("priority", "must").Submit().MustStatus(200).MustSay("Moet")
		if done.Path != path+"/lezen" {
			t.Errorf("from the form one returns to %s", done.Path)
		}
		if !strings.Contains(done.Body, `href="#eis-`+string(r.ID)+`" data-done="PVE-1 is bewaard.">Ga naar PVE-1</a>`) {
			t.Error("what was saved cannot be seen from where it is said")
		}
		if b.GetForScripts(own+"?terug=https%3A%2F%2Felders.test").Link(d.Title).Path != path+"/lezen" { // by the page with the editor
			t.Error("an address may say where the way back leads")
		}
		s.as("outsider").Get(path + "/lezen").MustStatus(200)
	})
}

func TestWhoRunsNoScriptIsToldWhatCanBeDoneAndWhatCannot(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := s.document(access.Public)
		path := "/programmas/" + string(d.ID)
		b := s.as("entrepreneur")
		b.Get(path).MustStatus(200).MustSay("zonder JavaScript kunt u hier nog niets schrijven")
		r := s.requirement(d, "Iedere deelnemer heeft een vaste begeleider", "")
		page := b.Get(path).MustStatus(200).
			MustSay("U kunt de woorden van een eis wel wijzigen", "Alleen met JavaScript kunt u een eis toevoegen, verplaatsen of weghalen")
		for _, want := range []string{
			`<noscript><p class="sw-line">JavaScript werkt niet`,
			`href="#eis-` + string(r.ID) + `">Ga naar de eerste eis, PVE-1.</a></p></noscript>`,
			`<section class="sw-requirement" id="eis-` + string(r.ID),
			`<span class="sw-scripted"><a class="utrecht-link utrecht-link--html-a" href="` + path + `">Schrijf mee.</a></span>`,
		} {
			if !strings.Contains(page.Body, want) {
				t.Errorf("the page has no %s in\n%s", want, page.Body)
			}
		}
		s.as("student").Get(path+"/lezen").MustNotSay("Schrijf mee", "JavaScript werkt niet")
	})
}

// scripts are those of a page that have an attribute.
func scripts(page *servertest.Page, attribute string) []*html.Node {
	return slices.DeleteFunc(page.All("script"), func(n *html.Node) bool { return servertest.Attr(n, attribute) == "" })
}

func TestAnEditorBeginsWithTheTextInItsPage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := s.document(access.Public)
		path := "/programmas/" + string(d.ID)
		var text []byte
		for n := range 70_000 {
			text = append(text, byte(n), byte(n>>8)) // each byte, also what would end a script
		}
		text = append(text, "<!--</script>\r\n019a0000-0000-7000-8000-000000000001"...)
		s.whole = collab.Whole{Epoch: 7, Update: text}
		b := s.as("entrepreneur")
		page := b.GetForScripts(path).MustStatus(200)
		given := scripts(page, "data-given")
		if len(given) != 1 || servertest.Attr(given[0], "type") != "text/plain" {
			t.Fatalf("%d texts are given", len(given))
		}
		small := protocol.Tighten(protocol.PackIDs(text))
		letters := base64.RawStdEncoding.EncodeToString(small.Bytes)
		want := fmt.Sprintf(`{"epoch":7,"first":%d,"ids":1,"letters":%d,"rest":%d,"size":%d}`, small.First, len(letters), small.Rest, len(text))
		if told := servertest.Attr(given[0], "data-given"); told != want {
			t.Errorf("it is told %s, not %s", told, want)
		}
		if given[0].FirstChild.Data != letters {
			t.Error("the page brings other letters")
		}
		if early := servertest.Attr(scripts(page, "data-early")[0], "data-early"); !strings.Contains(early, `"given":true`) {
			t.Errorf("the line is opened early all the same: %s", early)
		}
		request, err := http.NewRequest(http.MethodGet, s.base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept-Encoding", "br")
		tight := b.Do(request)
		if tight.Header.Get("Content-Encoding") != "br" || tight.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("it comes as %v", tight.Header)
		}
		unpacked, err := io.ReadAll(brotli.NewReader(strings.NewReader(tight.Body)))
		if err != nil || !strings.Contains(string(unpacked), letters) {
			t.Errorf("%d bytes are unpacked (%v)", len(unpacked), err)
		}

		none := func(why string, page *servertest.Page) {
			t.Helper()
			if page.MustStatus(200); len(scripts(page, "data-given")) > 0 {
				t.Errorf("%s is given the text", why)
			}
		}
		none("who only reads", s.as("student").GetForScripts(path))
		none("a page that runs no script", b.GetForScripts(path+"/lezen"))
		copied := s.as("entrepreneur")
		copied.SetCookies(&http.Cookie{Name: "kopie", Value: "aaaaaaaaaaaa." + string(d.LiveID)[24:], Path: "/programmas"})
		none("who has a copy", copied.GetForScripts(path))
		copied.SetCookies(&http.Cookie{Name: "kopie", Value: "aaaaaaaaaaaa", Path: "/programmas"})
		if len(scripts(copied.GetForScripts(path), "data-given")) != 1 {
			t.Error("who has a copy of another text is not given this one")
		}
		s.whole.Update = make([]byte, 400_000)
		none("who waits for more than a page can bring", b.GetForScripts(path))
	})
}

func TestAVisitorIsSentTheWordsAloneUntilTheyAskToReadAlong(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := s.document(access.Public)
		path := "/programmas/" + string(d.ID)
		s.requirement(d, "Iedere deelnemer heeft een vaste begeleider", "")
		visitor := s.as("")
		page := visitor.Get(path).MustStatus(200).MustSay("Iedere deelnemer heeft een vaste begeleider")
		if loaded := scripts(page, "src"); len(loaded) > 0 {
			t.Errorf("who only reads is sent %q", servertest.Attr(loaded[0], "src"))
		}
		along := visitor.GetForScripts(page.Href("Lees live mee.")).MustStatus(200)
		if len(scripts(along, "data-early")) != 1 {
			t.Error("who reads along is sent no editor")
		}
		member := s.as("student").Get(path).MustStatus(200).MustNotSay("Lees live mee.")
		if len(scripts(member, "data-early")) != 1 {
			t.Error("a member does not read along")
		}
	})
}
