// Package letter keeps the outbox: every mail the program sends lies in it first, so that what
// happened and the letter about it are never apart, and one event never sends somebody two letters.
// It knows neither how letters are written nor how they are sent.
package letter

import (
	"strings"
	"time"
	"unicode/utf8"

	"samenwijk/domain/fault"
)

// ID names a letter.
type ID string

// State is what became of a letter.
type State string

const (
	Waiting State = "waiting" // to be sent, or to be tried again
	Sent    State = "sent"    // taken by a mail server
	Kept    State = "kept"    // there is no mail server: an administrator reads it here
	Refused State = "refused" // a mail server will never take it
	Late    State = "late"    // not sent in the time that it was of use
)

// Letter is one mail to one address. Reader names who it is for within the event it tells of, such
// as a person's id: the same event and reader never give a second letter, also when the address
// has changed in between.
type Letter struct {
	ID             ID `gorm:"primaryKey"`
	EventID        string
	Reader         string
	Recipient      string // the address
	Language       string
	Subject        string
	Text           string
	HTML           string
	Calendar       string     // an iCalendar object, or nothing
	CalendarMethod string     // REQUEST, CANCEL or PUBLISH
	Masked         string     `gorm:"-"` // the text without what its reader alone may use; empty when all may be read
	Sealed         []byte     // the letter as it is sent, when Text is the masked one
	Secret         bool       // holds a code: all of it goes when it is sent, or within the hour
	Until          *time.Time // after this moment sending it is of no use
	State          State
	Reason         string // what a mail server said, by kind and number; never with an address
	Attempts       int
	ClaimedAt      *time.Time // somebody is sending it
	CreatedAt      time.Time
	EndedAt        *time.Time // sent, refused, kept or late
	EmptiedAt      *time.Time // address and content were removed
}

// forOthers is the letter as who manages the outbox may read it. A link or a code in it would let them
// in as somebody else. Letters of an earlier version hold these in their text.
func (l Letter) forOthers() Letter {
	if l.Secret && l.Sealed == nil {
		l.Text, l.HTML, l.Calendar = "", "", ""
	}
	l.Sealed = nil
	return l
}

const (
	maxHeader = 500
	maxBody   = 512 << 10
)

// check refuses what could add a line to the header of a mail, and what no mail should be.
func (l Letter) check() error {
	if l.Masked != "" && len(l.Masked) > maxBody {
		return fault.TooMuch("letter.too_large")
	}
	for _, header := range []string{l.Recipient, l.Subject, l.CalendarMethod} {
		if strings.ContainsAny(header, "\r\n\x00") || !utf8.ValidString(header) || len(header) > maxHeader {
			return fault.Invalid("letter.header")
		}
	}
	if l.Recipient == "" || l.Reader == "" || l.EventID == "" || l.Subject == "" || l.Text == "" {
		return fault.Invalid("letter.incomplete")
	}
	if len(l.Text) > maxBody || len(l.HTML) > maxBody || len(l.Calendar) > maxBody {
		return fault.TooMuch("letter.too_large")
	}
	return nil
}
