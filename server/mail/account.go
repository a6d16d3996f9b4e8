package mail

import (
	"context"
	"time"

	"samenwijk/server/ui"
)

// Reader is who a letter is for.
type Reader struct{ ID, Address, Name, Language string }

// to begins a letter to r in r's language.
func (r Reader) to() Letter {
	return Letter{Reader: r.ID, To: r.Address, Name: r.Name, Language: r.Language}
}

// SignInCode is the letter with the code that r asked for, which works until then.
func (m *Mail) SignInCode(ctx context.Context, r Reader, digits string, now, until time.Time) Letter {
	ctx = ui.WithRequest(ctx, ui.Request{Lang: r.Language})
	l := r.to()
	l.Subject, l.Secret, l.Until = ui.T(ctx, "mail.code.subject"), true, until
	l.Parts = []Part{
		Paragraph(ui.T(ctx, "mail.code.intro")),
		Code(digits[:3] + " " + digits[3:]),
		Paragraph(ui.T(ctx, "mail.code.until", "Minutes", int(until.Sub(now).Round(time.Minute).Minutes()))),
		Paragraph(ui.T(ctx, "mail.code.not_you")),
	}
	return l
}

// AddressChanged is the letter to the address that r had before: who changed it and when, and where to say
// that this is wrong, after which the account is held, or not when it holds is false. It does not name the new one.
func (m *Mail) AddressChanged(ctx context.Context, r Reader, by, when, path string, until time.Time, holds bool) Letter {
	ctx = ui.WithRequest(ctx, ui.Request{Lang: r.Language})
	l := r.to()
	l.Subject, l.Until = ui.T(ctx, "mail.moved.subject"), until
	wrong := ui.T(ctx, "mail.moved.wrong")
	if !holds {
		wrong = ui.T(ctx, "mail.moved.wrong_last")
	}
	l.Parts = []Part{
		Paragraph(ui.T(ctx, "mail.moved.intro", "By", by, "When", when)),
		Paragraph(ui.T(ctx, "mail.moved.right")),
		Paragraph(wrong),
		SecretButton(ui.T(ctx, "mail.moved.button"), m.Link(path)),
	}
	return l
}

// AddressReported tells an administrator that somebody called a change of an address wrong, and what to do: the account
// is held, or open. It may be the reader's own, when there is no other administrator.
func (m *Mail) AddressReported(ctx context.Context, r, about Reader, path string, held bool) Letter {
	ctx = ui.WithRequest(ctx, ui.Request{Lang: r.Language})
	l := r.to()
	l.Subject = ui.T(ctx, "mail.reported.subject")
	what := "mail.reported.what"
	switch {
	case r.ID == about.ID:
		what = "mail.reported.what_yours"
	case !held:
		what = "mail.reported.what_open"
	}
	l.Parts = []Part{
		Paragraph(ui.T(ctx, "mail.reported.intro", "Name", about.Name)),
		Paragraph(ui.T(ctx, what)),
		Button(ui.T(ctx, "mail.reported.button"), m.Link(path)),
	}
	return l
}

// Test is the letter by which r sees that letters go out.
func (m *Mail) Test(ctx context.Context, r Reader, when string) Letter {
	ctx = ui.WithRequest(ctx, ui.Request{Lang: r.Language})
	l := r.to()
	l.Subject = ui.T(ctx, "mail.test.subject")
	l.Parts = []Part{
		Paragraph(ui.T(ctx, "mail.test.intro", "When", when)),
		Paragraph(ui.T(ctx, "mail.test.links")),
		Button(ui.T(ctx, "mail.test.button"), m.Link(ui.AdminPath)),
	}
	return l
}

// Welcome is the letter to somebody who was given an account.
func (m *Mail) Welcome(ctx context.Context, r Reader, by string) Letter {
	ctx = ui.WithRequest(ctx, ui.Request{Lang: r.Language})
	l := r.to()
	l.Subject = ui.T(ctx, "mail.welcome.subject")
	l.Parts = []Part{
		Paragraph(ui.T(ctx, "mail.welcome.intro", "By", by)),
		Paragraph(ui.T(ctx, "mail.welcome.how")),
		Button(ui.T(ctx, "mail.welcome.button"), m.Link(ui.SignInPath)),
	}
	return l
}
