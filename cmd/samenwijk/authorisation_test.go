package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/meeting"
	"samenwijk/domain/programme"
	"samenwijk/domain/research"
	"samenwijk/domain/workgroup"
	"samenwijk/realtime/protocol"
	"samenwijk/server/servertest"
)

// The matrix of rights: what each route answers each kind of person. It is written by hand and
// reviewed; nothing in it is derived from the code it judges. A route without a row fails the test.
//
// The columns are a visitor; somebody with an account and no role (out); an administrator; the
// coordinator of the network; and the members of the group in question: coordinator, lecturer,
// student, entrepreneur, resident, area partner. A cell is
//
//	.  carried out, or refused for what was filled in: one may
//	-  one may know of it and may not do it (403)
//	0  one may not know that it is there (404)
//	s  one is asked to sign in first
//	r  one is asked for the reference of the registration first
var columns = []string{"vis", "out", "adm", "net", "coo", "lec", "stu", "ent", "res", "are"}

// The groups of the matrix: both have the same members; the meetings, notes and documents of a
// private one are for its members.
type matrixGroup struct {
	id          workgroup.ID
	public      bool
	document    programme.RequirementsDocument
	requirement programme.RequirementID
	meeting     meeting.ID // open for registration
}

type matrix struct {
	*world
	t        *testing.T
	browsers map[string]*servertest.Browser
	actors   map[string]access.Actor
	public   matrixGroup
	private  matrixGroup
	count    int
}

// row is one route in one state. path makes what the route needs, anew for each cell, so that no
// cell depends on what another did.
type row struct {
	route string
	state string
	path  func(m *matrix) string
	want  string
}

func at(path string) func(*matrix) string { return func(*matrix) string { return path } }

// in fills the id of a group, document, requirement or meeting into a path.
func in(group func(m *matrix) matrixGroup, path string) func(*matrix) string {
	return func(m *matrix) string {
		g := group(m)
		return strings.NewReplacer("{group}", string(g.id), "{document}", string(g.document.ID), "{live}", string(g.document.LiveID),
			"{requirement}", string(g.requirement), "{meeting}", string(g.meeting)).Replace(path)
	}
}

func public(m *matrix) matrixGroup  { return m.public }
func private(m *matrix) matrixGroup { return m.private }

// fresh is a new private group for each cell, for what cannot be done twice.
func fresh(m *matrix) matrixGroup { return m.group(false) }

const (
	everybody   = ". . . . . . . . . ."
	signedIn    = "s . . . . . . . . ."
	nobody      = "0 0 0 0 0 0 0 0 0 0"
	members     = "0 0 0 . . . . . . ." // the coordinator of the network, who began the group, is one
	managers    = "0 0 0 . . . - - - -" // of what is private
	publicly    = "s - - . . . - - - -" // the same of what is public
	writers     = "0 0 0 . . . - . . ." // of a private document: a student suggests
	publicPen   = "s - - . . . - . . ." // of a public one
	inside      = "s - - . . . . . . ." // what a public thing keeps for its group
	management  = "s 0 . . 0 0 0 0 0 0" // of the network's people
	byAdmin     = "s 0 . - 0 0 0 0 0 0"
	reference   = "r r r r r r r r r r" // whoever knows it may, and nobody else
	ofTheAuthor = "0 0 0 0 0 0 . 0 0 0" // a student's draft
)

