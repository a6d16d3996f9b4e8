package main

import (
	"context"
	"fmt"
	netmail "net/mail"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/account"
	"samenwijk/domain/event"
	"samenwijk/domain/letter"
	"samenwijk/domain/programme"
	"samenwijk/domain/workgroup"
	"samenwijk/server/accounts"
	"samenwijk/server/home"
	"samenwijk/server/mail"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

// memberships returns the grants that another context gave to a person.
type memberships func(ctx context.Context, person access.PersonID) ([]access.Grant, error)

// wireAccounts makes what the other rooms lean on: who people are, the letters to them, and the
// first page. It comes before them.
func (p *program) wireAccounts() error {
	own, err := p.config.own(p.demonstration)
	if err != nil {
		return err
	}
	own.site.MailKept = p.config.SMTP == "" && !p.config.speaksOfMail
	p.site = own.site
	sender, err := netmail.ParseAddress(p.config.MailFrom)
	if err != nil {
		return fmt.Errorf("SAMENWIJK_MAIL_FROM is not an address: %w", err)
	}
	var transport mail.Transport = mail.OutboxOnly{}
	if p.config.SMTP != "" {
		if transport, err = mail.NewSMTP(p.config.SMTP, p.config.MailFrom); err != nil {
			return err
		}
	}
	now := func() time.Time { return p.now() }
	p.accounts = account.New(p.db, p.secret, p.older...)
	p.accounts.Now, p.accounts.Demonstration, p.accounts.Issuer = now, p.demonstration, p.base.String()
	p.letters = letter.New(p.db, p.secret, p.older...)
	p.letters.Now, p.letters.Demonstration = now, p.demonstration
	p.mail = mail.New(mail.Config{Letters: p.letters, Transport: transport, BaseURL: p.base.String(), Log: p.log, Site: own.site}, &p.subscribers)
	proxies, err := p.config.trustedProxies()
	if err != nil {
		return err
	}
	p.web = web.New(web.Config{
		BaseURL: p.base, Demonstration: p.demonstration, Secret: p.secret, Log: p.log, Now: now, Authenticate: p.authenticate,
		TrustedProxies: proxies, OlderSecrets: p.older, Site: own.site,
	})
	p.home = home.New(home.Config{
		Web: p.web, Contact: own.site.Contact.Email, SourceURL: p.config.SourceURL, Now: now, Own: own.files, Privacy: own.privacy,
	})
	p.rooms = append(p.rooms, p.home, &accounts.Pages{
		Web: p.web, Accounts: p.accounts, Letters: p.letters, Sends: p.config.SMTP != "", From: sender.Address, Reach: p.reachable,
	})

	mail.On(p.mail, &p.subscribers, p.signInLetter)
	mail.On(p.mail, &p.subscribers, p.welcomeLetter)
	mail.On(p.mail, &p.subscribers, p.testLetter)
	mail.On(p.mail, &p.subscribers, p.addressLetter)
	mail.On(p.mail, &p.subscribers, p.reportLetters)
	p.tasks = append(p.tasks,
		event.Task{Name: "empty old letters", Every: 10 * time.Minute, Run: p.letters.Forget},
		event.Task{Name: "remove deleted words from the files of the database", Every: time.Hour, Run: p.db.Tidy},
		event.Task{Name: "forget sessions that are over", Every: time.Hour, Run: p.accounts.Forget},
	)
	p.seeders = append(p.seeders, p.seedPeople)
	return nil
}

// reachable lists the groups of somebody, and the documents they may read, for their tokens.
func (p *program) reachable(ctx context.Context, who access.Actor) ([]accounts.Reachable, error) {
	found := []accounts.Reachable{}
	groups, _, err := p.groups.List(ctx, who, workgroup.Filter{Mine: true})
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		found = append(found, accounts.Reachable{Kind: account.OneWorkgroup, ID: string(g.ID), Name: g.Name})
	}
	const pages = 5 // of documents: a longer list is of no use to anybody who has to choose
	for page := 1; page <= pages; page++ {
		list, err := p.programmes.Documents(ctx, who, programme.Filter{Page: page})
		if err != nil {
			return nil, err
		}
		for _, d := range list.Documents {
			found = append(found, accounts.Reachable{Kind: account.OneDocument, ID: string(d.LiveID), Name: d.Title})
		}
		if page*programme.PageSize >= list.Found {
			break
		}
	}
	return found, nil
}

