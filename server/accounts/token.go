package accounts

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/account"
	"samenwijk/domain/fault"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

type tokenForm struct {
	Name  string `form:"name,max=40"`
	Right string `form:"right,max=10"`
	Scope string `form:"scope,max=60"`
	Days  string `form:"days,max=10"`
	Key   string `form:"idempotency_key,max=60"`
}

// What a form can answer.
const (
	readRight  = "lezen"
	writeRight = "schrijven"
	everything = "alles"
)

// tokenDays are the lengths of time that the page offers.
var tokenDays = []int{7, 30, 90, account.MaxTokenDays}

// input reads the answers; what is none of those offered becomes a value that is refused with a
// sentence at its field.
func (f tokenForm) input() account.TokenInput {
	in := account.TokenInput{Name: f.Name, Writes: f.Right == writeRight, Everywhere: f.Scope == everything, Key: f.Key}
	in.Days, _ = strconv.Atoi(f.Days) // no number is 0, which is refused
	kind, id, _ := strings.Cut(f.Scope, ":")
	switch account.ScopeKind(kind) {
	case account.OneDocument:
		in.Documents = []string{id}
	case account.OneWorkgroup:
		in.Workgroups = []string{id}
	}
	return in
}

// tokensView is what the page about one's tokens shows beside the form.
type tokensView struct {
	Tokens []account.Token
	Reach  []Reachable
	Now    time.Time
}

func (p *Pages) tokensView(c *fiber.Ctx) (tokensView, error) {
	who := web.Actor(c)
	tokens, err := p.Accounts.Tokens(c.UserContext(), who, who.ID)
	if err != nil {
		return tokensView{}, err
	}
	reach, err := p.Reach(c.UserContext(), who)
	return tokensView{Tokens: tokens, Reach: reach, Now: p.Accounts.Now()}, err
}

func (p *Pages) tokens(c *fiber.Ctx) error {
	view, err := p.tokensView(c)
	if err != nil {
		return err
	}
	form := tokenForm{Right: readRight, Days: strconv.Itoa(tokenDays[1]), Key: account.NewFormKey()}
	return web.Page(c, tokensPage(form, view, nil))
}

// makeToken answers with the page that shows the token, not with a way to it: the token stands in no
// address. Loading that page again sends the form again, which is refused: the form has a key.
func (p *Pages) makeToken(c *fiber.Ctx) error {
	var form tokenForm
	err := web.Decode(c, &form)
	var made account.NewToken
	if err == nil {
		made, err = p.Accounts.MakeToken(c.UserContext(), web.Actor(c), form.input())
	} else {
		err = web.Together(&form, err, form.input().Check())
	}
	if fault.Is(err, fault.KindConflict, "account.token.made_before") {
		form.Key = account.NewFormKey()
	}
	if err != nil {
		view, viewErr := p.tokensView(c)
		if viewErr != nil {
			return errors.Join(viewErr, err)
		}
		return web.Again(c, err, func(m ui.Mistakes) templ.Component { return tokensPage(form, view, m) })
	}
	return web.Page(c, newTokenPage(made, p.Accounts.Issuer))
}

// Addresses returns where a script connects with this token to the installation at base. Open says that
// the last one has ID in the place of a document's.
func Addresses(made account.NewToken, base string) (addresses []string, open bool) {
	live := "ws" + strings.TrimPrefix(base, "http") + "/live/"
	open = made.Everywhere
	for _, s := range made.Scopes {
		if s.Kind == account.OneDocument {
			addresses = append(addresses, live+s.ScopeID)
		} else {
			open = true
		}
	}
	if open {
		addresses = append(addresses, live+"ID")
	}
	return addresses, open
}

// revokeForm names one token of somebody.
type revokeForm struct {
	Token string `form:"sleutel,max=60"`
}

func (p *Pages) revokeToken(c *fiber.Ctx) error {
	return p.revoke(c, web.Actor(c).ID, tokensPath)
}

func (p *Pages) revokeTokenOf(c *fiber.Ctx) error {
	person := access.PersonID(idOf(c))
	return p.revoke(c, person, personPath(person))
}

func (p *Pages) revoke(c *fiber.Ctx, person access.PersonID, back string) error {
	var form revokeForm
	if err := web.Decode(c, &form); err != nil {
		return err
	}
	if err := p.Accounts.RevokeToken(c.UserContext(), web.Actor(c), person, account.TokenID(form.Token)); err != nil {
		return err
	}
	return web.Done(c, back, web.Say("accounts.did.token_withdrawn"))
}