var matrixRows = []row{
	{"GET /", "", at("/"), everybody},
	{"GET /toegankelijkheid", "", at("/toegankelijkheid"), everybody},
	{"GET /privacy", "", at("/privacy"), everybody},
	{"GET /broncode", "", at("/broncode"), everybody},
	{"GET /.well-known/security.txt", "", at("/.well-known/security.txt"), everybody},
	{"GET /healthz", "", at("/healthz"), everybody},
	{"GET /readyz", "", at("/readyz"), everybody},
	{"GET /assets/*", "a file that is not there", at("/assets/nee.css"), nobody},
	{"GET /zoeken", "", at("/zoeken?q=samen"), everybody},
	{"POST /taal", "", at("/taal"), everybody},

	{"GET /inloggen", "", at("/inloggen"), everybody},
	{"POST /inloggen", "", at("/inloggen"), everybody},
	{"GET /inloggen/code", "", at("/inloggen/code"), everybody},
	{"POST /inloggen/code", "", at("/inloggen/code"), everybody},
	{"POST /inloggen/demonstratie", "no demonstration", at("/inloggen/demonstratie"), nobody},
	{"GET /adres-gewijzigd", "no change of address", at("/adres-gewijzigd"), nobody},
	{"GET /adres-gewijzigd/:token", "a token of nobody", at("/adres-gewijzigd/geen"), nobody},
	{"POST /adres-gewijzigd", "no change of address", at("/adres-gewijzigd"), nobody},
	{"GET /account", "", at("/account"), signedIn},
	{"POST /account", "", at("/account"), signedIn},
	{"POST /account/sessies", "a session of nobody, which is out", at("/account/sessies"), signedIn},

	{"GET /account/sleutels", "", at("/account/sleutels"), signedIn},
	{"POST /account/sleutels", "", at("/account/sleutels"), signedIn},
	{"POST /account/sleutels/intrekken", "a token of nobody", at("/account/sleutels/intrekken"), "s 0 0 0 0 0 0 0 0 0"},

	{"GET /beheer", "", at("/beheer"), management},
	{"GET /beheer/logboek", "", at("/beheer/logboek"), byAdmin},
	{"GET /beheer/mensen", "", at("/beheer/mensen"), management},
	{"GET /beheer/mensen/nieuw", "", at("/beheer/mensen/nieuw"), management},
	{"POST /beheer/mensen/nieuw", "", at("/beheer/mensen/nieuw"), management},
	{"GET /beheer/mensen/:id", "", someone("/beheer/mensen/{person}"), management},
	{"POST /beheer/mensen/:id", "", someone("/beheer/mensen/{person}"), management},
	{"POST /beheer/mensen/:id", "an administrator", anAdmin("/beheer/mensen/{person}"), byAdmin},
	{"POST /beheer/mensen/:id/rollen", "an administrator", anAdmin("/beheer/mensen/{person}/rollen"), byAdmin},
	{"POST /beheer/mensen/:id/uitloggen", "an administrator", anAdmin("/beheer/mensen/{person}/uitloggen"), byAdmin},
	{"POST /beheer/mensen/:id/rollen", "", someone("/beheer/mensen/{person}/rollen"), management},
	{"POST /beheer/mensen/:id/uitloggen", "", someone("/beheer/mensen/{person}/uitloggen"), management},
	{"POST /beheer/mensen/:id/blokkeren", "", someone("/beheer/mensen/{person}/blokkeren"), byAdmin},
	{"POST /beheer/mensen/:id/deblokkeren", "", someone("/beheer/mensen/{person}/deblokkeren"), byAdmin},
	{"POST /beheer/mensen/:id/sleutels", "a token of nobody", someone("/beheer/mensen/{person}/sleutels"), "s 0 0 0 0 0 0 0 0 0"},
	{"GET /beheer/postvak", "", at("/beheer/postvak"), byAdmin},
	{"POST /beheer/postvak/proef", "", at("/beheer/postvak/proef"), byAdmin},
	{"POST /beheer/postvak/:id/opnieuw", "no such letter", at("/beheer/postvak/geen/opnieuw"), "s 0 0 - 0 0 0 0 0 0"},
	{"GET /beheer/postvak/:id", "no such letter", at("/beheer/postvak/geen"), "s 0 0 - 0 0 0 0 0 0"},

	{"GET /werkgroepen", "", at("/werkgroepen"), everybody},
	{"GET /werkgroepen/nieuw", "", at("/werkgroepen/nieuw"), "s - - . . . - - - -"},
	{"POST /werkgroepen/nieuw", "", at("/werkgroepen/nieuw"), "s - - . . . - - - -"},
	{"GET /werkgroepen/inzage", "", at("/werkgroepen/inzage"), "0 0 . 0 0 0 0 0 0 0"},
	{"GET /werkgroepen/:id", "public", in(public, "/werkgroepen/{group}"), everybody},
	{"GET /werkgroepen/:id", "private", in(private, "/werkgroepen/{group}"), members},
	{"GET /werkgroepen/:id/bewerken", "public", in(public, "/werkgroepen/{group}/bewerken"), publicly},
	{"GET /werkgroepen/:id/bewerken", "private", in(private, "/werkgroepen/{group}/bewerken"), managers},
	{"POST /werkgroepen/:id/bewerken", "public", in(public, "/werkgroepen/{group}/bewerken"), publicly},
	{"POST /werkgroepen/:id/bewerken", "private", in(private, "/werkgroepen/{group}/bewerken"), managers},
	{"GET /werkgroepen/:id/inzage", "private", in(private, "/werkgroepen/{group}/inzage"), "0 0 . 0 0 0 0 0 0 0"},
	{"POST /werkgroepen/:id/inzage", "private", in(private, "/werkgroepen/{group}/inzage"), "0 0 . 0 0 0 0 0 0 0"},
	{"GET /werkgroepen/:id/leden", "public", in(public, "/werkgroepen/{group}/leden"), "s - - . . . . . . ."},
	{"GET /werkgroepen/:id/leden", "private", in(private, "/werkgroepen/{group}/leden"), members},
	{"POST /werkgroepen/:id/leden", "public", in(public, "/werkgroepen/{group}/leden"), publicly},
	{"POST /werkgroepen/:id/leden", "private", in(private, "/werkgroepen/{group}/leden"), managers},
	{"GET /werkgroepen/:id/leden/:person", "private", member(private, "/werkgroepen/{group}/leden/{person}"), managers},
	{"POST /werkgroepen/:id/leden/:person", "private", member(private, "/werkgroepen/{group}/leden/{person}"), managers},
	{"POST /werkgroepen/:id/leden/:person/verwijderen", "private", member(fresh, "/werkgroepen/{group}/leden/{person}/verwijderen"), managers},
	{"GET /werkgroepen/:id/uitnodigingen/:invitation/intrekken", "private",
		invitation("/werkgroepen/{group}/uitnodigingen/{invitation}/intrekken"), managers},
	{"POST /werkgroepen/:id/uitnodigingen/:invitation/intrekken", "private", invitation("/werkgroepen/{group}/uitnodigingen/{invitation}/intrekken"), managers},
	{"POST /werkgroepen/:id/uitnodigingen/:invitation/opnieuw", "private", invitation("/werkgroepen/{group}/uitnodigingen/{invitation}/opnieuw"), managers},
	{"GET /werkgroepen/:id/sluiten", "public", in(public, "/werkgroepen/{group}/sluiten"), publicly},
	{"GET /werkgroepen/:id/sluiten", "private", in(private, "/werkgroepen/{group}/sluiten"), managers},
	{"POST /werkgroepen/:id/sluiten", "private", in(private, "/werkgroepen/{group}/sluiten"), managers}, // there is a meeting to come
	{"POST /werkgroepen/:id/heropenen", "public", in(public, "/werkgroepen/{group}/heropenen"), publicly},
	{"POST /werkgroepen/:id/heropenen", "private", in(private, "/werkgroepen/{group}/heropenen"), managers},
	{"GET /werkgroepen/:id/verlaten", "private", in(private, "/werkgroepen/{group}/verlaten"), members},
	{"POST /werkgroepen/:id/verlaten", "private", in(fresh, "/werkgroepen/{group}/verlaten"), members},
	{"GET /contact", "", at("/contact"), everybody},
	{"GET /huisstijl/:name", "no such file", at("/huisstijl/geen.css"), nobody},
	{"GET /uitnodigingen/:token", "a token of nobody", at("/uitnodigingen/geen"), nobody},
	{"GET /uitnodigingen", "no invitation", at("/uitnodigingen"), nobody},
	{"POST /uitnodigingen", "no invitation", at("/uitnodigingen"), nobody},
	{"GET /uitnodigingen/aangenomen", "", at("/uitnodigingen/aangenomen"), everybody},
	{"GET /uitnodigingen/afgeslagen", "", at("/uitnodigingen/afgeslagen"), everybody},

	{"GET /programmas", "", at("/programmas"), everybody},
	{"GET /werkgroepen/:id/programmas/nieuw", "public", in(public, "/werkgroepen/{group}/programmas/nieuw"), managers},
	{"GET /werkgroepen/:id/programmas/nieuw", "private", in(private, "/werkgroepen/{group}/programmas/nieuw"), managers},
	{"POST /werkgroepen/:id/programmas/nieuw", "public", in(public, "/werkgroepen/{group}/programmas/nieuw"), managers},
	{"POST /werkgroepen/:id/programmas/nieuw", "private", in(private, "/werkgroepen/{group}/programmas/nieuw"), managers},
	{"GET /programmas/:id", "public", in(public, "/programmas/{document}"), everybody},
	{"GET /programmas/:id", "private", in(private, "/programmas/{document}"), members},
	{"GET /programmas/:id/lezen", "public", in(public, "/programmas/{document}/lezen"), everybody},
	{"GET /programmas/:id/lezen", "private", in(private, "/programmas/{document}/lezen"), members},
	{"GET /programmas/:id/lezers", "public", in(public, "/programmas/{document}/lezers"), publicly},
	{"GET /programmas/:id/lezers", "private", in(private, "/programmas/{document}/lezers"), managers},
	{"POST /programmas/:id/lezers", "public", in(public, "/programmas/{document}/lezers"), publicly},
	{"POST /programmas/:id/lezers", "private", in(private, "/programmas/{document}/lezers"), managers},
	{"GET /programmas/:id/verwijderen", "public", in(public, "/programmas/{document}/verwijderen"), publicly},
	{"GET /programmas/:id/verwijderen", "private", in(private, "/programmas/{document}/verwijderen"), managers},
	{"POST /programmas/:id/verwijderen", "private", in(fresh, "/programmas/{document}/verwijderen"), managers},
	{"GET /programmas/:id/titel", "public", in(public, "/programmas/{document}/titel"), publicPen},
	{"GET /programmas/:id/titel", "private", in(private, "/programmas/{document}/titel"), writers},
	{"POST /programmas/:id/titel", "public", in(public, "/programmas/{document}/titel"), publicPen},
	{"POST /programmas/:id/titel", "private", in(private, "/programmas/{document}/titel"), writers},
	{"GET /programmas/:id/eisen.json", "public", in(public, "/programmas/{document}/eisen.json"), everybody},
	{"GET /programmas/:id/eisen.json", "private", in(private, "/programmas/{document}/eisen.json"), members},
	{"POST /programmas/:id/eisen", "public", in(public, "/programmas/{document}/eisen"), publicPen},
	{"POST /programmas/:id/eisen", "private", in(private, "/programmas/{document}/eisen"), writers},
	{"GET /programmas/:id/eisen/:eis", "public", in(public, "/programmas/{document}/eisen/{requirement}"), everybody},
	{"GET /programmas/:id/eisen/:eis", "private", in(private, "/programmas/{document}/eisen/{requirement}"), members},
	{"POST /programmas/:id/eisen/:eis", "public", in(public, "/programmas/{document}/eisen/{requirement}"), publicPen},
	{"POST /programmas/:id/eisen/:eis", "private", in(private, "/programmas/{document}/eisen/{requirement}"), writers},
	{"POST /programmas/:id/eisen/:eis/terug", "public", in(public, "/programmas/{document}/eisen/{requirement}/terug"), publicPen},
	{"POST /programmas/:id/eisen/:eis/terug", "private", in(private, "/programmas/{document}/eisen/{requirement}/terug"), writers},
	{"GET /programmas/:id/versies", "public", in(public, "/programmas/{document}/versies"), inside},
	{"GET /programmas/:id/versies", "private", in(private, "/programmas/{document}/versies"), members},
	{"POST /programmas/:id/versies", "public", in(public, "/programmas/{document}/versies"), publicPen},
	{"POST /programmas/:id/versies", "private", in(private, "/programmas/{document}/versies"), writers},
	{"GET /programmas/:id/versies/:versie", "public", version(public, "/programmas/{document}/versies/{version}"), inside},
	{"GET /programmas/:id/versies/:versie", "private", version(private, "/programmas/{document}/versies/{version}"), members},
	{"GET /programmas/:id/versies/:versie", "of another document", version(private, "/programmas/{public}/versies/{version}"), "s - - 0 0 0 0 0 0 0"},
	{"GET /programmas/:id/versies/:versie/naam", "public", version(public, "/programmas/{document}/versies/{version}/naam"), publicPen},
	{"GET /programmas/:id/versies/:versie/naam", "private", version(private, "/programmas/{document}/versies/{version}/naam"), writers},
	{"POST /programmas/:id/versies/:versie/naam", "public", version(public, "/programmas/{document}/versies/{version}/naam"), publicPen},
	{"POST /programmas/:id/versies/:versie/naam", "private", version(private, "/programmas/{document}/versies/{version}/naam"), writers},
	{"GET /programmas/:id/versies/:versie/terugzetten", "public", version(public, "/programmas/{document}/versies/{version}/terugzetten"), publicPen},
	{"GET /programmas/:id/versies/:versie/terugzetten", "private", version(private, "/programmas/{document}/versies/{version}/terugzetten"), writers},
	{"POST /programmas/:id/versies/:versie/terugzetten", "public", version(public, "/programmas/{document}/versies/{version}/terugzetten"), publicPen},
	{"POST /programmas/:id/versies/:versie/terugzetten", "private", version(private, "/programmas/{document}/versies/{version}/terugzetten"), writers},
	{"GET /programmas/:id/versies/:versie/wie-schreef-wat", "public", version(public, "/programmas/{document}/versies/{version}/wie-schreef-wat"), inside},
	{"GET /programmas/:id/versies/:versie/wie-schreef-wat", "private", version(private, "/programmas/{document}/versies/{version}/wie-schreef-wat"), members},
	{"GET /programmas/:id/vergelijken", "public", version(public, "/programmas/{document}/vergelijken?van={version}"), inside},
	{"GET /programmas/:id/vergelijken", "private", version(private, "/programmas/{document}/vergelijken?naar={version}"), members},
	{"GET /programmas/:id/vergelijken", "with one of another document", version(private, "/programmas/{public}/vergelijken?van={version}"), "s - - 0 0 0 0 0 0 0"},
	{"GET /programmas/:id/teruggezet.json", "public", in(public, "/programmas/{document}/teruggezet.json"), inside},
	{"GET /programmas/:id/teruggezet.json", "private", in(private, "/programmas/{document}/teruggezet.json"), members},
	{"GET /programmas/:id/wie-schreef-wat", "public", in(public, "/programmas/{document}/wie-schreef-wat"), inside},
	{"GET /programmas/:id/wie-schreef-wat", "private", in(private, "/programmas/{document}/wie-schreef-wat"), members},
	{"POST /live/:doc/ticket", "public", in(public, "/live/{live}/ticket"), everybody},
	{"POST /live/:doc/ticket", "private", in(private, "/live/{live}/ticket"), members},
	{"GET /live/:doc", "no ticket", in(public, "/live/{live}"), "- - - - - - - - - -"}, // the socket itself: see TestTheSocketAnswersEachRoleAsTheTableSays

	{"GET /bijeenkomsten", "", at("/bijeenkomsten"), everybody},
	{"GET /bijeenkomsten/nieuw", "of a group to choose", at("/bijeenkomsten/nieuw"), "s - - . . . . . . ."},
	{"GET /bijeenkomsten/nieuw", "of a public group", in(public, "/bijeenkomsten/nieuw?werkgroep={group}"), "s - - . . . . . . ."},
	{"GET /bijeenkomsten/nieuw", "of a private group", in(private, "/bijeenkomsten/nieuw?werkgroep={group}"), "s - - . . . . . . ."},
	{"POST /bijeenkomsten/nieuw", "of a group to choose", at("/bijeenkomsten/nieuw"), "s - - . . . . . . ."},
	{"GET /bijeenkomsten/:id", "public", in(public, "/bijeenkomsten/{meeting}"), everybody},
	{"GET /bijeenkomsten/:id", "private", in(private, "/bijeenkomsten/{meeting}"), members},
	{"GET /bijeenkomsten/:id", "an entrepreneur's draft", draftMeeting("/bijeenkomsten/{meeting}"), members},
	{"GET /bijeenkomsten/:id/agenda.ics", "public", in(public, "/bijeenkomsten/{meeting}/agenda.ics"), everybody},
	{"GET /bijeenkomsten/:id/agenda.ics", "private", in(private, "/bijeenkomsten/{meeting}/agenda.ics"), members},
	{"GET /bijeenkomsten/:id/aanmelden", "public", in(public, "/bijeenkomsten/{meeting}/aanmelden"), everybody},
	{"GET /bijeenkomsten/:id/aanmelden", "private", in(private, "/bijeenkomsten/{meeting}/aanmelden"), members},
	{"POST /bijeenkomsten/:id/aanmelden", "public", in(public, "/bijeenkomsten/{meeting}/aanmelden"), everybody},
	{"POST /bijeenkomsten/:id/aanmelden", "private", in(private, "/bijeenkomsten/{meeting}/aanmelden"), members},
	{"GET /bijeenkomsten/:id/bewerken", "public", in(public, "/bijeenkomsten/{meeting}/bewerken"), publicly},
	{"GET /bijeenkomsten/:id/bewerken", "private", in(private, "/bijeenkomsten/{meeting}/bewerken"), managers},
	{"GET /bijeenkomsten/:id/bewerken", "an entrepreneur's draft", draftMeeting("/bijeenkomsten/{meeting}/bewerken"), "0 0 0 . . . - . - -"},
	{"POST /bijeenkomsten/:id/bewerken", "private", in(private, "/bijeenkomsten/{meeting}/bewerken"), managers},
	{"POST /bijeenkomsten/:id/bewerken", "an entrepreneur's draft", draftMeeting("/bijeenkomsten/{meeting}/bewerken"), "0 0 0 . . . - . - -"},
	{"GET /bijeenkomsten/:id/verwijderen", "an entrepreneur's draft",
		draftMeeting("/bijeenkomsten/{meeting}/verwijderen"), "0 0 0 . . . - . - -"},
	{"POST /bijeenkomsten/:id/verwijderen", "an entrepreneur's draft",
		draftMeeting("/bijeenkomsten/{meeting}/verwijderen"), "0 0 0 . . . - . - -"},
	{"POST /bijeenkomsten/:id/openen", "an entrepreneur's draft", draftMeeting("/bijeenkomsten/{meeting}/openen"), "0 0 0 . . . - - - -"},
	{"POST /bijeenkomsten/:id/sluiten", "private", in(fresh, "/bijeenkomsten/{meeting}/sluiten"), managers},
	{"GET /bijeenkomsten/:id/afgelasten", "private", in(private, "/bijeenkomsten/{meeting}/afgelasten"), managers},
	{"POST /bijeenkomsten/:id/afgelasten", "private", in(fresh, "/bijeenkomsten/{meeting}/afgelasten"), managers},
	{"GET /bijeenkomsten/:id/lijst", "public", in(public, "/bijeenkomsten/{meeting}/lijst"), publicly},
	{"GET /bijeenkomsten/:id/lijst", "private", in(private, "/bijeenkomsten/{meeting}/lijst"), managers},
	{"POST /bijeenkomsten/:id/lijst/intrekken", "public, a burst of nobody",
		in(public, "/bijeenkomsten/{meeting}/lijst/intrekken"), "s - - 0 0 0 - - - -"},
	{"POST /bijeenkomsten/:id/lijst/terugzetten", "private", in(private, "/bijeenkomsten/{meeting}/lijst/terugzetten"), managers},
	{"GET /bijeenkomsten/:id/lijst.csv", "private", in(private, "/bijeenkomsten/{meeting}/lijst.csv"), managers},
	{"POST /bijeenkomsten/:id/plaatsen", "private", in(private, "/bijeenkomsten/{meeting}/plaatsen"), managers},
	{"POST /bijeenkomsten/:id/inloop", "private", in(private, "/bijeenkomsten/{meeting}/inloop"), managers},
	{"POST /bijeenkomsten/:id/gebeld/:call", "no such call", in(private, "/bijeenkomsten/{meeting}/gebeld/geen"), "0 0 0 0 0 0 - - - -"},
	{"GET /bijeenkomsten/:id/afmelden/:registration", "private", registered("/bijeenkomsten/{meeting}/afmelden/{registration}"), managers},
	{"POST /bijeenkomsten/:id/afmelden/:registration", "private", registered("/bijeenkomsten/{meeting}/afmelden/{registration}"), managers},
	{"GET /aanmeldingen", "", at("/aanmeldingen"), everybody},
	{"POST /aanmeldingen", "", at("/aanmeldingen"), everybody},
	{"GET /aanmeldingen/open/:token", "a token of nobody", at("/aanmeldingen/open/geen"), reference},
	{"GET /aanmeldingen/:registration", "somebody else's", registered("/aanmeldingen/{registration}"), reference},
	{"GET /aanmeldingen/:registration/wijzigen", "somebody else's", registered("/aanmeldingen/{registration}/wijzigen"), reference},
	{"POST /aanmeldingen/:registration/wijzigen", "somebody else's", registered("/aanmeldingen/{registration}/wijzigen"), reference},
	{"GET /aanmeldingen/:registration/afmelden", "somebody else's", registered("/aanmeldingen/{registration}/afmelden"), reference},
	{"POST /aanmeldingen/:registration/afmelden", "somebody else's", registered("/aanmeldingen/{registration}/afmelden"), reference},

	{"GET /notities", "", at("/notities"), everybody},
	{"GET /werkgroepen/:id/notities/nieuw", "public", in(public, "/werkgroepen/{group}/notities/nieuw"), members},
	{"GET /werkgroepen/:id/notities/nieuw", "private", in(private, "/werkgroepen/{group}/notities/nieuw"), members},
	{"POST /werkgroepen/:id/notities/nieuw", "public", in(public, "/werkgroepen/{group}/notities/nieuw"), members},
	{"POST /werkgroepen/:id/notities/nieuw", "private", in(private, "/werkgroepen/{group}/notities/nieuw"), members},
	{"GET /notities/:id", "shared", note(true, "/notities/{note}"), members},
	{"GET /notities/:id", "a draft", note(false, "/notities/{note}"), ofTheAuthor},
	{"GET /notities/:id/bewerken", "shared", note(true, "/notities/{note}/bewerken"), "0 0 0 - - - . - - -"},
	{"GET /notities/:id/bewerken", "a draft", note(false, "/notities/{note}/bewerken"), ofTheAuthor},
	{"POST /notities/:id/bewerken", "shared", note(true, "/notities/{note}/bewerken"), "0 0 0 - - - . - - -"},
	{"POST /notities/:id/bewerken", "a draft", note(false, "/notities/{note}/bewerken"), ofTheAuthor},
	{"GET /notities/:id/delen", "a draft", note(false, "/notities/{note}/delen"), ofTheAuthor},
	{"POST /notities/:id/delen", "a draft", note(false, "/notities/{note}/delen"), ofTheAuthor},
	{"POST /notities/:id/terugnemen", "shared", note(true, "/notities/{note}/terugnemen"), "0 0 0 - - - . - - -"},
	{"GET /notities/:id/verwijderen", "a draft", note(false, "/notities/{note}/verwijderen"), ofTheAuthor},
	{"POST /notities/:id/verwijderen", "a draft", note(false, "/notities/{note}/verwijderen"), ofTheAuthor},
	{"POST /notities/:id/reacties", "shared", note(true, "/notities/{note}/reacties"), members},
	{"POST /notities/:id/reacties", "a draft", note(false, "/notities/{note}/reacties"), ofTheAuthor},
	{"GET /notities/:id/reacties/:comment/intrekken", "a resident's", comment("/notities/{note}/reacties/{comment}/intrekken"), "0 0 0 . . - - - . -"},
	{"POST /notities/:id/reacties/:comment/intrekken", "a resident's", comment("/notities/{note}/reacties/{comment}/intrekken"), "0 0 0 . . - - - . -"},

	// These end the session of the column, so they come last.
	{"POST /uitloggen", "", at("/uitloggen"), everybody},
	{"POST /overal-uitloggen", "", at("/overal-uitloggen"), "s s s s s s s s s s"},
}

