package meetings

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/meeting"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

// Who a registration is for.
const (
	forMe    = "me"
	forOther = "other"
)

// registerForm is what somebody fills in to register, or to change it.
type registerForm struct {
	For     string `form:"for,max=10"`    // forMe, forOther, or empty in a form of before this was asked
	Helper  string `form:"helper,max=80"` // who fills it in, when it is for somebody else
	Name    string `form:"name,max=80"`
	People  string `form:"people,max=10"`
	Channel string `form:"channel,max=10"`
	Phone   string `form:"phone,max=40"`
	Email   string `form:"email,max=254"`
	Support string `form:"support,max=500,lines"`
	Consent bool   `form:"support_consent"`
	Forget  bool   `form:"support_forget"` // what was written earlier and cannot be read
	Sure    bool   `form:"sure"`           // the answers were checked: register
	Edit    bool   `form:"edit"`           // back to the questions
	Another bool   `form:"another"`        // not who is registered already on this device
	Key     string `form:"idempotency_key,max=60"`

	sealed bool   // something was written earlier and cannot be read
	was    string // the fingerprint of what was registered when the form was opened
}

func (f registerForm) print() string {
	return web.Fingerprint(f.Name, f.People, f.Channel, f.Phone, f.Email, f.Support, strconv.FormatBool(f.Consent), f.Helper)
}

// input returns what was filled in. A number of people that cannot be read is a mistake.
func (f registerForm) input(c *fiber.Ctx) (meeting.Input, error) {
	in := meeting.Input{
		Name: f.Name, Channel: meeting.Channel(f.Channel), Phone: f.Phone, Email: f.Email,
		Support: f.Support, SupportConsent: f.Consent, ForgetSupport: f.Forget, Helper: f.Helper, Language: web.Language(c), From: web.Address(c),
	}
	var wrong fault.Mistakes
	switch {
	case f.For == forMe:
		in.Helper = ""
	case f.For == forOther && fault.Blank(f.Helper):
		wrong.Add(fault.Invalid("meetings.mistake.helper").At("helper"))
	case f.For != forOther && f.For != "":
		wrong.Add(fault.Invalid("web.field.not_a_choice").At("for"))
	}
	var err error
	if in.People, err = strconv.Atoi(f.People); err != nil {
		wrong.Add(fault.Invalid("meetings.mistake.people", "Max", meeting.MaxPeople).At("people"))
	}
	return in, wrong.Err()
}

// forWhom is the answer that is chosen on the page: who named themselves as a helper did it for somebody else.
func (f registerForm) forWhom() string {
	switch {
	case f.For != "":
		return f.For
	case f.Helper != "":
		return forOther
	}
	return forMe
}

// answersOf fills in the form with a registration as it is.
func answersOf(t meeting.Ticket) registerForm {
	r := t.Registration
	f := registerForm{
		Name: r.Name, People: strconv.Itoa(r.People), Channel: string(r.Channel), Support: t.Support,
		Consent: r.SupportConsent != nil, Helper: r.Helper, sealed: t.Sealed,
	}
	if r.Channel == meeting.Email {
		f.Email = readable(r.Contact)
	} else {
		f.Phone = readable(r.Contact)
	}
	f.was = f.print()
	return f
}

// meetingForm is what an organiser fills in about a meeting.
type meetingForm struct {
	Workgroup    string `form:"workgroup,max=60"`
	Title        string `form:"title,max=120"`
	Kind         string `form:"kind,max=30"`
	Summary      string `form:"summary,max=600,lines"`
	ForWhom      string `form:"for_whom"`
	Organiser    string `form:"organiser"`
	Phone        string `form:"organiser_phone,max=40"`
	Email        string `form:"organiser_email,max=254"`
	Date         string `form:"date,max=40"`
	Start        string `form:"start,max=20"`
	End          string `form:"end,max=20"`
	WhenText     string `form:"when_text"`
	Place        string `form:"place,max=20"`
	VenueName    string `form:"venue_name"`
	VenueAddress string `form:"venue_address"`
	AccessFacts  string `form:"access_facts,max=6000,lines"`
	OnlineLink   string `form:"online_link,max=500"`
	Programme    string `form:"programme,max=6000,lines"`
	Audience     string `form:"audience,max=20"`
	Entry        string `form:"entry,max=20"`
	Capacity     string `form:"capacity,max=10"`
	Version      string `form:"version,max=10"`
}

