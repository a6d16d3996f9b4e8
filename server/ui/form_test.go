package ui

import (
	"strings"
	"testing"

	"github.com/a-h/templ"
)

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("lacks %s in\n%s", part, text)
		}
	}
}

func lacks(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("should not hold %s:\n%s", part, text)
		}
	}
}

var names = []Option{{"ja", "Ja", ""}, {"nee", "Nee", "Dan niet"}}

func TestEveryFieldIsTiedToItsLabelHintAndMistake(t *testing.T) {
	f := Field{Name: "naam", Label: "Uw naam", Hint: "Zoals in uw paspoort", Mistakes: Mistakes{{"naam", "Vul uw naam in."}}}
	for name, control := range map[string]templ.Component{
		"text": TextField(f), "area": TextArea(f), "number": NumberField(f), "code": CodeField(f),
		"select": Select(f, names), "file": FileField(f, ".odt"), "checkbox": Checkbox(f),
	} {
		t.Run(name, func(t *testing.T) {
			contains(t, render(t, reader(Request{}), control),
				`for="veld-naam"`, `id="veld-naam"`, `name="naam"`,
				`id="veld-naam-hint"`, `id="veld-naam-mistake"`,
				`aria-describedby="veld-naam-hint veld-naam-mistake"`,
				`aria-invalid="true"`, `aria-required="true"`, "Vul uw naam in.")
		})
	}
	for name, control := range map[string]templ.Component{"choice": Choice(f, names), "checkboxes": Checkboxes(f, names, nil)} {
		t.Run(name, func(t *testing.T) {
			contains(t, render(t, reader(Request{}), control),
				"<fieldset", "<legend", `id="veld-naam"`, `for="veld-naam"`, `id="veld-naam-2"`, `for="veld-naam-2"`,
				`aria-describedby="veld-naam-hint veld-naam-mistake"`, `aria-describedby="veld-naam-option-2-hint"`)
		})
	}
}

func TestAFieldWithoutMistakeIsNotCalledWrong(t *testing.T) {
	lacks(t, render(t, reader(Request{}), TextField(Field{Name: "naam", Label: "Uw naam"})), "aria-invalid", "aria-describedby", "mistake")
}

func TestAnOptionalFieldSaysSoInWords(t *testing.T) {
	text := render(t, reader(Request{}), TextField(Field{Name: "naam", Label: "Uw naam", Optional: true}))
	contains(t, text, "(mag u leeg laten)")
	lacks(t, text, "aria-required", "*")
}

func TestNoFieldAsksTheBrowserToValidate(t *testing.T) {
	text := render(t, reader(Request{}), in(Form(FormProps{Action: "/x"}), TextField(Field{Name: "a", Label: "A", Type: "email"}), NumberField(Field{Name: "b", Label: "B"})))
	contains(t, text, "novalidate")
	lacks(t, text, " required", `type="number"`, "pattern=")
}

func TestAFormCarriesItsTokens(t *testing.T) {
	ctx := reader(Request{CSRF: `t"k`})
	text := render(t, ctx, Form(FormProps{Action: "/aanmelden", IdempotencyKey: "0193"}))
	contains(t, text, `method="post"`, `action="/aanmelden"`, `name="csrf" value="t&#34;k"`, `name="idempotency_key" value="0193"`)
	lacks(t, render(t, reader(Request{}), Form(FormProps{Action: "/x"})), "csrf", "idempotency_key")
}

func TestTheErrorSummaryLeadsToEachField(t *testing.T) {
	ctx := reader(Request{})
	if got := render(t, ctx, ErrorSummary(nil)); got != "" {
		t.Errorf("without mistakes there is a summary: %s", got)
	}
	m := Mistakes{{"naam", "Vul uw naam in."}, {"adres.plaats", "Vul uw plaats in."}, {"", "Dit lukte niet."}}
	text := render(t, ctx, ErrorSummary(m))
	contains(t, text, `href="#veld-naam"`, `href="#veld-adres-plaats"`, "Er gaan nog 3 dingen niet goed", `tabindex="-1"`, "autofocus", "Dit lukte niet.")
	if n := strings.Count(text, "<a "); n != 2 {
		t.Errorf("a mistake of the whole form leads nowhere; got %d links, want 2", n)
	}
}

func TestWhatWasTypedComesBackEscaped(t *testing.T) {
	hostile := `"><script>alert(1)</script>`
	ctx := reader(Request{})
	for name, control := range map[string]templ.Component{
		"text":   TextField(Field{Name: "n", Label: hostile, Value: hostile, Hint: hostile}),
		"area":   TextArea(Field{Name: "n", Label: "N", Value: "</textarea>" + hostile}),
		"rows":   SummaryList([]SummaryRow{{Key: hostile, Value: hostile}}),
		"avatar": Avatar(Person{Name: hostile}),
	} {
		t.Run(name, func(t *testing.T) { lacks(t, render(t, ctx, control), "<script", "</textarea>\"") })
	}
	contains(t, render(t, ctx, TextField(Field{Name: "n", Label: "N", Value: "Ana & Bé"})), `value="Ana &amp; Bé"`)
}

func TestChoicesKeepWhatWasChosen(t *testing.T) {
	ctx := reader(Request{})
	text := render(t, ctx, Choice(Field{Name: "k", Label: "K", Value: "nee"}, names))
	if strings.Count(text, " checked") != 1 || !strings.Contains(text, `value="nee" checked`) {
		t.Errorf("want nee checked and nothing else:\n%s", text)
	}
	contains(t, render(t, ctx, Select(Field{Name: "k", Label: "K", Value: "ja"}, names)), `value="ja" selected`)
	contains(t, render(t, ctx, Checkboxes(Field{Name: "k", Label: "K"}, names, []string{"ja"})), `value="ja" checked`)
	contains(t, render(t, ctx, Checkbox(Field{Name: "k", Label: "K", Checked: true})), " checked")
}

func TestTheLabelOfALargeFieldIsTheHeadingOfThePage(t *testing.T) {
	ctx := reader(Request{})
	contains(t, render(t, ctx, TextField(Field{Name: "k", Label: "K", Large: true})), "<h1", "<label")
	contains(t, render(t, ctx, Choice(Field{Name: "k", Label: "K", Large: true}, names)), "<legend", "<h1")
}