func TestEveryRouteAnswersEachRoleAsTheTableSays(t *testing.T) {
	m := newMatrix(t)
	for _, r := range matrixRows {
		want := strings.Fields(r.want)
		if len(want) != len(columns) {
			t.Fatalf("%s (%s): %d cells for %d columns", r.route, r.state, len(want), len(columns))
		}
		method, _, _ := strings.Cut(r.route, " ")
		for i, column := range columns {
			path := r.path(m)
			if got := m.ask(column, method, path); got != want[i] {
				t.Errorf("%s (%s) answers %s with %s, want %s", r.route, r.state, column, got, want[i])
			}
		}
	}
}

// TestTheSocketAnswersEachRoleAsTheTableSays asks for a ticket, opens the websocket with it, and reads
// in the greeting what the person may do there: write (w), read (r), or know nothing of it (0).
func TestTheSocketAnswersEachRoleAsTheTableSays(t *testing.T) {
	m := newMatrix(t)
	for _, r := range []struct {
		state string
		group matrixGroup
		want  string
	}{
		{"public", m.public, "r r r w w w r w w w"},
		{"private", m.private, "0 0 0 w w w r w w w"},
	} {
		for i, column := range columns {
			if got, want := m.join(column, string(r.group.document.LiveID)), strings.Fields(r.want)[i]; got != want {
				t.Errorf("the live document (%s) answers %s with %s, want %s", r.state, column, got, want)
			}
		}
	}
}

