// Package ical writes appointments as iCalendar objects (RFC 5545): the file to download, and the
// invitation in a letter (RFC 5546, RFC 6047). It writes what calendars were seen to need: lines of
// at most 75 octets that end in CR LF, text escaped, the zone spelled out.
package ical

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Method says what the object is for.
type Method string

const (
	Publish Method = "PUBLISH" // to take over; nobody is asked to answer
	Request Method = "REQUEST" // to one attendee: you are expected; again when something changed
	Cancel  Method = "CANCEL"  // to one attendee: not any more
)

// Event is one appointment. UID stays the same for ever and Sequence grows at each change of time,
// place or status, or calendars show it twice or not at all.
type Event struct {
	Method      Method
	UID         string
	Sequence    int
	Stamp       time.Time // when the object was made
	Start, End  time.Time // in Zone; for whole days the midnights around them
	WholeDays   bool
	Zone        *time.Location
	Summary     string
	Description string
	Location    string
	URL         string
	Cancelled   bool
	// Organizer and Attendee are mail addresses, needed for Request and Cancel; Publish leaves
	// them out. The organizer is the sender of the letter.
	Organizer, OrganizerName string
	Attendee, AttendeeName   string
}

const product = "-//Samenwijk//Samenwijk//NL"

// Object returns the event as a whole iCalendar object.
func Object(e Event) string {
	var w writer
	w.line("BEGIN", "VCALENDAR")
	w.line("VERSION", "2.0")
	w.line("PRODID", product)
	w.line("CALSCALE", "GREGORIAN")
	w.line("METHOD", string(e.Method))
	w.zone(e.Zone)
	w.event(e)
	w.line("END", "VCALENDAR")
	return w.String()
}

type writer struct{ strings.Builder }

func (w *writer) event(e Event) {
	w.line("BEGIN", "VEVENT")
	w.text("UID", e.UID)
	w.line("DTSTAMP", utc(e.Stamp))
	w.line("SEQUENCE", strconv.Itoa(e.Sequence))
	if e.WholeDays {
		w.line("DTSTART;VALUE=DATE", day(e.Start, e.Zone))
		w.line("DTEND;VALUE=DATE", day(e.End, e.Zone)) // the first day after it
	} else {
		w.moment("DTSTART", e.Start, e.Zone)
		w.moment("DTEND", e.End, e.Zone)
	}
	w.text("SUMMARY", e.Summary)
	w.text("DESCRIPTION", e.Description)
	w.text("LOCATION", e.Location)
	if e.URL != "" {
		w.line("URL", lineBreaks.Replace(e.URL))
	}
	status := "CONFIRMED"
	if e.Cancelled || e.Method == Cancel {
		status = "CANCELLED"
	}
	w.line("STATUS", status)
	w.line("TRANSP", "OPAQUE")
	if e.Method != Publish {
		w.line("ORGANIZER"+parameter("CN", e.OrganizerName), "mailto:"+lineBreaks.Replace(e.Organizer))
		w.line("ATTENDEE"+parameter("CN", e.AttendeeName)+";ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE",
			"mailto:"+lineBreaks.Replace(e.Attendee))
	}
	w.line("END", "VEVENT")
}

// moment writes a local time with its zone. Other zones than the one that zone spells out are
// written in UTC, which every calendar reads.
func (w *writer) moment(name string, t time.Time, zone *time.Location) {
	if !spelledOut(zone) {
		w.line(name, utc(t))
		return
	}
	w.line(name+";TZID="+zone.String(), t.In(zone).Format("20060102T150405"))
}

func day(t time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	return t.In(zone).Format("20060102")
}

func spelledOut(zone *time.Location) bool { return zone != nil && zone.String() == "Europe/Amsterdam" }

// zone spells out the rules of Europe/Amsterdam since 1996.
func (w *writer) zone(zone *time.Location) {
	if !spelledOut(zone) {
		return
	}
	w.WriteString("BEGIN:VTIMEZONE\r\nTZID:Europe/Amsterdam\r\n" +
		"BEGIN:DAYLIGHT\r\nDTSTART:19960331T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n" +
		"TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\nEND:DAYLIGHT\r\n" +
		"BEGIN:STANDARD\r\nDTSTART:19961027T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n" +
		"TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n")
}

// text writes a property of type TEXT; an empty one is left out.
func (w *writer) text(name, value string) {
	if value != "" {
		w.line(name, escape(value))
	}
}

// line writes one content line, folded after at most 75 octets and never within a character.
func (w *writer) line(name, value string) {
	rest := name + ":" + value
	for room := 75; len(rest) > room; room = 74 { // a folded line begins with a space
		cut := room
		for !utf8.RuneStart(rest[cut]) {
			cut--
		}
		w.WriteString(rest[:cut] + "\r\n ")
		rest = rest[cut:]
	}
	w.WriteString(rest + "\r\n")
}

var lineBreaks = strings.NewReplacer("\r", "", "\n", "")

var escapes = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\r", `\n`, "\n", `\n`)

// escape makes a TEXT value (RFC 5545, 3.3.11). Control characters are not allowed in one.
func escape(s string) string { return escapes.Replace(withoutControls(s)) }

// parameter writes a parameter with its value quoted (RFC 5545, 3.2; RFC 6868 for what cannot
// stand between quotes); an empty one is left out.
func parameter(name, value string) string {
	if value == "" {
		return ""
	}
	value = strings.NewReplacer("^", "^^", `"`, "^'", "\r\n", "^n", "\n", "^n", "\r", "^n").Replace(withoutControls(value))
	return ";" + name + `="` + value + `"`
}

func withoutControls(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return -1
		}
		return c
	}, strings.ToValidUTF8(s, ""))
}

func utc(t time.Time) string { return t.UTC().Format("20060102T150405Z") }
