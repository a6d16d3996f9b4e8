package meetings

import (
	"context"
	"strings"
	"testing"

	"samenwijk/domain/fault"
	"samenwijk/server/web"
)

func TestDatesAndTimesAreReadAsPeopleWriteThem(t *testing.T) {
	for typed, want := range map[string]string{
		"3-12-2026": "2026-12-03", "03/12/2026": "2026-12-03", "3.12.2026": "2026-12-03", " 3 december 2026 ": "2026-12-03",
		"3 Mei 2027": "2027-05-03", "2026-12-03": "2026-12-03", "31-2-2026": "", "morgen": "", "3-12-26": "", "": "",
	} {
		if got, ok := readDate(typed); got != want || ok != (want != "") {
			t.Errorf("date %q is read as %q, want %q", typed, got, want)
		}
	}
	for typed, want := range map[string]string{
		"14.00": "14:00", "14:30": "14:30", "9": "09:00", "9.05 uur": "09:05", "14u": "14:00", "24.00": "", "14.60": "", "twee": "", "": "",
	} {
		if got, ok := readClock(typed); got != want || ok != (want != "") {
			t.Errorf("time %q is read as %q, want %q", typed, got, want)
		}
	}
}

func TestMarkdownRunsNothingAndKeepsTheHeadingsOfThePage(t *testing.T) {
	var page strings.Builder
	source := "# Kop\n\n<img src=x onerror=alert(1)> [ja](https://voorbeeld.test) [nee](javascript:alert(1)) ![x](https://voorbeeld.test/spion.png)\n\n- een\n- twee"
	if err := markdown(source).Render(context.Background(), &page); err != nil {
		t.Fatal(err)
	}
	got := page.String()
	for _, want := range []string{"<h3>Kop</h3>", "<li>een</li>", `<a href="https://voorbeeld.test" rel="nofollow">ja</a>`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
	for _, never := range []string{"<img", "javascript:", "onerror", "<h1"} {
		if strings.Contains(got, never) {
			t.Errorf("%s stands in %s", never, got)
		}
	}
}

func TestACellThatASpreadsheetWouldRunIsMadeText(t *testing.T) {
	for cell, want := range map[string]string{
		"": "", "Bewoner": "Bewoner", "=1+1": "'=1+1", "+31 6": "'+31 6", "-2": "'-2", "@SUM(A1)": "'@SUM(A1)", "\tx": "'\tx", "\rx": "'\rx", "1=1": "1=1",
	} {
		if got := harmless(cell); got != want {
			t.Errorf("%q becomes %q, want %q", cell, got, want)
		}
	}
}

func TestMistakesFoundAtSeveralMomentsComeInTheOrderOfTheForm(t *testing.T) {
	err := web.Together(&registerForm{},
		fault.Invalid("a").At("helper"), nil, fault.Invalid("b").At("people"), fault.Invalid("c").At("name"), fault.Invalid("d").At("people"))
	var codes []string
	for _, f := range err.(*fault.Fault).All() {
		codes = append(codes, f.Field+":"+f.Code)
	}
	if got := strings.Join(codes, " "); got != "helper:a name:c people:b" {
		t.Errorf("got %s", got)
	}
	if err := web.Together(&registerForm{}, fault.Invalid("a").At("name"), fault.NotFound("gone")); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("what nobody can mend comes back as %v", err)
	}
	if err := web.Together(&registerForm{}, nil, nil); err != nil {
		t.Errorf("a form that is right comes back as %v", err)
	}
}

func TestTelephoneNumbersAreWrittenAsTheyAreSaid(t *testing.T) {
	for contact, want := range map[string]string{
		"+31612345678": "06 12 34 56 78", "+31201234567": "020 123 4567", "+32470123456": "+32 470 12 34 56", "een@voorbeeld.test": "een@voorbeeld.test", "": "",
	} {
		if got := readable(contact); got != want {
			t.Errorf("%q is written as %q, want %q", contact, got, want)
		}
	}
}