// join opens the live document as one person and returns what the greeting says.
func (m *matrix) join(column, document string) string {
	m.t.Helper()
	socket := m.dial(column, document)
	if socket == nil {
		return "0"
	}
	defer socket.Close()
	m.must(socket.SetReadDeadline(time.Now().Add(10 * time.Second)))
	_, hello, err := socket.ReadMessage()
	m.must(err)
	return map[byte]string{0: "r", 1: "w"}[hello[len(hello)-1]] // the greeting ends with the right
}

// dial opens the websocket with a fresh ticket; nil when the person may not know of the document.
func (m *matrix) dial(column, document string) *websocket.Conn {
	m.t.Helper()
	b := m.browsers[column]
	page := b.Post("/live/"+document+"/ticket", url.Values{"csrf": {m.token(b)}})
	if page.Status == http.StatusNotFound {
		return nil
	}
	var ticket struct{ Ticket string }
	m.must(json.Unmarshal([]byte(page.MustStatus(http.StatusOK).Body), &ticket))
	dialer := websocket.Dialer{Subprotocols: []string{protocol.Subprotocol}, HandshakeTimeout: 10 * time.Second}
	address := "ws" + strings.TrimPrefix(m.url, "http") + "/live/" + document + "?ticket=" + url.QueryEscape(ticket.Ticket)
	socket, response, err := dialer.Dial(address, http.Header{"Origin": {m.url}})
	m.must(err)
	m.must(response.Body.Close())
	return socket
}

