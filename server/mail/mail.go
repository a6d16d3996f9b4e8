// Package mail writes letters about what happened and brings them away. A letter is composed once
// an event has been committed, put in the outbox (domain/letter), and sent from there by the queue;
// a mail server that does not answer therefore delays a letter and never a person.
//
// The letters of the accounts are written here. Those of other rooms are composed by functions that
// cmd hands to On.
package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"samenwijk/domain/event"
	"samenwijk/domain/letter"
	"samenwijk/server/ui"
)

// Letter is what somebody is to be told. Mail adds the greeting, the signature and the house style,
// and writes it as plain text and as HTML from the same parts.
type Letter struct {
	// Reader names who it is for within the event, such as a person's id or "organiser". One event
	// gives one letter a reader, however often the event is delivered.
	Reader   string
	To       string // the address
	Name     string // for the greeting; may be empty
	Language string // ui.Dutch or ui.English; Dutch when empty
	Subject  string
	Parts    []Part
	Calendar *Calendar
	Secret   bool      // holds a code: all of it is removed within the hour, and once sent
	Until    time.Time // not sent any more after this moment; the zero time is never
}

// Calendar is an appointment that goes along: shown by the mail program, and attached as a file.
type Calendar struct {
	Object string // an iCalendar object (RFC 5545) with the same METHOD
	Method string // REQUEST, CANCEL or PUBLISH
}

// Config is what the room needs; all of it.
type Config struct {
	Letters   *letter.Service
	Transport Transport
	BaseURL   string // of links in letters, without a slash at the end
	Log       *slog.Logger
	Site      ui.Site // may be empty
}

// Mail writes and sends. It is safe for concurrent use.
type Mail struct{ config Config }

// New makes the room and lets it hear of every letter that is posted.
func New(config Config, subscribers *event.Subscribers) *Mail {
	config.BaseURL = strings.TrimSuffix(config.BaseURL, "/")
	m := &Mail{config: config}
	event.Subscribe(subscribers, "send", func(ctx context.Context, e event.Recorded[event.LetterPosted]) error {
		return m.send(ctx, letter.ID(e.Event.Letter))
	})
	return m
}

// Link makes the address of one of our pages for use in a letter.
func (m *Mail) Link(path string) string { return m.config.BaseURL + path }

// On lets compose write the letters about every event of type E: none, one, or one a reader. It
// runs after the commit and possibly more than once; what it changes must bear that. An error makes
// the queue try again later.
func On[E event.Event](m *Mail, subscribers *event.Subscribers, compose func(ctx context.Context, e event.Recorded[E]) ([]Letter, error)) {
	event.Subscribe(subscribers, "mail", func(ctx context.Context, e event.Recorded[E]) error {
		ctx = ui.WithSite(ctx, m.config.Site)
		letters, err := compose(ctx, e)
		if err != nil {
			return fmt.Errorf("compose letters about %s: %w", e.Event.Name(), err)
		}
		return m.post(ctx, e.ID, letters)
	})
}

func (m *Mail) post(ctx context.Context, eventID string, letters []Letter) error {
	posted := make([]letter.Letter, 0, len(letters))
	for _, l := range letters {
		if l.Language == "" {
			l.Language = ui.Dutch
		}
		text, masked, html, err := m.write(ctx, l)
		if err != nil {
			return err
		}
		p := letter.Letter{
			Reader: l.Reader, Recipient: l.To, Language: l.Language, Subject: l.Subject,
			Text: text, Masked: masked, HTML: html, Secret: l.Secret,
		}
		if l.Calendar != nil {
			p.Calendar, p.CalendarMethod = l.Calendar.Object, l.Calendar.Method
		}
		if !l.Until.IsZero() {
			p.Until = &l.Until
		}
		posted = append(posted, p)
	}
	return m.config.Letters.Post(ctx, eventID, posted)
}

// send brings one letter away. A letter that was sent just before the program fell over may be sent
// again; it then has the same Message-ID, by which mail programs show it once.
func (m *Mail) send(ctx context.Context, id letter.ID) error {
	l, taken, err := m.config.Letters.Take(ctx, id)
	if err != nil || !taken {
		return err
	}
	outcome, err := m.config.Transport.Send(ctx, l)
	if err != nil {
		// The attempt may have used up the time of the job; giving the letter back must still work.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return errors.Join(err, m.config.Letters.Return(ctx, id, reason(err)))
	}
	if outcome.State == letter.Refused {
		m.config.Log.Warn("a letter was refused", "letter", string(id), "reason", outcome.Reason)
	}
	return m.config.Letters.End(ctx, id, outcome.State, outcome.Reason)
}
