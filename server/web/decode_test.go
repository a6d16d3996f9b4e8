package web_test

import (
	"errors"
	"io"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/fault"
	"samenwijk/server/web"
)

type answers struct {
	Name  string   `form:"name"`
	Story string   `form:"story,max=10,lines"`
	Seats int      `form:"seats"`
	Agree bool     `form:"agree"`
	Needs []string `form:"needs"`
	Other string
}

// send decodes a form that a browser sent and returns what the handler got.
func send(t *testing.T, body string) (got answers, mistakes map[string]string) {
	t.Helper()
	app := fiber.New(fiber.Config{Immutable: true})
	app.Post("/", func(c *fiber.Ctx) error {
		err := web.Decode(c, &got)
		mistakes = map[string]string{}
		var f *fault.Fault
		if errors.As(err, &f) {
			for _, one := range f.All() {
				mistakes[one.Field] = one.Code
			}
		} else if err != nil {
			t.Errorf("not a fault: %v", err)
		}
		return nil
	})
	request := httptest.NewRequest("POST", "/", strings.NewReader(body))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := app.Test(request)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Fatal(err)
	}
	return got, mistakes
}

func TestDecodeReadsWhatWasSentAndTidiesIt(t *testing.T) {
	got, mistakes := send(t, "name=++Ana%0D%0AB++&story=a%0D%0Ab&seats=2&agree=ja&needs=lift&needs=tolk&Other=x&unasked=1")
	if len(mistakes) != 0 {
		t.Fatalf("mistakes: %v", mistakes)
	}
	if got.Name != "Ana B" || got.Story != "a\nb" || got.Seats != 2 || !got.Agree || strings.Join(got.Needs, ",") != "lift,tolk" {
		t.Errorf("got %+v", got)
	}
	if got.Other != "" {
		t.Error("a field that the form does not ask for was filled in")
	}
}

func TestABreakOfALineStaysABreakHoweverItWasCopied(t *testing.T) {
	for name, end := range map[string]string{
		"Unix": "\n", "Windows": "\r\n", "an old Mac": "\r", "a soft break of Word": "\v", "a page break": "\f",
		"next line": "\u0085", "line separator": "\u2028", "paragraph separator": "\u2029",
	} {
		text := url.QueryEscape("eerste" + end + "tweede")
		got, mistakes := send(t, "name="+text+"&needs="+text+"&story="+url.QueryEscape("een"+end+"twee"))
		if len(mistakes) != 0 {
			t.Errorf("%s: mistakes: %v", name, mistakes)
		}
		if got.Name != "eerste tweede" || strings.Join(got.Needs, ",") != "eerste tweede" || got.Story != "een\ntwee" {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	if got, mistakes := send(t, "name=Ana%09Bo&story=a%09b"); got.Name != "Ana Bo" || got.Story != "a\tb" || len(mistakes) != 0 {
		t.Errorf("of a tab: got %+v, mistakes %v", got, mistakes)
	}
}

func TestDecodeNamesEachMistakeAtItsFieldAndKeepsWhatWasTyped(t *testing.T) {
	long := strings.Repeat("é", 201)
	for name, tc := range map[string]struct {
		body, field, code string
		kept              func(answers) bool
	}{
		"too long":                 {"name=" + url.QueryEscape(long), "name", "web.field.too_long", func(a answers) bool { return a.Name == long }},
		"sent twice":               {"name=Ana&name=Bo", "name", "web.field.sent_twice", func(a answers) bool { return a.Name == "Ana" }},
		"no number":                {"seats=veel", "seats", "web.field.not_a_number", func(a answers) bool { return a.Seats == 0 }},
		"a number beyond all":      {"seats=99999999999999999999", "seats", "web.field.not_a_number", func(answers) bool { return true }},
		"a zero byte":              {"name=A%00na", "name", "web.field.unreadable", func(a answers) bool { return a.Name == "Ana" }},
		"bytes that are no text":   {"name=A%FF%FEna", "name", "web.field.unreadable", func(a answers) bool { return a.Name == "Ana" }},
		"text turned around":       {"name=A%E2%80%AEna", "name", "web.field.unreadable", func(a answers) bool { return a.Name == "Ana" }},
		"more choices than exist":  {strings.Repeat("needs=x&", 60), "needs", "web.field.sent_twice", func(a answers) bool { return len(a.Needs) == 50 }},
		"a huge text is cut, once": {"story=" + strings.Repeat("x", 100_000), "story", "web.field.too_long", func(a answers) bool { return len(a.Story) == 40 }},
	} {
		t.Run(name, func(t *testing.T) {
			got, mistakes := send(t, tc.body)
			if mistakes[tc.field] != tc.code {
				t.Errorf("mistakes = %v, want %s at %s", mistakes, tc.code, tc.field)
			}
			if !tc.kept(got) {
				t.Errorf("not kept: %+v", got)
			}
		})
	}
}

func FuzzDecodeNeverFailsOtherThanByAFault(f *testing.F) {
	for _, seed := range []string{"name=Ana", "name=%", "seats=1&seats=2", "needs=a&needs=%FF", "=&=&;"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got, _ := send(t, body)
		if len(got.Needs) > 50 || len(got.Story) > 400 {
			t.Errorf("more was kept than can be shown: %d choices, %d bytes", len(got.Needs), len(got.Story))
		}
	})
}

func TestARedirectNeverLeavesTheSite(t *testing.T) {
	for path, want := range map[string]string{
		"/werkgroepen?x=1": "/werkgroepen?x=1", "": "/", "https://elders.example": "/", "//elders.example": "/",
		"/\\elders.example": "/", "/a\r\nSet-Cookie: x": "/", "javascript:alert(1)": "/",
	} {
		if got := web.LocalPath(path, "/"); got != want {
			t.Errorf("LocalPath(%q) = %q, want %q", path, got, want)
		}
	}
}