func TestWhatBelongsToAGroupTurnsPrivateWithIt(t *testing.T) {
	m := newMatrix(t)
	group, err := m.groups.Get(t.Context(), m.actors["net"], m.public.id)
	m.must(err)
	pages := []string{"/werkgroepen/{group}", "/programmas/{document}", "/programmas/{document}/eisen.json", "/bijeenkomsten/{meeting}", "/bijeenkomsten/{meeting}/aanmelden"}
	for _, page := range pages {
		if got := m.ask("vis", http.MethodGet, in(public, page)(m)); got != "." {
			t.Errorf("%s answers %s while the group is public", page, got)
		}
	}
	_, err = m.groups.Change(t.Context(), m.actors["net"], group.ID, group.Version, workgroup.Input{
		Name: group.Name, Goal: group.Goal, ReviewOn: group.ReviewOn, Strands: group.Strands, Public: false,
	})
	m.must(err)
	for _, page := range pages {
		for _, column := range []string{"vis", "out", "adm"} {
			if got := m.ask(column, http.MethodGet, in(public, page)(m)); got != "0" {
				t.Errorf("%s answers %s with %s after the group turned private", page, column, got)
			}
		}
		if got := m.ask("res", http.MethodGet, in(public, page)(m)); got != "." {
			t.Errorf("%s answers a member with %s", page, got)
		}
	}
	m.browsers["vis"].Get("/zoeken?q=Samen").MustNotSay("Samen om tafel", group.Name)
}

