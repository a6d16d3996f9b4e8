package main

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"samenwijk/domain/access"
	"samenwijk/domain/database/databasetest"
)

// ownFile writes a file that a setting can name.
func ownFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const ownLogo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>`

func TestANetworkIsShownUnderItsOwnNameWithItsOwnContactColoursAndLogo(t *testing.T) {
	for name, databaseAt := range map[string]func(testing.TB) string{"sqlite": databasetest.SQLiteFile, "postgres": databasetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, databaseAt(t), options{change: func(c *Config) {
				c.Name, c.Colour = "Wijkwerk Oost", "#7b2e5d"
				c.ContactName, c.ContactPhone, c.ContactEmail = "Servicepunt Oost", "06 12 34 56 78", "Servicepunt@voorbeeld.test"
				c.Controller, c.DataOfficer = "Stichting Oost, Dorpsplein 1", "fg@voorbeeld.test"
				c.Logo = ownFile(t, "logo.svg", ownLogo)
				c.PrivacyText = ownFile(t, "privacy.md", "# Foto's\n\nWij vragen het **eerst**. [Lees meer](https://voorbeeld.test/foto)\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1))\n")
			}})
			w.person("beheerder@voorbeeld.test", "Beheerder", access.Admin)
			visitor := w.browser()
			for _, path := range []string{"/", "/privacy", "/inloggen", "/bijeenkomsten", "/bestaat-niet"} {
				page := visitor.Get(path).MustSay("Wijkwerk Oost", "Hulp en contact · Servicepunt Oost", "06 12 34 56 78", "servicepunt@voorbeeld.test")
				if !strings.Contains(page.Body, `href="tel:0612345678"`) || !strings.Contains(page.Body, `href="mailto:servicepunt@voorbeeld.test"`) {
					t.Errorf("%s: the number or the address cannot be pressed", path)
				}
				if strings.Contains(page.Text(), "Samenwijk") {
					t.Errorf("%s still speaks of Samenwijk:\n%s", path, page.Text())
				}
			}
			page := visitor.Get("/").Link("Hulp en contact").MustStatus(http.StatusOK).MustSay("Wie helpt u?", "Servicepunt Oost")
			if !strings.HasSuffix(page.Title(), "Wijkwerk Oost") {
				t.Errorf("the title is %q", page.Title())
			}
			page = visitor.Get("/privacy").MustSay("Stichting Oost, Dorpsplein 1", "fg@voorbeeld.test", "Foto's", "Wij vragen het eerst")
			if strings.Contains(page.Body, "<script>alert") || strings.Contains(page.Body, "javascript:") || !strings.Contains(page.Body, "<h3>Foto") {
				t.Error("the text of the network is not written safely, or not under our headings")
			}
			for pattern, want := range map[string]struct{ kind, holds string }{
				`<link rel="stylesheet" href="(/huisstijl/[0-9a-f]+\.css)"`:     {"text/css; charset=utf-8", "--sw-canal:#7b2e5d"},
				`<img class="sw-brand__logo" src="(/huisstijl/[0-9a-f]+\.svg)"`: {"image/svg+xml", "<path"},
			} {
				found := regexp.MustCompile(pattern).FindStringSubmatch(page.Body)
				if found == nil {
					t.Errorf("no %s", pattern)
					continue
				}
				response, err := http.Get(w.url + found[1])
				if err != nil {
					t.Fatal(err)
				}
				_ = response.Body.Close()
				file := visitor.Get(found[1]).MustStatus(http.StatusOK)
				h := response.Header
				if !strings.Contains(file.Body, want.holds) || h.Get("Content-Type") != want.kind || h.Get("X-Content-Type-Options") != "nosniff" ||
					!strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || !strings.Contains(h.Get("Cache-Control"), "immutable") {
					t.Errorf("%s is %v", found[1], h)
				}
			}
			w.asking("beheerder@voorbeeld.test")
			l := w.lettersTo("beheerder@voorbeeld.test", 1)[0]
			if !strings.Contains(l.Text, "iets gebeurde dat voor u van belang is") || !strings.Contains(l.Text, "in Wijkwerk Oost") ||
				strings.Contains(l.Text, "Samenwijk") || !strings.Contains(l.HTML, "#7b2e5d") || strings.Contains(l.HTML, "#0A5A66") {
				t.Errorf("the letter says:\n%s\n%s", l.Text, l.HTML)
			}
			admin := w.signIn("beheerder@voorbeeld.test")
			admin.Get("/account").Form("/account").Set("language", "en").Submit()
			admin.Get("/contact").MustSay("Help and contact · Servicepunt Oost", "Who helps you?", "Wijkwerk Oost")
		})
	}
}

func TestTheDemonstrationHasAContactThatIsNobodys(t *testing.T) {
	eachDemonstration(t, func(t *testing.T, w *world, _ *clock) {
		w.browser().Get("/").MustSay("Hulp en contact · Servicepunt van de demonstratie", "06 12 34 56 78", "servicepunt@voorbeeld.test")
	})
}

func TestAWrongSettingOfTheNetworkStopsTheStartWithASentenceThatSaysWhatToDo(t *testing.T) {
	for setting, tc := range map[string]struct {
		change func(c *Config)
		says   string
	}{
		"SAMENWIJK_NAME":          {func(c *Config) { c.Name = strings.Repeat("n", 41) }, "make it 40 at most"},
		"SAMENWIJK_NAME ":         {func(c *Config) { c.Name = "\u200b" }, "shows nothing"},
		"SAMENWIJK_CONTACT_NAME":  {func(c *Config) { c.ContactName = "a\nb" }, "must be one line"},
		"SAMENWIJK_CONTACT_PHONE": {func(c *Config) { c.ContactPhone = "bel maar" }, "must look like 06 12 34 56 78"},
		"SAMENWIJK_CONTACT_EMAIL": {func(c *Config) { c.ContactEmail = "hulp" }, "must look like help@example.org"},
		"SAMENWIJK_CONTROLLER":    {func(c *Config) { c.Controller = strings.Repeat("n", 201) }, "make it 200 at most"},
		"SAMENWIJK_COLOUR":        {func(c *Config) { c.Colour = "#ffcc00" }, "Choose a darker colour, such as #"},
		"SAMENWIJK_LOGO":          {func(c *Config) { c.Logo = ownFile(t, "logo.svg", "<svg><script/></svg>") }, "save it as plain SVG"},
		"SAMENWIJK_LOGO ":         {func(c *Config) { c.Logo = filepath.Join(t.TempDir(), "none.svg") }, "leave the setting out"},
		"SAMENWIJK_LOGO  ":        {func(c *Config) { c.Logo = ownFile(t, "logo.svg", strings.Repeat(" ", 300<<10)) }, "more than 200 KB: make it smaller"},
		"SAMENWIJK_PRIVACY_TEXT":  {func(c *Config) { c.PrivacyText = ownFile(t, "p.md", "\xff\xfe") }, "must be a text in Markdown, in UTF-8"},
	} {
		config := Config{MailFrom: "samenwijk@voorbeeld.test"}
		tc.change(&config)
		if _, err := config.own(false); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(setting)) || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v", setting, err)
		}
	}
}

func TestAMeetingSaysWhomToAskOnItsPageOnTheTicketAndInLetters(t *testing.T) {
	for name, databaseAt := range map[string]func(testing.TB) string{"sqlite": databasetest.SQLiteFile, "postgres": databasetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, databaseAt(t), options{change: func(c *Config) { c.ContactPhone, c.ContactEmail = "010 123 45 67", "netwerk@voorbeeld.test" }})
			organiser := w.organiser()
			form := organiser.Get("/bijeenkomsten/nieuw").Form("/bijeenkomsten/nieuw").Set("workgroup", "netwerk").Set("title", "Werk").Set("summary", "Praat mee.").
				Set("organiser_phone", "bel maar").Set("organiser_email", "balie")
			page := form.Submit().MustStatus(http.StatusUnprocessableEntity)
			for field, typed := range map[string]string{"organiser_phone": "bel maar", "organiser_email": "balie"} {
				if page.Mistake(field) == "" || page.Value(field) != typed {
					t.Errorf("%s: %q, %q", field, page.Mistake(field), page.Value(field))
				}
			}
			own := w.openMeeting(organiser, 5, "organiser", "Balie", "organiser_phone", "06 12 34 56 78", "organiser_email", "balie@voorbeeld.test")
			other := w.openMeeting(organiser, 5)
			for meeting, want := range map[string][]string{
				own: {"06 12 34 56 78", "balie@voorbeeld.test"}, other: {"010 123 45 67", "netwerk@voorbeeld.test"},
			} {
				to := strings.ReplaceAll(meeting, "/", "") + "@voorbeeld.test"
				b := w.browser()
				page := b.Get(meeting).MustSay("Vragen? Bel", "Vragen? Stuur een e-mail naar").MustSay(want...)
				if !strings.Contains(page.Body, `href="tel:`) {
					t.Error("the number cannot be pressed")
				}
				register(b, meeting, "Bewoner", "channel", "email", "email", to).MustSay("Vragen? Bel").MustSay(want...)
				for _, part := range append(want, "Vragen? Bel: ") {
					if l := w.lettersTo(to, 1)[0]; !strings.Contains(l.Text, part) {
						t.Errorf("the letter does not say %q:\n%s", part, l.Text)
					}
				}
			}
			organiser.Get(own+"/bewerken").Form("/bewerken").Set("organiser_phone", "06 12 34 56 79").Submit().MustStatus(http.StatusOK)
			w.browser().Get(own).MustSay("06 12 34 56 79")
		})
	}
}