// authenticate turns the token in a cookie into who asks.
func (p *program) authenticate(ctx context.Context, token string) (web.Visitor, error) {
	signed, err := p.accounts.Authenticate(ctx, token)
	if err != nil {
		return web.Visitor{}, err
	}
	who := access.Actor{ID: signed.Person.ID, Grants: signed.Grants}
	if who, err = p.withMemberships(ctx, who); err != nil {
		return web.Visitor{}, err
	}
	return web.Visitor{Actor: who, Name: signed.Person.Name, Session: string(signed.Session)}, nil
}

// withMemberships adds what other contexts granted to somebody.
func (p *program) withMemberships(ctx context.Context, who access.Actor) (access.Actor, error) {
	for _, of := range p.memberships {
		grants, err := of(ctx, who.ID)
		if err != nil {
			return access.Actor{}, fmt.Errorf("memberships of %s: %w", who.ID, err)
		}
		who.Grants = append(who.Grants, grants...)
	}
	return who, nil
}

// actorOf returns whoever has an address, with everything that was granted to them, for seeders and commands.
func (p *program) actorOf(ctx context.Context, email string) (access.Actor, error) {
	who, err := p.accounts.ActorOf(ctx, email)
	if err != nil {
		return access.Actor{}, fmt.Errorf("find a person: %w", err)
	}
	return p.withMemberships(ctx, who)
}

// reader is a person as a letter addresses them.
func reader(person account.Person) mail.Reader {
	return mail.Reader{ID: string(person.ID), Address: person.Email, Name: person.Name, Language: person.Language}
}

func (p *program) signInLetter(ctx context.Context, e event.Recorded[event.SignInAsked]) ([]mail.Letter, error) {
	m, deserved, err := p.accounts.MailedCode(ctx, account.CodeID(e.Event.Code))
	if err != nil || !deserved {
		return nil, err
	}
	return []mail.Letter{p.mail.SignInCode(ctx, reader(m.Person), m.Code, p.now(), m.ExpiresAt)}, nil
}

func (p *program) welcomeLetter(ctx context.Context, e event.Recorded[event.PersonAdded]) ([]mail.Letter, error) {
	added, by := access.PersonID(e.Event.Person), access.PersonID(e.Event.By)
	people, err := p.accounts.Known(ctx, added, by)
	if err != nil {
		return nil, err
	}
	person, known := people[added]
	if !known || person.Email == "" {
		return nil, nil
	}
	host := people[by].Name
	if host == "" {
		host = ui.T(ui.WithRequest(ctx, ui.Request{Lang: person.Language}), "ui.site.name")
	}
	return []mail.Letter{p.mail.Welcome(ctx, reader(person), host)}, nil
}

// testLetter goes to the administrator who asked for it, at the address they have now.
func (p *program) testLetter(ctx context.Context, e event.Recorded[event.TestLetterAsked]) ([]mail.Letter, error) {
	id := access.PersonID(e.Event.Person)
	people, err := p.accounts.Known(ctx, id)
	if err != nil || people[id].Email == "" {
		return nil, err
	}
	to := reader(people[id])
	return []mail.Letter{p.mail.Test(ctx, to, ui.DateTime(ui.WithRequest(ctx, ui.Request{Lang: to.Language, Now: p.now()}), p.now()))}, nil
}

// addressLetter goes to the address that somebody had before: whoever took the account over reads the new one.
func (p *program) addressLetter(ctx context.Context, e event.Recorded[event.AddressChanged]) ([]mail.Letter, error) {
	news, due, err := p.accounts.AddressLetter(ctx, e.Event.Change)
	if err != nil || !due {
		return nil, err
	}
	to := reader(news.Person)
	to.Address = news.Address
	ctx = ui.WithRequest(ctx, ui.Request{Lang: to.Language, Now: p.now()})
	by := news.By
	if by == "" {
		by = ui.T(ctx, "admin.person.by_machine")
	}
	until := news.At.Add(account.AddressReportable)
	return []mail.Letter{p.mail.AddressChanged(ctx, to, by, ui.DateTime(ctx, news.At), accounts.ReportPath(news.Token), until, news.Holds)}, nil
}

func (p *program) reportLetters(ctx context.Context, e event.Recorded[event.AddressReported]) ([]mail.Letter, error) {
	about, admins, err := p.accounts.ReportLetters(ctx, e.Event.Change)
	letters := make([]mail.Letter, len(admins))
	for i, admin := range admins {
		letters[i] = p.mail.AddressReported(ctx, reader(admin), reader(about), accounts.PersonPath(about.ID), about.Blocked())
	}
	return letters, err
}
