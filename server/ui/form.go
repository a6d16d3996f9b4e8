package ui

import (
	"context"
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// The names of the hidden fields that Form adds.
const (
	CSRFField        = "csrf"
	IdempotencyField = "idempotency_key"
)

// Mistake is a sentence that says what to do, at the field it is about. A mistake without a field
// is about the form as a whole and stands in the summary only.
type Mistake struct{ Field, Text string }

// Mistakes are in the order of the fields on the page.
type Mistakes []Mistake

// At returns the sentence at a field, or nothing.
func (m Mistakes) At(field string) string {
	for _, mistake := range m {
		if mistake.Field == field {
			return mistake.Text
		}
	}
	return ""
}

// AllAt returns every sentence at a field: a field that holds a list can have one for each line.
func (m Mistakes) AllAt(field string) []string {
	var all []string
	for _, mistake := range m {
		if mistake.Field == field {
			all = append(all, mistake.Text)
		}
	}
	return all
}

// WasField names the field that says what another held when the page was made, so that nobody writes over what
// somebody else saved meanwhile.
func WasField(name string) string { return name + "_was" }

// FieldID is the id of the field with this name; the error summary links to it.
func FieldID(name string) string {
	return "veld-" + strings.Map(func(r rune) rune {
		if strings.ContainsRune("._[] ", r) {
			return '-'
		}
		return r
	}, name)
}

// FormProps describes a form that is sent with POST.
type FormProps struct {
	Action         string
	ID             string
	IdempotencyKey string // makes sending twice harmless; empty leaves the field out
	Upload         bool   // sends files
	Label          string // names the form for a screen reader when a page has more than one
}

// Field is one question. Only Name and Label are needed. A field must be filled in unless it is
// Optional, and says so in words; the browser's own validation is never used.
type Field struct {
	Name, Label, Hint, Value string
	Mistakes                 Mistakes // of the whole form; the field takes its own
	Optional                 bool
	Autocomplete             string // a token of the HTML standard, such as "name", "tel", "email"
	InputMode                string // "numeric", "tel", "email" …: the keyboard on a phone
	Type                     string // of TextField: "email", "tel", "date", "time", "search"; text when empty
	Size                     Size   // the width tells how much is expected
	Rows                     int    // of TextArea
	Checked                  bool   // of Checkbox
	Large                    bool   // the label is the question of the page: it is the heading
	Longest                  int    // characters that the browser takes, of what is only asked and kept nowhere
	Lang                     string // of what is written in the field, when that is not the page's
	Beside                   *Beside
}

// Beside is what a field could hold instead, such as what somebody else wrote in it. It is in the language of the field.
type Beside struct{ Title, Text string }

// Size is the width of a field.
type Size string

const (
	Full   Size = ""
	Short  Size = "short"  // a number of people, a code
	Medium Size = "medium" // a telephone number, a date
)

// Option is one answer to choose.
type Option struct{ Value, Label, Hint string }

func (f Field) id() string      { return FieldID(f.Name) }
func (f Field) mistake() string { return f.Mistakes.At(f.Name) }

// describedBy names the hint, the mistake and what is beside the field, in the order in which they are read out.
func (f Field) describedBy() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.id()+"-hint")
	}
	if f.mistake() != "" {
		ids = append(ids, f.id()+"-mistake")
	}
	if f.Beside != nil {
		ids = append(ids, f.id()+"-beside")
	}
	return strings.Join(ids, " ")
}

// attributes are those that each control shares. A group of choices carries the description on its
// fieldset instead.
func (f Field) attributes() templ.Attributes {
	a := templ.Attributes{"id": f.id(), "name": f.Name}
	set := func(name, value string) {
		if value != "" {
			a[name] = value
		}
	}
	set("autocomplete", f.Autocomplete)
	set("inputmode", f.InputMode)
	set("lang", f.Lang)
	if f.Longest > 0 {
		set("maxlength", strconv.Itoa(f.Longest))
	}
	set("aria-describedby", f.describedBy())
	if !f.Optional {
		a["aria-required"] = "true"
	}
	if f.mistake() != "" {
		a["aria-invalid"] = "true"
	}
	return a
}

func (f Field) textType() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

func (f Field) rows() string {
	if f.Rows == 0 {
		return "5"
	}
	return strconv.Itoa(f.Rows)
}

func (f Field) sized(class string) string {
	if f.Size == Full {
		return class
	}
	return class + " sw-size-" + string(f.Size)
}

// optionID gives the first option the id of the field, so that the error summary arrives there.
func (f Field) optionID(i int) string {
	if i == 0 {
		return f.id()
	}
	return f.id() + "-" + strconv.Itoa(i+1)
}

// optionHintID differs from the id of the field's own hint, also for the first option.
func (f Field) optionHintID(i int) string { return f.id() + "-option-" + strconv.Itoa(i+1) + "-hint" }

func has(values []string, value string) bool {
	for _, v := range values {
		if v == value {
			return true
		}
	}
	return false
}

// summaryTitle counts the mistakes in words.
func summaryTitle(ctx context.Context, m Mistakes) string {
	return T(ctx, "ui.form.summary", "Count", len(m))
}

// numeric and code set the keyboard of a phone and what the browser may fill in.
func numeric(f Field) Field {
	if f.InputMode == "" {
		f.InputMode = "numeric"
	}
	return f
}

func code(f Field) Field {
	f = numeric(f)
	if f.Autocomplete == "" {
		f.Autocomplete = "one-time-code"
	}
	return f
}
