package ical_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	arran "github.com/arran4/golang-ical"
	emersion "github.com/emersion/go-ical"

	"samenwijk/domain/meeting/ical"
)

func amsterdam(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func example(t testing.TB) ical.Event {
	zone := amsterdam(t)
	return ical.Event{
		Method: ical.Request, UID: "0193-uid", Sequence: 2, Stamp: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC),
		Start: time.Date(2026, 12, 3, 14, 0, 0, 0, zone), End: time.Date(2026, 12, 3, 16, 30, 0, 0, zone), Zone: zone,
		Summary: `Werk; in de wijk, voor "iedereen" \ hallo`, Description: "Eerste regel\nTweede regel\r\nDerde\rVierde – é ü 漢字 " + strings.Repeat("lang en breed ", 20),
		Location: "Fluor, Oliemolenhof 22, Amersfoort", URL: "https://samenwijk.example/bijeenkomsten/1",
		Organizer: "samenwijk@voorbeeld.test", OrganizerName: `Samenwijk: "wijk", noord; ^`,
		Attendee: "een@voorbeeld.test", AttendeeName: "Bewoner Een",
	}
}

func TestLinesEndInCRLFAndHoldAtMost75Octets(t *testing.T) {
	object := ical.Object(example(t))
	if !strings.HasSuffix(object, "\r\n") || strings.Count(object, "\n") != strings.Count(object, "\r\n") || strings.Count(object, "\r") != strings.Count(object, "\r\n") {
		t.Error("a line does not end in CR LF")
	}
	for _, line := range strings.Split(object, "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) {
			t.Errorf("%d octets, or a character cut in two: %q", len(line), line)
		}
	}
}

func TestTwoOtherParsersReadWhatWasMeant(t *testing.T) {
	e := example(t)
	object := ical.Object(e)

	one, err := emersion.NewDecoder(strings.NewReader(object)).Decode()
	if err != nil {
		t.Fatal(err)
	}
	read := one.Events()[0]
	want := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(e.Description)
	for name, wanted := range map[string]string{"SUMMARY": e.Summary, "DESCRIPTION": want, "LOCATION": e.Location, "UID": e.UID} {
		if got, err := read.Props.Text(name); err != nil || got != wanted {
			t.Errorf("%s = %q (%v), want %q", name, got, err, wanted)
		}
	}
	if start, err := read.DateTimeStart(nil); err != nil || !start.Equal(e.Start) {
		t.Errorf("start %v (%v), want %v", start, err, e.Start)
	}
	if end, err := read.DateTimeEnd(nil); err != nil || !end.Equal(e.End) {
		t.Errorf("end %v (%v), want %v", end, err, e.End)
	}
	if cn := read.Props.Get("ORGANIZER").Params.Get("CN"); cn != `Samenwijk: ^'wijk^', noord; ^^` {
		t.Errorf("organizer %q", cn) // the parser leaves RFC 6868 to its caller
	}

	two, err := arran.ParseCalendar(strings.NewReader(object))
	if err != nil {
		t.Fatal(err)
	}
	event := two.Events()[0]
	if got := event.GetProperty(arran.ComponentPropertySummary).Value; got != e.Summary {
		t.Errorf("summary %q, want %q", got, e.Summary)
	}
	if got, err := event.GetStartAt(); err != nil || !got.Equal(e.Start) {
		t.Errorf("start %v (%v), want %v", got, err, e.Start)
	}
	if len(two.Components) != 2 {
		t.Errorf("%d components, want the zone and the event", len(two.Components))
	}
}

func TestPublishNamesNobodyAndCancelSaysSo(t *testing.T) {
	e := example(t)
	e.Method = ical.Publish
	if object := ical.Object(e); strings.Contains(object, "ATTENDEE") || strings.Contains(object, "ORGANIZER") || strings.Contains(object, "voorbeeld.test") {
		t.Errorf("somebody is named:\n%s", object)
	}
	e.Method = ical.Cancel
	if object := ical.Object(e); !strings.Contains(object, "STATUS:CANCELLED\r\n") || !strings.Contains(object, "METHOD:CANCEL\r\n") {
		t.Errorf("not cancelled:\n%s", object)
	}
}

func TestAnotherZoneIsWrittenInUTC(t *testing.T) {
	e := example(t)
	e.Zone = time.UTC
	object := ical.Object(e)
	if !strings.Contains(object, "DTSTART:20261203T130000Z\r\n") || strings.Contains(object, "VTIMEZONE") {
		t.Errorf("start not in UTC:\n%s", object)
	}
}

func TestADayWithoutHoursIsAWholeDay(t *testing.T) {
	e := example(t)
	e.WholeDays = true
	e.Start, e.End = time.Date(2017, 10, 7, 0, 0, 0, 0, e.Zone), time.Date(2017, 10, 8, 0, 0, 0, 0, e.Zone)
	object := ical.Object(e)
	if !strings.Contains(object, "DTSTART;VALUE=DATE:20171007\r\nDTEND;VALUE=DATE:20171008\r\n") {
		t.Errorf("no whole day:\n%s", object)
	}
	if _, err := emersion.NewDecoder(strings.NewReader(object)).Decode(); err != nil {
		t.Error(err)
	}
}

func TestNothingThatSomebodyTypesAddsALine(t *testing.T) {
	e := example(t)
	for _, hostile := range []string{"a\r\nATTENDEE:mailto:x@y.nl", "a\rBEGIN:VALARM", "a\nX-EVIL:1", "a\x00b\x1b", "\xff\xfe", `"\r\n`} {
		e.Summary, e.Description, e.Location, e.URL, e.OrganizerName, e.AttendeeName, e.Attendee, e.UID = hostile, hostile, hostile, hostile, hostile, hostile, hostile, hostile
		for _, line := range strings.Split(strings.ReplaceAll(ical.Object(e), "\r\n ", ""), "\r\n") {
			for _, begin := range []string{"ATTENDEE:", "BEGIN:VALARM", "X-EVIL"} {
				if strings.HasPrefix(line, begin) {
					t.Errorf("%q adds the line %q", hostile, line)
				}
			}
		}
		if _, err := emersion.NewDecoder(strings.NewReader(ical.Object(e))).Decode(); err != nil {
			t.Errorf("%q: %v", hostile, err)
		}
	}
}

func FuzzObject(f *testing.F) {
	zone := amsterdam(f)
	f.Add("Werk in de wijk", "Eerste\nTweede")
	f.Add(strings.Repeat("é", 100), `a;b,c\d"e^f`)
	f.Fuzz(func(t *testing.T, summary, description string) {
		e := ical.Event{Method: ical.Publish, UID: "u", Stamp: time.Unix(0, 0), Start: time.Unix(0, 0), End: time.Unix(60, 0), Zone: zone, Summary: summary, Description: description}
		object := ical.Object(e)
		for _, line := range strings.Split(object, "\r\n") {
			if len(line) > 75 {
				t.Fatalf("%d octets", len(line))
			}
		}
		if _, err := emersion.NewDecoder(strings.NewReader(object)).Decode(); err != nil {
			t.Fatal(err)
		}
	})
}
