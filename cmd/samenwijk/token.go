package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/account"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/programme"
	"samenwijk/domain/workgroup"
	"samenwijk/server/accounts"
	"samenwijk/server/programmes"
)

// tokenCommand handles the tokens with which scripts of people take part in live documents.
type tokenCommand struct {
	Create tokenCreate `cmd:"" help:"Make a token for somebody and print it. It is never shown again."`
	List   tokenList   `cmd:"" help:"List the tokens of somebody, and say which no longer work, and why."`
	Revoke tokenRevoke `cmd:"" help:"End a token; what is connected with it is cut off at once."`
}

type tokenCreate struct {
	Email     string   `arg:"" help:"The address of the person whose right the token carries."`
	Name      string   `required:"" help:"What others see beside the person's name."`
	Document  []string `help:"The id of a document the token is for; may be repeated."`
	Workgroup []string `help:"The id of a workgroup for whose documents the token is; may be repeated."`
	All       bool     `help:"The token is for every document of the person."`
	Write     bool     `help:"The token may write; otherwise it only reads."`
	Days      int      `default:"30" help:"How many days the token works."`
}

func (t tokenCreate) Run(ctx context.Context, config Config, log *slog.Logger) error {
	return withProgram(ctx, config, log, func(p *program) error {
		who, err := p.actorOf(ctx, t.Email)
		if err != nil {
			return err
		}
		made, err := p.makeToken(ctx, who, t)
		if err != nil {
			return err
		}
		fmt.Println(made.Text)
		fmt.Fprintf(os.Stderr, "Token %s of %s works until %s. Keep it like a password: it is not shown again.\n",
			made.ID, t.Email, made.ExpiresAt.Format(time.DateTime))
		addresses, open := accounts.Addresses(made, p.accounts.Issuer)
		for _, address := range addresses {
			fmt.Fprintln(os.Stderr, "Connect to "+address)
		}
		if open {
			fmt.Fprintln(os.Stderr, "In the place of ID put what stands in the address of a page after "+programmes.Path+"/.")
		}
		return nil
	})
}

// makeToken makes a token for somebody after looking whether what it is for is there: a mistyped id
// would make a token that opens nothing.
func (p *program) makeToken(ctx context.Context, who access.Actor, t tokenCreate) (account.NewToken, error) {
	in := account.TokenInput{Name: t.Name, Writes: t.Write, Days: t.Days, Everywhere: t.All}
	for _, id := range t.Document {
		live, err := p.liveDocument(ctx, who, id)
		if err != nil {
			return account.NewToken{}, fmt.Errorf("document %s: %w", id, err)
		}
		in.Documents = append(in.Documents, string(live))
	}
	for _, id := range t.Workgroup {
		if _, err := p.groups.Get(ctx, who, workgroup.ID(id)); err != nil {
			return account.NewToken{}, fmt.Errorf("workgroup %s: %w", id, err)
		}
		in.Workgroups = append(in.Workgroups, id)
	}
	return p.accounts.MakeToken(ctx, who, in)
}

// liveDocument takes the id in the address of a page as well as that of the live document itself.
func (p *program) liveDocument(ctx context.Context, who access.Actor, id string) (livedoc.ID, error) {
	d, err := p.programmes.Get(ctx, who, programme.ID(id))
	if fault.KindOf(err) == fault.KindNotFound {
		_, err = p.collab.Right(ctx, who, livedoc.ID(id))
		return livedoc.ID(id), err
	}
	return d.LiveID, err
}

type tokenList struct {
	Email string `arg:"" help:"The address of the person."`
}

func (t tokenList) Run(ctx context.Context, config Config, log *slog.Logger) error {
	return withProgram(ctx, config, log, func(p *program) error {
		who, err := p.actorOf(ctx, t.Email)
		if err != nil {
			return err
		}
		return p.printTokens(ctx, who, os.Stdout)
	})
}

