package ui

import (
	"testing"
	"time"
)

func TestDatesAreWrittenAsPeopleSayThem(t *testing.T) {
	dutch, english := reader(Request{}), reader(Request{Lang: English})
	paramaribo, err := time.LoadLocation("America/Paramaribo")
	if err != nil {
		t.Fatal(err)
	}
	overnight := begins.Add(12 * time.Hour)
	for name, tc := range map[string]struct{ got, want string }{
		"date":                  {Date(dutch, begins), "donderdag 3 december 2026"},
		"date in English":       {Date(english, begins), "Thursday 3 December 2026"},
		"short date":            {ShortDate(dutch, begins), "3 december 2026"},
		"moment":                {DateTime(dutch, begins), "donderdag 3 december 2026, 14.00 uur"},
		"moment in English":     {DateTime(english, begins), "Thursday 3 December 2026, 14:00"},
		"moment in summer":      {DateTime(dutch, time.Date(2026, 7, 1, 12, 5, 0, 0, time.UTC)), "woensdag 1 juli 2026, 14.05 uur"},
		"moment elsewhere":      {DateTime(dutch, begins, paramaribo), "donderdag 3 december 2026, 10.00 uur"},
		"midnight is next day":  {Date(dutch, time.Date(2026, 12, 2, 23, 30, 0, 0, time.UTC)), "donderdag 3 december 2026"},
		"hours":                 {Period(dutch, begins, ends), "donderdag 3 december 2026, 14.00 tot 16.30 uur"},
		"hours in English":      {Period(english, begins, ends), "Thursday 3 December 2026, 14:00 to 16:30"},
		"until the next day":    {Period(dutch, begins, overnight), "donderdag 3 december 2026, 14.00 uur tot vrijdag 4 december 2026, 02.00 uur"},
		"near":                  {Near(dutch, begins), "over 3 dagen"},
		"near in English":       {Near(english, begins), "in 3 days"},
		"today":                 {Near(dutch, begins.AddDate(0, 0, -3)), "vandaag"},
		"tomorrow":              {Near(dutch, begins.AddDate(0, 0, -2)), "morgen"},
		"yesterday":             {Near(dutch, begins.AddDate(0, 0, -4)), "gisteren"},
		"past":                  {Near(dutch, begins.AddDate(0, 0, -8)), "5 dagen geleden"},
		"too far to say":        {Near(dutch, begins.AddDate(0, 1, 0)), ""},
		"tomorrow is not 24 h":  {Near(reader(Request{}), time.Date(2026, 11, 30, 23, 30, 0, 0, time.UTC)), "morgen"},
		"clock":                 {Clock(dutch, begins), "14.00 uur"},
		"the first of a month":  {ShortDate(dutch, time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)), "1 maart 2027"},
		"summer time, same day": {Near(reader(Request{}), time.Date(2026, 11, 30, 22, 59, 0, 0, time.UTC)), "vandaag"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %q, want %q", name, tc.got, tc.want)
		}
	}
}

func TestNumbersAreWrittenWithPointsAndAComma(t *testing.T) {
	dutch, english := reader(Request{}), reader(Request{Lang: English})
	for name, tc := range map[string]struct{ got, want string }{
		"small":                      {Number(dutch, 7), "7"},
		"thousands":                  {Number(dutch, 1234567), "1.234.567"},
		"thousands in English":       {Number(english, 1234567), "1,234,567"},
		"exactly three":              {Number(dutch, 999), "999"},
		"fraction":                   {Number(dutch, 1234.56), "1.234,56"},
		"fraction in English":        {Number(english, 1234.56), "1,234.56"},
		"one digit is enough":        {Number(dutch, 83.5), "83,5"},
		"rounded to a whole":         {Number(dutch, 12.0001), "12"},
		"below zero":                 {Number(dutch, -1234), "−1.234"},
		"digits that were asked for": {Decimal(dutch, 83.9, 2), "83,90"},
		"zero":                       {Number(dutch, 0), "0"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %q, want %q", name, tc.got, tc.want)
		}
	}
}
