package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"samenwijk/domain/access"
)

type adminCommand struct {
	Email string `arg:"" help:"The address with which the administrator signs in."`
	Name  string `help:"The name that others see; the part before the @ when it is left out."`
}

func (a adminCommand) Run(ctx context.Context, config Config, log *slog.Logger) (err error) {
	p, err := newProgram(ctx, config, false, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	if _, err := p.accounts.EnsureRoles(ctx, a.Email, a.Name, access.Admin); err != nil {
		return err
	}
	fmt.Printf("%s is an administrator and can sign in at %s/inloggen\n", a.Email, p.base)
	if config.SMTP == "" {
		fmt.Printf("There is no mail server: after asking for a code there, read it with `samenwijk code %s`.\n", a.Email)
	}
	return nil
}

// codeCommand lets the first administrator in where no mail can be sent. Whoever can run it has the
// database and the secret, and could make the code anyway; the code still works only in the browser
// that asked for it.
type codeCommand struct {
	Email string `arg:"" help:"The address that was filled in on the page to sign in."`
}

func (c codeCommand) Run(ctx context.Context, config Config, log *slog.Logger) (err error) {
	p, err := newProgram(ctx, config, false, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	code, err := p.accounts.LatestCode(ctx, c.Email)
	if err != nil {
		return err
	}
	fmt.Println(code)
	return nil
}

// letterCommand hands on a letter where no mail can be sent. The outbox shows nobody the links in it;
// whoever can run this has the database and the secret, from which they follow anyway.
type letterCommand struct {
	Email string `arg:"" help:"The address that the letter is for."`
}

func (l letterCommand) Run(ctx context.Context, config Config, log *slog.Logger) (err error) {
	p, err := newProgram(ctx, config, false, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	found, err := p.letters.Whole(ctx, l.Email)
	if err != nil {
		return err
	}
	fmt.Printf("%s\n\n%s", found.Subject, found.Text)
	return nil
}
