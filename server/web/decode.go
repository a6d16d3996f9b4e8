package web

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/fault"
)

// defaultMax is how many characters a field may hold that does not say so itself.
const defaultMax = 200

// Decode reads a sent form into the struct that form points to. Its fields carry
//
//	form:"name"           the name of the field; without it the struct field is left alone
//	form:"name,max=2000"  how many characters it may hold; 200 unless said
//	form:"name,lines"     text of several lines; otherwise line ends and tabs become spaces
//
// and are strings, named strings, bools (checkbox), ints or []string (checkboxes). White space around the text is
// cut and line ends are made as Lines makes them. What cannot be read is taken out and is a mistake at its field, and all of them
// come together in one fault.KindInvalid; the struct then still holds what was sent, so that the
// page can show it again: too long a text is cut at its limit times four. An int that is no number
// is zero; where the page must show what was typed, use a string and Number.
func Decode(c *fiber.Ctx, form any) error {
	target := reflect.ValueOf(form).Elem()
	sent, err := sentValues(c)
	if err != nil {
		return err
	}
	var mistakes fault.Mistakes
	for i := range target.NumField() {
		tag, ok := target.Type().Field(i).Tag.Lookup("form")
		if !ok {
			continue
		}
		rule := parseTag(tag)
		mistakes.Add(rule.read(target.Field(i), sent[rule.name]))
	}
	return mistakes.Err()
}

type fieldRule struct {
	name  string
	max   int
	lines bool
}

func parseTag(tag string) fieldRule {
	parts := strings.Split(tag, ",")
	rule := fieldRule{name: parts[0], max: defaultMax}
	for _, part := range parts[1:] {
		if part == "lines" {
			rule.lines = true
			continue
		}
		n, err := strconv.Atoi(strings.TrimPrefix(part, "max="))
		if err != nil {
			panic(fmt.Sprintf("form tag %q: %q is neither lines nor max=n", tag, part))
		}
		rule.max = n
	}
	return rule
}

func (r fieldRule) read(field reflect.Value, sent []string) *fault.Fault {
	if field.Kind() == reflect.Slice {
		return r.readSeveral(field, sent)
	}
	var mistake *fault.Fault
	value := ""
	if len(sent) > 0 {
		value = sent[0]
	}
	if len(sent) > 1 {
		mistake = fault.Invalid("web.field.sent_twice").At(r.name)
	}
	text, problem := r.clean(value)
	if mistake == nil {
		mistake = problem
	}
	switch field.Kind() {
	case reflect.String:
		field.SetString(text)
	case reflect.Bool:
		field.SetBool(text != "")
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil && text != "" && mistake == nil {
			mistake = fault.Invalid("web.field.not_a_number").At(r.name)
		}
		field.SetInt(int64(n))
	default:
		panic(fmt.Sprintf("form field %s has a kind that cannot be sent: %s", r.name, field.Kind()))
	}
	return mistake
}

// maxChoices bounds how many boxes of one question can be ticked.
const maxChoices = 50

func (r fieldRule) readSeveral(field reflect.Value, sent []string) *fault.Fault {
	var mistake *fault.Fault
	if len(sent) > maxChoices {
		sent = sent[:maxChoices]
		mistake = fault.Invalid("web.field.sent_twice").At(r.name)
	}
	values := reflect.MakeSlice(field.Type(), 0, len(sent))
	for _, s := range sent {
		text, problem := r.clean(s)
		if mistake == nil {
			mistake = problem
		}
		values = reflect.Append(values, reflect.ValueOf(text).Convert(field.Type().Elem()))
	}
	field.Set(values)
	return mistake
}

// clean returns the text as it can be shown again, and what is wrong with it.
func (r fieldRule) clean(s string) (string, *fault.Fault) {
	var mistake *fault.Fault
	if s = Lines(s); !r.lines {
		s = oneLine.Replace(s)
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, unwanted) {
		mistake = fault.Invalid("web.field.unreadable").At(r.name)
		s = strings.Map(func(c rune) rune {
			if c == utf8.RuneError || unwanted(c) {
				return -1
			}
			return c
		}, strings.ToValidUTF8(s, ""))
	}
	s = strings.TrimSpace(s)
	if utf8.RuneCountInString(s) > r.max {
		mistake = fault.Invalid("web.field.too_long", "Max", r.max).At(r.name)
		s = firstRunes(s, 4*r.max)
	}
	return s, mistake
}

// lineEnds are all that break a line. Word copies a break within a paragraph as \v, and others as one of the rest.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// oneLine makes the words of several lines, or of several cells of a table, stand beside each other.
var oneLine = strings.NewReplacer("\n", " ", "\t", " ")

// Lines returns text with each end of a line as \n, however the program wrote it from which it was copied.
func Lines(text string) string { return lineEnds.Replace(text) }

// unwanted are control characters, among them those that turn the direction of the text around and
// so make a name look like another.
func unwanted(c rune) bool {
	return unicode.IsControl(c) && c != '\n' && c != '\t' ||
		c >= '\u202A' && c <= '\u202E' || c >= '\u2066' && c <= '\u2069'
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// Number reads what was typed as a whole number between min and max; anything else is a mistake at field.
func Number(typed, field string, min, max int) (int, *fault.Fault) {
	n, err := strconv.Atoi(strings.TrimSpace(typed))
	if err != nil {
		return 0, fault.Invalid("web.field.not_a_number").At(field)
	}
	if n < min || n > max {
		return 0, fault.Invalid("web.field.out_of_range", "Min", min, "Max", max).At(field)
	}
	return n, nil
}
