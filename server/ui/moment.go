package ui

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a machine without zone files must not move a meeting by an hour
)

var amsterdam = sync.OnceValue(func() *time.Location {
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		panic(err)
	}
	return zone
})

// Zone is that of the neighbourhood, in which days begin.
func Zone() *time.Location { return amsterdam() }

// local reads t on the clock of the neighbourhood, or of the zone when one is passed.
func local(t time.Time, zone []*time.Location) time.Time {
	if len(zone) > 0 && zone[0] != nil {
		return t.In(zone[0])
	}
	return t.In(amsterdam())
}

func weekday(ctx context.Context, t time.Time) string {
	return T(ctx, "ui.weekday."+strconv.Itoa(int(t.Weekday())))
}

func month(ctx context.Context, t time.Time) string {
	return T(ctx, "ui.month."+strconv.Itoa(int(t.Month())))
}

// Date writes "donderdag 3 december 2026".
func Date(ctx context.Context, t time.Time, zone ...*time.Location) string {
	t = local(t, zone)
	return fmt.Sprintf("%s %d %s %d", weekday(ctx, t), t.Day(), month(ctx, t), t.Year())
}

// ShortDate writes "3 december 2026", for lists and lines in small type.
func ShortDate(ctx context.Context, t time.Time, zone ...*time.Location) string {
	t = local(t, zone)
	return fmt.Sprintf("%d %s %d", t.Day(), month(ctx, t), t.Year())
}

// Clock writes "14.00 uur"; in English "14:00".
func Clock(ctx context.Context, t time.Time, zone ...*time.Location) string {
	return T(ctx, "ui.moment.clock", "Time", digits(ctx, local(t, zone)))
}

// digits is the time without the word behind it.
func digits(ctx context.Context, t time.Time) string {
	if RequestOf(ctx).Lang == English {
		return t.Format("15:04")
	}
	return t.Format("15.04")
}

// DateTime writes "donderdag 3 december 2026, 14.00 uur".
func DateTime(ctx context.Context, t time.Time, zone ...*time.Location) string {
	return Date(ctx, t, zone...) + ", " + Clock(ctx, t, zone...)
}

// Period writes "donderdag 3 december 2026, 14.00 tot 16.30 uur", and both dates in full when it
// ends on another day.
func Period(ctx context.Context, from, to time.Time, zone ...*time.Location) string {
	start, end := local(from, zone), local(to, zone)
	if days(start, end) != 0 {
		return T(ctx, "ui.moment.period", "From", DateTime(ctx, from, zone...), "To", DateTime(ctx, to, zone...))
	}
	return Date(ctx, from, zone...) + ", " +
		T(ctx, "ui.moment.hours", "From", digits(ctx, start), "To", digits(ctx, end))
}

// Near writes how far away the day of t is while that helps: "vandaag", "morgen", "over 3 dagen",
// "2 dagen geleden". Further than two weeks away it is empty: then only the date says something.
func Near(ctx context.Context, t time.Time, zone ...*time.Location) string {
	switch n := days(local(now(ctx), zone), local(t, zone)); {
	case n < -14 || n > 14:
		return ""
	case n == 0:
		return T(ctx, "ui.moment.today")
	case n == 1:
		return T(ctx, "ui.moment.tomorrow")
	case n == -1:
		return T(ctx, "ui.moment.yesterday")
	case n < 0:
		return T(ctx, "ui.moment.ago", "Count", -n)
	default:
		return T(ctx, "ui.moment.ahead", "Count", n)
	}
}

// days counts the midnights between two moments, so that summer time changes nothing.
func days(from, to time.Time) int {
	day := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(day(to).Sub(day(from)) / (24 * time.Hour))
}

// Number writes a number as it is read here: "1.234" and "1.234,56"; in English "1,234.56".
// A fraction is rounded to two digits.
func Number[N ~int | ~int64 | ~float64](ctx context.Context, n N) string {
	rounded := math.Round(float64(n)*100) / 100
	if rounded == math.Trunc(rounded) {
		return Decimal(ctx, rounded, 0)
	}
	return strings.TrimSuffix(Decimal(ctx, rounded, 2), "0")
}

// Decimal writes a number with exactly this many digits after the comma.
func Decimal(ctx context.Context, n float64, digits int) string {
	text := strconv.FormatFloat(n, 'f', digits, 64)
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "−", text[1:]
	}
	whole, fraction, _ := strings.Cut(text, ".")
	thousands, comma := ".", ","
	if RequestOf(ctx).Lang == English {
		thousands, comma = ",", "."
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + thousands + whole[i:]
	}
	if fraction != "" {
		fraction = comma + fraction
	}
	return sign + whole + fraction
}