// TestWhoLosesTheRightIsOutOfTheLiveDocumentAtOnce takes a member out of the group while their socket
// is open: it is closed, and there is no way back in.
func TestWhoLosesTheRightIsOutOfTheLiveDocumentAtOnce(t *testing.T) {
	m := newMatrix(t)
	socket := m.dial("res", string(m.private.document.LiveID))
	defer socket.Close()
	m.must(m.groups.Remove(t.Context(), m.actors["coo"], m.private.id, m.actors["res"].ID))
	m.must(socket.SetReadDeadline(time.Now().Add(5 * time.Second)))
	for {
		_, _, err := socket.ReadMessage()
		if err == nil {
			continue
		}
		var closed *websocket.CloseError
		if !errors.As(err, &closed) || closed.Code != 4403 && closed.Code != 4404 {
			t.Fatalf("the socket ended with %v", err)
		}
		break
	}
	if got := m.join("res", string(m.private.document.LiveID)); got != "0" {
		t.Errorf("who left comes in again with %s", got)
	}
}

func TestEveryRouteHasARowInTheMatrix(t *testing.T) {
	w := start(t, databasetest.SQLiteFile(t), options{})
	for _, r := range w.app.GetRoutes(true) {
		if r.Method == http.MethodHead || r.Path == "/" && r.Method != http.MethodGet {
			continue // HEAD follows GET; "/" of other methods is the middleware
		}
		route := r.Method + " " + r.Path
		if !slices.ContainsFunc(matrixRows, func(have row) bool { return have.route == route }) {
			t.Errorf("%s has no row in the matrix of rights", route)
		}
	}
}