// printTokens lists the tokens of somebody, and of the last month those that ended.
func (p *program) printTokens(ctx context.Context, who access.Actor, w io.Writer) error {
	tokens, err := p.accounts.Tokens(ctx, who, who.ID)
	if err != nil {
		return err
	}
	ends, by, err := p.accounts.EndedTokens(ctx, who, who.ID)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tNAME\tWORKS\tRIGHT\tFOR\tMADE\tUNTIL\tLAST USED")
	for _, token := range tokens {
		works, err := p.tokenWorks(ctx, who, token)
		if err != nil {
			return err
		}
		fmt.Fprintln(table, strings.Join(tokenLine(token, works), "\t"))
	}
	for _, end := range ends {
		fmt.Fprintln(table, strings.Join([]string{string(end.ID), end.Name, tokenEnded(end, by), "", "", "", "", ""}, "\t"))
	}
	return table.Flush()
}

// tokenWorks says whether a token works, and why not or not wholly.
func (p *program) tokenWorks(ctx context.Context, who access.Actor, t account.Token) (string, error) {
	people, err := p.accounts.Known(ctx, who.ID)
	if err != nil {
		return "", err
	}
	switch {
	case t.Over(p.now()):
		return "no: it expired on " + t.ExpiresAt.Format(time.DateOnly), nil
	case people[who.ID].Blocked():
		return "no: its owner is blocked", nil
	case t.Everywhere:
		return "yes", nil
	}
	var shut []string
	for _, s := range t.Scopes {
		if s.Kind == account.OneWorkgroup {
			_, err = p.groups.Get(ctx, who, workgroup.ID(s.ScopeID))
		} else {
			_, err = p.collab.Right(ctx, who, livedoc.ID(s.ScopeID))
		}
		switch fault.KindOf(err) {
		case fault.KindNotFound, fault.KindForbidden:
			shut = append(shut, string(s.Kind)+" "+s.ScopeID)
		default:
			if err != nil {
				return "", err
			}
		}
	}
	switch {
	case len(shut) == 0:
		return "yes", nil
	case len(shut) == len(t.Scopes):
		return "no: its owner may no longer see what it is for", nil
	}
	return "yes, but its owner may no longer see " + strings.Join(shut, ", "), nil
}

func tokenEnded(end account.TokenEnd, names map[access.PersonID]string) string {
	on, by := end.EndedAt.Format(time.DateOnly), names[end.EndedBy]
	if by == "" {
		by = "somebody who is gone"
	}
	if end.EndedBy == "" {
		by = "the machine"
	}
	switch end.Why {
	case account.WasBlocked:
		return "no: ended on " + on + ", when " + by + " blocked its owner"
	case account.AddressChanged:
		return "no: ended on " + on + ", when " + by + " gave its owner another address"
	case account.Reported:
		return "no: ended on " + on + ", when a change of its owner's address was reported"
	}
	return "no: withdrawn on " + on + " by " + by
}

func tokenLine(t account.Token, works string) []string {
	right, used, where := "read", "never", "everything"
	if t.Writes {
		right = "write"
	}
	if t.UsedAt != nil {
		used = t.UsedAt.Format(time.DateTime)
	}
	if !t.Everywhere {
		var scopes []string
		for _, s := range t.Scopes {
			scopes = append(scopes, string(s.Kind)+" "+s.ScopeID)
		}
		where = strings.Join(scopes, ", ")
	}
	return []string{string(t.ID), t.Name, works, right, where, t.CreatedAt.Format(time.DateOnly), t.ExpiresAt.Format(time.DateOnly), used}
}

type tokenRevoke struct {
	ID string `arg:"" help:"The id of the token, as the list shows it."`
}

func (t tokenRevoke) Run(ctx context.Context, config Config, log *slog.Logger) error {
	return withProgram(ctx, config, log, func(p *program) error {
		owner, err := p.accounts.TokenOwner(ctx, account.TokenID(t.ID))
		if err != nil {
			return err
		}
		if err := p.accounts.RevokeToken(ctx, access.Actor{ID: owner}, owner, account.TokenID(t.ID)); err != nil {
			return err
		}
		fmt.Println("The token works no longer.")
		return nil
	})
}

// withProgram wires the program for a command that serves nothing.
func withProgram(ctx context.Context, config Config, log *slog.Logger, do func(p *program) error) (err error) {
	p, err := newProgram(ctx, config, false, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	return do(p)
}