// details returns what was filled in; a date, a time or a number that cannot be read is a mistake.
func (f meetingForm) details() (d meeting.Details, capacity int, err error) {
	var mistakes fault.Mistakes
	d = meeting.Details{
		Audience: access.Audience(f.Audience), Kind: meeting.Kind(f.Kind), Title: f.Title, Summary: f.Summary,
		ForWhom: f.ForWhom, Programme: f.Programme, Organiser: f.Organiser, Place: meeting.Place(f.Place),
		OrganiserPhone: strings.TrimSpace(f.Phone), OrganiserEmail: strings.TrimSpace(f.Email),
		VenueName: f.VenueName, VenueAddress: f.VenueAddress, AccessFacts: f.AccessFacts, OnlineLink: f.OnlineLink,
		Entry: meeting.Entry(f.Entry),
	}
	d.TZID, d.WhenText = meeting.DefaultZone, f.WhenText
	if f.Capacity != "" {
		if capacity, err = strconv.Atoi(f.Capacity); err != nil {
			mistakes.Add(fault.Invalid("meetings.mistake.capacity", "Max", meeting.MaxCapacity).At("capacity"))
		}
	}
	if f.Date != "" {
		d.WhenText = ""
		day, dayOK := readDate(f.Date)
		if dayOK && f.Start == "" && f.End == "" { // the hours are not known yet
			d.LocalStart, d.LocalEnd = day, day
			return d, capacity, mistakes.Err()
		}
		start, startOK := readClock(f.Start)
		end, endOK := readClock(f.End)
		if !dayOK {
			mistakes.Add(fault.Invalid("meetings.mistake.date").At("date"))
		}
		if !startOK {
			mistakes.Add(fault.Invalid("meetings.mistake.time").At("start"))
		}
		if !endOK {
			mistakes.Add(fault.Invalid("meetings.mistake.time").At("end"))
		}
		if !dayOK || !startOK || !endOK { // one sentence about it is enough
			d.WhenText = f.Date
		} else {
			d.LocalStart, d.LocalEnd = day+"T"+start, day+"T"+end
		}
	}
	return d, capacity, mistakes.Err()
}

// formOf fills in the form with a meeting as it is.
func formOf(m meeting.Overview) meetingForm {
	f := meetingForm{
		Workgroup: m.WorkgroupID, Title: m.Title, Kind: string(m.Kind), Summary: m.Summary, ForWhom: m.ForWhom,
		Organiser: m.Organiser, Phone: m.OrganiserPhone, Email: m.OrganiserEmail, WhenText: m.WhenText, Place: string(m.Place), VenueName: m.VenueName,
		VenueAddress: m.VenueAddress, AccessFacts: m.AccessFacts, OnlineLink: m.OnlineLink, Programme: m.Programme,
		Audience: string(m.Audience), Entry: string(m.Entry), Capacity: strconv.Itoa(m.Seats.Capacity), Version: strconv.Itoa(m.Version),
	}
	if day, err := time.Parse(time.DateOnly, m.LocalStart); err == nil {
		f.Date = day.Format("2-1-2006")
	}
	if start, err := time.Parse(meeting.WallTime, m.LocalStart); err == nil {
		f.Date, f.Start = start.Format("2-1-2006"), start.Format("15.04")
	}
	if end, err := time.Parse(meeting.WallTime, m.LocalEnd); err == nil {
		f.End = end.Format("15.04")
	}
	return f
}