// ask sends one request as one person and says in the words of the table what was answered.
func (m *matrix) ask(column, method, path string) string {
	b := m.browsers[column]
	var page *servertest.Page
	if method == http.MethodGet {
		page = b.Get(path)
	} else {
		page = b.Post(path, url.Values{"csrf": {m.token(b)}})
	}
	switch {
	case strings.HasPrefix(page.Path, "/inloggen?terug="), page.Status == http.StatusUnauthorized:
		return "s"
	case strings.HasPrefix(path, "/aanmeldingen/") && strings.TrimSuffix(page.Path, "?") == "/aanmeldingen":
		return "r"
	case page.Status == http.StatusNotFound:
		return "0"
	case page.Status == http.StatusForbidden:
		return "-"
	}
	return "."
}

// token is that of the language form, which every page has.
func (m *matrix) token(b *servertest.Browser) string {
	return b.Get("/privacy").Form("/taal").Value("csrf")
}

func newMatrix(t *testing.T) *matrix {
	return matrixIn(t, start(t, databasetest.SQLiteFile(t), options{}))
}

// matrixIn puts the people and groups of the matrix in a running program.
func matrixIn(t *testing.T, w *world) *matrix {
	m := &matrix{world: w, t: t, browsers: map[string]*servertest.Browser{}, actors: map[string]access.Actor{}}
	for column, roles := range map[string][]access.Role{
		"out": nil, "adm": {access.Admin}, "net": {access.Coordinator}, "coo": nil, "lec": nil, "stu": nil, "ent": nil, "res": nil, "are": nil,
	} {
		email := column + "@voorbeeld.test"
		m.person(email, "Persoon "+column, roles...)
		m.browsers[column] = m.signIn(email)
		m.actors[column] = m.actor(email)
	}
	m.browsers["vis"] = m.browser()
	m.public, m.private = m.group(true), m.group(false)
	return m
}

