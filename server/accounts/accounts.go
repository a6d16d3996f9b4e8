// Package accounts has the pages on which people sign in, see to their own account, and manage
// those of others; and the pages of whoever looks after the installation.
package accounts

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/account"
	"samenwijk/domain/letter"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

// Pages is the room. All fields are required that are not false or empty by nature.
type Pages struct {
	Web      *web.Web
	Accounts *account.Service
	Letters  *letter.Service
	Sends    bool   // there is a mail server
	From     string // the address to which letters come back
	// Reach lists what a token of somebody can be narrowed to.
	Reach func(ctx context.Context, who access.Actor) ([]Reachable, error)
}

// Reachable is a document or a workgroup, and how it is called.
type Reachable struct {
	Kind account.ScopeKind
	ID   string
	Name string
}

// The paths of this room that the frame does not name.
const (
	codePath          = "/inloggen/code"
	demonstrationPath = "/inloggen/demonstratie"
	everywherePath    = "/overal-uitloggen"
	sessionsPath      = "/account/sessies"
	tokensPath        = "/account/sleutels"
	revokePath        = "/account/sleutels/intrekken"
	peoplePath        = "/beheer/mensen"
	newPersonPath     = "/beheer/mensen/nieuw"
	logPath           = "/beheer/logboek"
	outboxPath        = "/beheer/postvak"
	rolesSuffix       = "/rollen"
	endSessionsSuffix = "/uitloggen"
	tokensSuffix      = "/sleutels"
	blockSuffix       = "/blokkeren"
	unblockSuffix     = "/deblokkeren"
	movedPath         = "/adres-gewijzigd"
	pageField         = "bladzijde"
	codeCookie        = "inlogcode"
	knownCookie       = "bekend"
)

// Mount adds the routes.
func (p *Pages) Mount(r fiber.Router) {
	r.Get(ui.SignInPath, p.signIn)
	r.Post(ui.SignInPath, p.askCode)
	r.Get(codePath, p.code)
	r.Post(codePath, p.enter)
	r.Post(demonstrationPath, p.enterInvented)
	r.Post(ui.SignOutPath, p.signOut)
	r.Post(everywherePath, p.signOutEverywhere)

	r.Get(movedPath, p.movedAddress)
	r.Get(movedPath+"/:token", p.exchangeMoved)
	r.Post(movedPath, p.reportMoved)

	r.Get(ui.AccountPath, web.RequireSession, p.me)
	r.Post(ui.AccountPath, web.RequireSession, p.changeMe)
	r.Post(sessionsPath, web.RequireSession, p.endSession)
	r.Get(tokensPath, web.RequireSession, p.tokens)
	r.Post(tokensPath, web.RequireSession, p.makeToken)
	r.Post(revokePath, web.RequireSession, p.revokeToken)

	r.Get(ui.AdminPath, web.RequireSession, p.admin)
	r.Get(peoplePath, web.RequireSession, p.people)
	r.Get(newPersonPath, web.RequireSession, p.newPerson)
	r.Post(newPersonPath, web.RequireSession, p.addPerson)
	r.Get(peoplePath+"/:id", web.RequireSession, p.person)
	r.Post(peoplePath+"/:id", web.RequireSession, p.changePerson)
	r.Post(peoplePath+"/:id"+rolesSuffix, web.RequireSession, p.changeRoles)
	r.Post(peoplePath+"/:id"+endSessionsSuffix, web.RequireSession, p.endSessions)
	r.Post(peoplePath+"/:id"+tokensSuffix, web.RequireSession, p.revokeTokenOf)
	r.Post(peoplePath+"/:id"+blockSuffix, web.RequireSession, p.block)
	r.Post(peoplePath+"/:id"+unblockSuffix, web.RequireSession, p.unblock)
	r.Get(logPath, web.RequireSession, p.log)
	r.Get(outboxPath, web.RequireSession, p.outbox)
	r.Post(testPath, web.RequireSession, p.testLetter)
	r.Post(outboxPath+"/:id"+againSuffix, web.RequireSession, p.sendAgain)
	r.Get(outboxPath+"/:id", web.RequireSession, p.letter)
}

// network is where the roles that these pages are about hold.
var network = access.Scope{Audience: access.Members}

// withReturn adds the page to go back to; the first page needs no mention.
func withReturn(path, back string) string {
	if back = web.LocalPath(back, "/"); back == "/" {
		return path
	}
	return path + "?" + ui.ReturnField + "=" + url.QueryEscape(back)
}

// afterSignIn is where one goes on to: back, but not in a circle.
func afterSignIn(back string) string {
	back = web.LocalPath(back, "/")
	if strings.HasPrefix(back, ui.SignInPath) {
		return "/"
	}
	return back
}

// keep puts the session in the browser and lets the pages speak the person's language.
func (p *Pages) keep(c *fiber.Ctx, in account.SignedIn) {
	web.Note(c, "signed_in", string(in.Person.ID))
	p.Web.SetCookie(c, web.SessionCookie, in.Token, in.ExpiresAt)
	p.Web.SetCookie(c, knownCookie, in.Known, p.Accounts.Now().Add(account.BrowserKnown))
	p.Web.ClearCookie(c, codeCookie)
	p.speak(c, in.Person.Language)
}

func (p *Pages) speak(c *fiber.Ctx, language string) {
	if language == ui.English {
		p.Web.SetCookie(c, web.LanguageCookie, ui.English, p.Accounts.Now().Add(365*24*time.Hour))
	} else {
		p.Web.ClearCookie(c, web.LanguageCookie)
	}
}