// newerRows is what stands in a meeting now and is something else than what somebody typed, in the order of the form.
func newerRows(ctx context.Context, m meeting.Overview, typed meetingForm) []ui.SummaryRow {
	now := formOf(m)
	var rows []ui.SummaryRow
	add := func(key, typed, now string, options ...ui.Option) {
		if typed == now {
			return
		}
		row := ui.SummaryRow{Key: ui.T(ctx, key), Value: now, Written: options == nil}
		for _, o := range options {
			if o.Value == now {
				row.Value = o.Label
			}
		}
		if now == "" {
			row.Value, row.Written = ui.T(ctx, "ui.form.empty"), false
		}
		rows = append(rows, row)
	}
	add("meetings.form.title", typed.Title, now.Title)
	add("meetings.form.kind", typed.Kind, now.Kind, kindOptions(ctx)...)
	add("meetings.form.summary", typed.Summary, now.Summary)
	add("meetings.form.for_whom", typed.ForWhom, now.ForWhom)
	add("meetings.form.organiser", typed.Organiser, now.Organiser)
	add("meetings.form.organiser_phone", typed.Phone, now.Phone)
	add("meetings.form.organiser_email", typed.Email, now.Email)
	add("meetings.form.date", typed.Date, now.Date)
	add("meetings.form.start", typed.Start, now.Start)
	add("meetings.form.end", typed.End, now.End)
	add("meetings.form.when_text", typed.WhenText, now.WhenText)
	add("meetings.form.place", typed.Place, now.Place, placeOptions(ctx)...)
	add("meetings.form.venue_name", typed.VenueName, now.VenueName)
	add("meetings.form.venue_address", typed.VenueAddress, now.VenueAddress)
	add("meetings.form.access_facts", typed.AccessFacts, now.AccessFacts)
	add("meetings.form.online_link", typed.OnlineLink, now.OnlineLink)
	add("meetings.form.programme", typed.Programme, now.Programme)
	add("meetings.form.audience", typed.Audience, now.Audience, audienceOptions(ctx)...)
	add("meetings.form.entry", typed.Entry, now.Entry, entryOptions(ctx)...)
	return rows
}

var months = strings.NewReplacer("januari", "1", "februari", "2", "maart", "3", "april", "4", "mei", "5", "juni", "6",
	"juli", "7", "augustus", "8", "september", "9", "oktober", "10", "november", "11", "december", "12",
	"/", "-", ".", "-", " ", "-")

// readDate reads a date as people here write it, or as machines do.
func readDate(typed string) (string, bool) {
	typed = months.Replace(strings.ToLower(strings.TrimSpace(typed)))
	for _, layout := range []string{"2-1-2006", time.DateOnly} {
		if day, err := time.Parse(layout, typed); err == nil {
			return day.Format(time.DateOnly), true
		}
	}
	return "", false
}

var clock = regexp.MustCompile(`^(\d{1,2})(?:[.:](\d{2}))?(?: ?(?:uur|u))?$`)

// readClock reads a time of day: "14.00", "14:00", "14" and "14.00 uur" are the same.
func readClock(typed string) (string, bool) {
	parts := clock.FindStringSubmatch(strings.ToLower(strings.TrimSpace(typed)))
	if parts == nil {
		return "", false
	}
	hour, _ := strconv.Atoi(parts[1])   // digits alone
	minute, _ := strconv.Atoi(parts[2]) // digits, or nothing for the whole hour
	if hour > 23 || minute > 59 {
		return "", false
	}
	return time.Date(2000, 1, 1, hour, minute, 0, 0, time.UTC).Format("15:04"), true
}

// chosen returns the mistake that no workgroup of the list was chosen.
func chosen(workgroup string, groups []ui.Option) error {
	if slices.ContainsFunc(groups, func(o ui.Option) bool { return o.Value == workgroup }) {
		return nil
	}
	return fault.Invalid("meetings.mistake.workgroup").At("workgroup")
}