func (m *matrix) actor(email string) access.Actor {
	m.t.Helper()
	who, err := m.actorOf(m.t.Context(), email)
	m.must(err)
	return who
}

func (m *matrix) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// group makes a group with a member of each role, a document and a meeting.
func (m *matrix) group(public bool) matrixGroup {
	m.t.Helper()
	ctx, net := m.t.Context(), m.actors["net"]
	m.count++
	w, err := m.groups.Create(ctx, net, workgroup.Input{
		Name: fmt.Sprint("Groep ", m.count), Goal: "Samen uitzoeken wat werkt", ReviewOn: workgroup.Day(m.now()).AddDate(0, 1, 0),
		Strands: []workgroup.Strand{workgroup.Practice}, Public: public,
	})
	m.must(err)
	for column, role := range map[string]access.Role{
		"coo": access.Coordinator, "lec": access.Lecturer, "stu": access.Student,
		"ent": access.Entrepreneur, "res": access.Resident, "are": access.AreaPartner,
	} {
		m.must(m.seedMember(ctx, w, net, column+"@voorbeeld.test", role))
		m.actors[column] = m.actor(column + "@voorbeeld.test")
	}
	audience := access.Members
	if public {
		audience = access.Public
	}
	g := matrixGroup{id: w.ID, public: public, requirement: programme.RequirementID(database.NewID())}
	g.document, err = m.programmes.Create(ctx, net, programme.Input{Workgroup: string(w.ID), Title: "Programma van eisen", Audience: audience})
	m.must(err)
	_, err = m.programmes.AddRequirement(ctx, net, g.document.ID, g.requirement)
	m.must(err)
	g.meeting = m.plan(net, g, audience)
	m.must(m.meetings.Open(ctx, net, g.meeting))
	return g
}

func (m *matrix) plan(who access.Actor, g matrixGroup, audience access.Audience) meeting.ID {
	m.t.Helper()
	day := m.now().AddDate(0, 0, 10).Format(time.DateOnly)
	planned, err := m.meetings.Plan(m.t.Context(), who, string(g.id), database.NewID()+"@voorbeeld.test", meeting.Details{
		Audience: audience, Kind: meeting.Gathering, Title: "Samen om tafel", Summary: "Wat hebt u nodig?", Organiser: "De werkgroep",
		When:  meeting.When{LocalStart: day + "T14:00", LocalEnd: day + "T16:00", TZID: meeting.DefaultZone},
		Place: meeting.OnSite, VenueName: "Buurthuis", VenueAddress: "Plein 1", Entry: meeting.Required,
	}, 30)
	m.must(err)
	return planned.ID
}

// note is a note of the student in the private group.
func note(shared bool, path string) func(*matrix) string {
	return func(m *matrix) string {
		return strings.ReplaceAll(path, "{note}", string(m.note(shared)))
	}
}

func (m *matrix) note(shared bool) research.NoteID {
	m.t.Helper()
	n, err := m.notes.Write(m.t.Context(), m.actors["stu"], string(m.private.id), research.Input{Title: "Wat ik hoorde", Body: "Drie dingen.", Key: database.NewID()})
	m.must(err)
	if shared {
		_, err = m.notes.Share(m.t.Context(), m.actors["stu"], n.ID, n.Version, true)
		m.must(err)
	}
	return n.ID
}
