package meeting

import (
	"time"
	_ "time/tzdata" // a machine without zone files must not move a meeting by an hour

	"samenwijk/domain/fault"
)

// DefaultZone is the zone of a meeting that does not say otherwise.
const DefaultZone = "Europe/Amsterdam"

// WallTime is how a local time is kept: what the clock on the wall shows.
const WallTime = "2006-01-02T15:04"

// When is the time of a meeting as people say it. The wall time and the zone are the truth: when a
// country changes its clocks, people come at the time they read. Nothing is made up that is not
// known: a meeting can have a day without hours, and one whose date is known by and large has a
// WhenText, "begin februari", and no day at all.
type When struct {
	LocalStart string // WallTime, a date alone (time.DateOnly), or empty
	LocalEnd   string
	TZID       string `gorm:"column:tzid"`
	WhenText   string
}

// DayOnly reports whether the day is known and the hours are not.
func (w When) DayOnly() bool { return len(w.LocalStart) == len(time.DateOnly) }

// Zone returns the zone of the meeting.
func (w When) Zone() *time.Location {
	zone, err := time.LoadLocation(w.TZID)
	if err != nil || w.TZID == "" || w.TZID == "Local" {
		zone, err = time.LoadLocation(DefaultZone)
		if err != nil {
			panic(err) // tzdata is part of the program
		}
	}
	return zone
}

// resolve returns the moments of start and end, or nil twice when there is no exact date.
func (w When) resolve() (start, end *time.Time, wrong *fault.Fault) {
	if w.LocalStart == "" && w.LocalEnd == "" {
		if fault.Blank(w.WhenText) {
			return nil, nil, fault.Invalid("meetings.mistake.when").At("date")
		}
		return nil, nil, notLonger(w.WhenText, "when_text", MaxLine)
	}
	if _, err := time.LoadLocation(w.TZID); err != nil || w.TZID == "" || w.TZID == "Local" {
		return nil, nil, fault.Invalid("meetings.mistake.zone").At("date")
	}
	if w.DayOnly() {
		return w.resolveDay()
	}
	from, wrong := moment(w.LocalStart, w.Zone(), "start")
	if wrong != nil {
		return nil, nil, wrong
	}
	to, wrong := moment(w.LocalEnd, w.Zone(), "end")
	if wrong != nil {
		return nil, nil, wrong
	}
	if !to.After(from) {
		return nil, nil, fault.Invalid("meetings.mistake.end_before_start").At("end")
	}
	if to.Sub(from) > 14*24*time.Hour {
		return nil, nil, fault.Invalid("meetings.mistake.too_long").At("end")
	}
	return &from, &to, nil
}

// resolveDay returns the midnights around the days.
func (w When) resolveDay() (start, end *time.Time, wrong *fault.Fault) {
	first, err := time.Parse(time.DateOnly, w.LocalStart)
	last, lastErr := time.Parse(time.DateOnly, w.LocalEnd)
	if err != nil || lastErr != nil || first.Year() < 1900 || last.Year() > 2200 {
		return nil, nil, fault.Invalid("meetings.mistake.date").At("date")
	}
	if last.Before(first) {
		return nil, nil, fault.Invalid("meetings.mistake.end_before_start").At("end")
	}
	midnight := func(day time.Time) *time.Time {
		t := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, w.Zone()).UTC()
		return &t
	}
	return midnight(first), midnight(last.AddDate(0, 0, 1)), nil
}

// moment turns a wall time into UTC. In spring an hour does not exist and in autumn one exists
// twice; a time in such an hour is refused, because half of the people would come at another.
func moment(wall string, zone *time.Location, field string) (time.Time, *fault.Fault) {
	read, err := time.Parse(WallTime, wall)
	if err != nil || read.Year() < 1900 || read.Year() > 2200 {
		return time.Time{}, fault.Invalid("meetings.mistake.time").At(field)
	}
	t := time.Date(read.Year(), read.Month(), read.Day(), read.Hour(), read.Minute(), 0, 0, zone)
	if t.Format(WallTime) != wall {
		return time.Time{}, fault.Invalid("meetings.mistake.time_skipped", "Time", read.Format("15.04")).At(field)
	}
	for _, shift := range []time.Duration{-time.Hour, time.Hour} {
		if t.Add(shift).Format(WallTime) == wall {
			return time.Time{}, fault.Invalid("meetings.mistake.time_twice", "Time", read.Format("15.04")).At(field)
		}
	}
	return t.UTC(), nil
}
