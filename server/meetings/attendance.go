package meetings

import (
	"encoding/csv"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/fault"
	"samenwijk/domain/meeting"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

// walkInForm is all that is asked at the door.
type walkInForm struct {
	Name   string `form:"name,max=80"`
	People string `form:"people,max=10"`
	Sure   string `form:"zeker,max=80"` // the name of which the page said that it is on the list
	Key    string `form:"idempotency_key,max=60"`
}

// attendanceView is the organiser's list with the forms on it.
type attendanceView struct {
	meeting.Attendance
	WalkIn   walkInForm
	Capacity string
	Newer    []ui.SummaryRow // beside the form for the seats
	Undoing  bool
	Over     bool
	Now      time.Time
}

// open reports whether the reader can still change who comes.
func (v attendanceView) open() bool { return v.Manages && v.State != meeting.Cancelled && !v.Over }

// takesWalkIns reports whether somebody can stand at the door: on the day of the meeting.
func (v attendanceView) takesWalkIns() bool {
	if !v.open() || v.StartsAt == nil {
		return false
	}
	year, month, day := v.StartsAt.In(v.Zone()).Date()
	return !v.Now.Before(time.Date(year, month, day, 0, 0, 0, 0, v.Zone()))
}

func (p *Pages) attendanceView(c *fiber.Ctx) (attendanceView, error) {
	a, err := p.Meetings.Attendance(c.UserContext(), web.Actor(c), idOf(c))
	return attendanceView{
		Attendance: a, Over: a.Over(p.Meetings.Now()), Now: p.Meetings.Now(), Capacity: strconv.Itoa(a.Seats.Capacity),
		WalkIn: walkInForm{People: "1", Key: meeting.NewIdempotencyKey()},
	}, err
}

func (p *Pages) attendance(c *fiber.Ctx) error {
	view, err := p.attendanceView(c)
	if err != nil {
		return err
	}
	return web.Page(c, attendancePage(view, nil))
}

func (p *Pages) attendanceFile(c *fiber.Ctx) error {
	a, err := p.Meetings.Attendance(c.UserContext(), web.Actor(c), idOf(c))
	if err != nil {
		return err
	}
	var file strings.Builder
	file.WriteString("\uFEFF") // without it Excel reads UTF-8 as something else
	w := csv.NewWriter(&file)
	w.Comma = ';' // what Excel expects here
	ctx := c.UserContext()
	rows := [][]string{{}}
	for _, column := range []string{"number", "state", "name", "people", "channel", "contact", "support", "helper", "reference", "registered_at"} {
		rows[0] = append(rows[0], ui.T(ctx, "meetings.column."+column))
	}
	for _, r := range a.Attendees {
		rows = append(rows, []string{
			strconv.Itoa(r.Number), ui.T(ctx, "meetings.state."+string(r.State)), r.Name, strconv.Itoa(r.People),
			ui.T(ctx, "meetings.channel_short."+string(r.Channel)), readable(r.Contact), supportText(ctx, r.Support, r.Sealed), r.Helper,
			r.SayableReference(), r.RegisteredAt.In(a.Zone()).Format("2-1-2006 15:04"),
		})
	}
	for _, row := range rows {
		for i := range row {
			row[i] = harmless(row[i])
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="aanmeldingen.csv"`)
	return c.SendString(file.String())
}

// harmless keeps a spreadsheet from running what somebody typed as a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

func (p *Pages) setCapacity(c *fiber.Ctx) error {
	var form struct {
		Capacity string `form:"capacity,max=10"`
	}
	wrong := web.Decode(c, &form)
	view, err := p.attendanceView(c)
	if err != nil {
		return err
	}
	view.Capacity = form.Capacity
	again := func(m ui.Mistakes) component { return attendancePage(view, m) }
	if wrong != nil {
		return web.Again(c, wrong, again)
	}
	capacity, unfit := web.Number(form.Capacity, "capacity", 1, meeting.MaxCapacity)
	if unfit != nil {
		return web.Again(c, unfit, again)
	}
	said := web.Say("meetings.did.capacity", "Count", capacity)
	was, _ := web.Was(c, "capacity")
	expects, _ := strconv.Atoi(was) // a form of before this was asked expects nothing
	err = p.Meetings.SetCapacity(c.UserContext(), web.Actor(c), view.ID, expects, capacity)
	switch {
	case fault.IsUnchanged(err):
		return web.UnchangedNow(c, Path(view.ID)+"/lijst", "capacity", strconv.Itoa(capacity), said)
	case fault.IsOvertaken(err):
		if view, err2 := p.attendanceView(c); err2 == nil {
			return web.Again(c, err, func(m ui.Mistakes) component { return attendancePage(view.overtaken(c, form.Capacity), m) })
		}
		return web.Again(c, err, again)
	case err != nil:
		return web.Again(c, err, again)
	}
	now, err := p.Meetings.Attendance(c.UserContext(), web.Actor(c), view.ID)
	if err != nil {
		return err
	}
	if now.Seats.Taken <= view.Seats.Capacity { // nobody of the waiting list has a seat by it
		said = said.UndoneBy(Path(view.ID)+"/plaatsen", "capacity", strconv.Itoa(view.Seats.Capacity),
			ui.WasField("capacity"), strconv.Itoa(capacity))
	}
	return web.Done(c, Path(view.ID)+"/lijst", said)
}

// overtaken shows the number of seats that somebody else gave beside the one that was typed.
func (v attendanceView) overtaken(c *fiber.Ctx, typed string) attendanceView {
	v.Undoing = web.Undoing(c)
	v.Newer = []ui.SummaryRow{{Key: ui.T(c.UserContext(), "meetings.form.capacity"), Value: v.Capacity}}
	if !v.Undoing {
		v.Capacity = typed
	}
	return v
}

func (p *Pages) walkIn(c *fiber.Ctx) error {
	var form walkInForm
	unreadable := web.Decode(c, &form)
	view, err := p.attendanceView(c)
	if err != nil {
		return err
	}
	view.WalkIn = form
	again := func(m ui.Mistakes) component { return attendancePage(view, m) }
	people, unfit := web.Number(form.People, "people", 1, meeting.MaxPeople)
	var wrong error
	if unfit != nil {
		wrong = unfit
	}
	if form.Name == "" {
		wrong = web.Together(&form, fault.Invalid("meetings.mistake.walk_in_name").At("name"), wrong)
	}
	if err := web.Together(&form, unreadable, wrong); err != nil {
		return web.Again(c, err, again)
	}
	if form.Sure != form.Name && view.Namesake(form.Name, form.Key) {
		view.WalkIn.Sure = form.Name
		return web.Again(c, fault.Conflict("meetings.mistake.walk_in_namesake").At("name"), again)
	}
	r, err := p.Meetings.WalkIn(c.UserContext(), web.Actor(c), view.ID, form.Name, people, form.Key)
	if fault.IsSentBefore(err) {
		view.WalkIn.Key = meeting.NewIdempotencyKey()
	}
	if err != nil {
		return web.Again(c, err, again)
	}
	said := web.Say("meetings.did.walked_in", "Name", r.Name, "Count", r.People)
	if r.State == meeting.Waiting {
		said = web.Say("meetings.did.walked_in_waiting", "Name", r.Name, "Count", r.People).As(ui.Warning)
	}
	return web.Done(c, Path(view.ID)+"/lijst", said.UndoneBy(Path(view.ID)+"/afmelden/"+string(r.ID)))
}

// burstField names what was withdrawn together, in the form that puts it back.
const burstField = "ingetrokken"

// withdrawBurst withdraws many registrations that came from one place.
func (p *Pages) withdrawBurst(c *fiber.Ctx) error {
	var form struct {
		Burst meeting.RegistrationID `form:"golf,max=60"`
	}
	if err := web.Decode(c, &form); err != nil {
		return err
	}
	act, n, err := p.Meetings.WithdrawBurst(c.UserContext(), web.Actor(c), idOf(c), form.Burst)
	if err != nil {
		return err
	}
	return web.Done(c, Path(idOf(c))+"/lijst", web.Say("meetings.burst.done", "Count", n).Then("meetings.burst.done_text").
		UndoneBy(Path(idOf(c))+"/lijst/terugzetten", burstField, act).Called("meetings.burst.undo"))
}

func (p *Pages) restoreBurst(c *fiber.Ctx) error {
	var form struct {
		Act string `form:"ingetrokken,max=60"`
	}
	if err := web.Decode(c, &form); err != nil {
		return err
	}
	if _, err := p.Meetings.RestoreBurst(c.UserContext(), web.Actor(c), idOf(c), form.Act); err != nil {
		return err
	}
	return web.Done(c, Path(idOf(c))+"/lijst", web.Say("meetings.burst.restored").Then("meetings.burst.restored_text"))
}

func (p *Pages) called(c *fiber.Ctx) error {
	if err := p.Meetings.Called(c.UserContext(), web.Actor(c), idOf(c), meeting.CallID(web.ID(c, "call"))); err != nil {
		return err
	}
	return web.Done(c, Path(idOf(c))+"/lijst", web.Say("meetings.did.called"))
}

// attendee returns a registration of the meeting for who manages it.
func (p *Pages) attendee(c *fiber.Ctx) (meeting.Attendance, meeting.Attendee, error) {
	a, err := p.Meetings.Attendance(c.UserContext(), web.Actor(c), idOf(c))
	if err != nil {
		return a, meeting.Attendee{}, err
	}
	for _, r := range a.Attendees {
		if r.ID == registrationOf(c) && a.Manages {
			return a, r, nil
		}
	}
	return a, meeting.Attendee{}, fault.NotFound("not_found")
}

func (p *Pages) cancelForForm(c *fiber.Ctx) error {
	a, r, err := p.attendee(c)
	if err != nil {
		return err
	}
	return web.Page(c, cancelForPage(a, r))
}

func (p *Pages) cancelFor(c *fiber.Ctx) error {
	_, r, err := p.attendee(c)
	if err != nil {
		return err
	}
	if err := p.Meetings.CancelFor(c.UserContext(), web.Actor(c), idOf(c), registrationOf(c)); err != nil {
		return err
	}
	return web.Done(c, Path(idOf(c))+"/lijst", web.Say("meetings.did.cancelled_for", "Name", r.Name))
}
