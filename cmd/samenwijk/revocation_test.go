package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fasthttp/websocket"

	"samenwijk/domain/access"
	"samenwijk/domain/account"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/programme"
	"samenwijk/domain/workgroup"
	"samenwijk/realtime/protocol"
	"samenwijk/server/servertest"
)

// guest is somebody with a socket in a document, and what a test may do to their right.
type guest struct {
	*world // the node they are connected to
	t      *testing.T
	who    access.Actor
	name   string
	b      *servertest.Browser
	group  workgroup.Workgroup
	doc    programme.RequirementsDocument
	socket *websocket.Conn
	token  account.NewToken
	clock  uint64
}

// The right of whoever loses it here, and how. Change may be carried out by another node than the
// one the guest is connected to.
var lostRights = map[string]struct {
	reads  bool // the guest only reads, as a script or an outsider
	script bool
	roles  []access.Role // in the network
	role   access.Role   // in the group; empty is no member
	public bool
	change func(g *guest, by *world, host access.Actor) error
}{
	"they get another role in the group": {role: access.Resident, change: func(g *guest, by *world, host access.Actor) error {
		return by.groups.ChangeRole(g.t.Context(), host, g.group.ID, g.who.ID, "", access.Student)
	}},
	"they are taken out of the group": {role: access.Resident, change: func(g *guest, by *world, host access.Actor) error {
		return by.groups.Remove(g.t.Context(), host, g.group.ID, g.who.ID)
	}},
	"they leave the group": {role: access.Entrepreneur, change: func(g *guest, by *world, _ access.Actor) error {
		return by.groups.Leave(g.t.Context(), g.who, g.group.ID)
	}},
	"they lose their role in the network": {roles: []access.Role{access.Coordinator}, change: func(g *guest, by *world, _ access.Actor) error {
		return by.accounts.SetRoles(g.t.Context(), someAdmin, g.who.ID, nil, nil)
	}},
	"the group turns private": {reads: true, public: true, change: func(g *guest, by *world, host access.Actor) error {
		_, err := by.groups.Change(g.t.Context(), host, g.group.ID, g.group.Version, workgroup.Input{
			Name: g.group.Name, Goal: g.group.Goal, ReviewOn: g.group.ReviewOn, Strands: g.group.Strands,
		})
		return err
	}},
	"the group is archived": {role: access.Resident, change: func(g *guest, by *world, host access.Actor) error {
		_, err := by.groups.Archive(g.t.Context(), host, g.group.ID)
		return err
	}},
	"the programme is removed": {role: access.Resident, change: func(g *guest, by *world, host access.Actor) error {
		head, err := livedoc.New(by.db).Head(g.t.Context(), g.doc.LiveID)
		if err != nil {
			return err
		}
		return by.programmes.Remove(g.t.Context(), host, g.doc.ID, head.Epoch, head.Seq)
	}},
	"they sign out": {role: access.Resident, change: func(g *guest, by *world, _ access.Actor) error {
		g.b.Get("/account").Form("/uitloggen").Submit().MustStatus(http.StatusOK)
		return nil
	}},
	"they sign out there from elsewhere": {role: access.Resident, change: func(g *guest, by *world, _ access.Actor) error {
		sessions, err := by.accounts.Sessions(g.t.Context(), g.who)
		if err != nil {
			return err
		}
		return by.accounts.SignOut(g.t.Context(), g.who, sessions[0].ID)
	}},
	"they sign out everywhere": {role: access.Resident, change: func(g *guest, by *world, _ access.Actor) error {
		return by.accounts.SignOutEverywhere(g.t.Context(), g.who)
	}},
	"an administrator signs them out": {role: access.Resident, change: func(g *guest, by *world, _ access.Actor) error {
		return by.accounts.EndSessions(g.t.Context(), someAdmin, g.who.ID)
	}},
	"an administrator blocks them": {role: access.Resident, change: func(g *guest, by *world, _ access.Actor) error {
		return by.accounts.Block(g.t.Context(), someAdmin, g.who.ID)
	}},
	"the owner of a script is blocked": {role: access.Resident, script: true, change: func(g *guest, by *world, _ access.Actor) error {
		return by.accounts.Block(g.t.Context(), someAdmin, g.who.ID)
	}},
	"they get another address": {role: access.Resident, change: func(g *guest, by *world, _ access.Actor) error {
		return changeAddress(g, by)
	}},
	"somebody else signs in in their browser": {role: access.Resident, change: func(g *guest, by *world, _ access.Actor) error {
		by.person("ander-"+g.name, "Ander")
		by.signInAs(g.t, "ander-"+g.name, session(g.b).Value)
		return nil
	}},
	"they revoke the token of their script": {role: access.Resident, script: true, change: func(g *guest, by *world, _ access.Actor) error {
		return by.accounts.RevokeToken(g.t.Context(), g.who, g.who.ID, g.token.ID)
	}},
	"an administrator revokes the token of their script": {role: access.Resident, script: true, change: func(g *guest, by *world, _ access.Actor) error {
		return by.accounts.RevokeToken(g.t.Context(), someAdmin, g.who.ID, g.token.ID)
	}},
	"the owner of a script leaves the group": {role: access.Resident, script: true, change: func(g *guest, by *world, _ access.Actor) error {
		return by.groups.Leave(g.t.Context(), g.who, g.group.ID)
	}},
	"the owner of a script gets another address": {role: access.Resident, script: true, change: func(g *guest, by *world, _ access.Actor) error {
		return changeAddress(g, by)
	}},
}

// changeAddress gives somebody another address, in the session of an administrator who just signed in.
func changeAddress(g *guest, by *world) error {
	admin := by.person("beheer-"+g.name, "Beheerder", access.Admin)
	signed, err := by.accounts.Authenticate(g.t.Context(), by.signInAs(g.t, "beheer-"+g.name, "").Token)
	if err != nil {
		return err
	}
	who := access.Actor{ID: admin, Grants: signed.Grants}
	in := account.Input{Name: "Gast", Email: "nieuw-" + g.name, Language: "nl"}
	return by.accounts.Change(g.t.Context(), who, signed.Session, g.who.ID, in)
}

// signInAs opens a session for somebody, at the time of the services; former is the token that the
// browser had until now.
func (w *world) signInAs(t *testing.T, email, former string) account.SignedIn {
	t.Helper()
	asked, err := w.accounts.AskCode(t.Context(), email, "192.0.2.1", "")
	if err != nil {
		t.Fatal(err)
	}
	in, err := w.accounts.SignIn(t.Context(), account.Guess{Browser: asked.Browser, Code: w.latestCode(email), Former: former})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestWhoLosesTheRightIsOutWithinASecondAndNothingMoreOfTheirsIsStored(t *testing.T) {
	each(t, func(t *testing.T, w *world) { loseRights(t, w, w) })
}

func TestARightThatIsLostOnOneNodeIsLostOnTheOther(t *testing.T) {
	for name, nats := range map[string]string{
		"without a bus":         "",
		"while the bus is away": "nats://127.0.0.1:1",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shared, secret := databasetest.PostgresURL(t), filepath.Join(t.TempDir(), "secret")
			here := start(t, shared, options{secretFile: secret, nats: nats})
			there := start(t, shared, options{secretFile: secret, nats: nats})
			loseRights(t, here, there)
		})
	}
}

// loseRights lets each guest write on the node here and takes their right away on the node by.
func loseRights(t *testing.T, here, by *world) {
	here.person("gastheer@voorbeeld.test", "Gastheer", access.Coordinator)
	var longest atomic.Int64
	for name, tc := range lostRights {
		t.Run(name, func(t *testing.T) {
			g := here.guest(t, strings.ReplaceAll(strings.ReplaceAll(t.Name(), "/", "."), "_", "-"), tc.role, tc.roles, tc.public)
			if tc.script {
				g.connectScript()
			} else {
				g.connect()
			}
			if !tc.reads {
				g.write("before")
				g.stores("before")
			}
			host, err := here.actorOf(t.Context(), "gastheer@voorbeeld.test")
			if err != nil {
				t.Fatal(err)
			}
			if err := tc.change(g, by, host); err != nil {
				t.Fatal(err)
			}
			changed := time.Now()
			if !tc.reads {
				g.write("after")
			}
			g.closed(time.Second)
			longest.Store(max(longest.Load(), int64(time.Since(changed))))
			if bytes.Contains(g.log(), []byte("after")) {
				t.Error("stored after the right was lost")
			}
		})
	}
	t.Logf("the longest took %s", time.Duration(longest.Load()).Round(time.Millisecond))
}

// A right that ends by itself ends what stands open, though nothing changes in the database.
func TestWhatEndsByTimeEndsTheSocket(t *testing.T) {
	const left = 2 * time.Second // of the right, once connected at the latest
	for name, tc := range map[string]struct {
		begin  func(g *guest, set func(time.Duration)) // with the clock behind
		script bool
		roles  []access.Role
		role   access.Role
	}{
		"the hour of looking inside a group": {roles: []access.Role{access.Admin}, begin: func(g *guest, set func(time.Duration)) {
			set(left - workgroup.InspectionLasts)
			if _, err := g.groups.Inspect(g.t.Context(), g.who, g.group.ID, "Iemand klaagt over dit document."); err != nil {
				g.t.Fatal(err)
			}
		}},
		"the life of a session": {role: access.Resident, begin: func(g *guest, set func(time.Duration)) {
			for behind := left - account.SessionLife; behind < 0; behind += account.SessionIdle / 2 {
				set(behind)
				if g.b == nil {
					g.b = g.browser()
					g.b.SetCookies(&http.Cookie{Name: "sessie", Value: g.signInAs(g.t, g.name, "").Token, Path: "/"})
				}
				g.b.Get("/account").MustStatus(http.StatusOK)
			}
		}},
		"the life of a token": {role: access.Resident, script: true, begin: func(g *guest, set func(time.Duration)) {
			set(left - 24*time.Hour)
			g.makeScript(1)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var ahead atomic.Int64
			w := start(t, databasetest.SQLiteFile(t), options{now: func() time.Time {
				return time.Now().UTC().Add(time.Duration(ahead.Load())).Truncate(time.Microsecond)
			}})
			w.person("gastheer@voorbeeld.test", "Gastheer", access.Coordinator)
			ahead.Store(int64(-account.SessionLife))
			g := w.guest(t, "gast@voorbeeld.test", tc.role, tc.roles, false)
			tc.begin(g, func(d time.Duration) { ahead.Store(int64(d)) })
			ahead.Store(0)
			if tc.script {
				g.connectScript()
			} else {
				g.connect()
			}
			g.closed(left + time.Second)
		})
	}
}

// guest makes a person and a group with a document for them.
func (w *world) guest(t *testing.T, name string, role access.Role, roles []access.Role, public bool) *guest {
	t.Helper()
	if !strings.Contains(name, "@") {
		name = strings.ToLower(name) + "@voorbeeld.test"
	}
	here := *w
	here.t = t
	g := &guest{world: &here, t: t, name: name}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	w.person(name, "Gast", roles...)
	host, err := w.actorOf(t.Context(), "gastheer@voorbeeld.test")
	must(err)
	g.group, err = w.groups.Create(t.Context(), host, workgroup.Input{
		Name: "Groep van een gast", Goal: "Samen uitzoeken wat werkt", ReviewOn: workgroup.Day(w.now()).AddDate(0, 6, 0),
		Strands: []workgroup.Strand{workgroup.Practice}, Public: public,
	})
	must(err)
	if role != "" {
		must(w.seedMember(t.Context(), g.group, host, name, role))
	}
	audience := access.Members
	if public {
		audience = access.Public
	}
	host, err = w.actorOf(t.Context(), "gastheer@voorbeeld.test")
	must(err)
	g.doc, err = w.programmes.Create(t.Context(), host, programme.Input{Workgroup: string(g.group.ID), Title: "Programma van eisen", Audience: audience})
	must(err)
	g.who, err = w.actorOf(t.Context(), name)
	must(err)
	return g
}

// connect opens the document in a browser.
func (g *guest) connect() {
	g.t.Helper()
	if g.b == nil {
		g.b = g.signIn(g.name)
	}
	csrf := g.b.Get("/privacy").Form("/taal").Value("csrf")
	page := g.b.Post("/live/"+string(g.doc.LiveID)+"/ticket", url.Values{"csrf": {csrf}}).MustStatus(http.StatusOK)
	var ticket struct{ Ticket string }
	if err := json.Unmarshal([]byte(page.Body), &ticket); err != nil {
		g.t.Fatal(err)
	}
	g.open(url.Values{"ticket": {ticket.Ticket}}, http.Header{"Origin": {g.url}})
}

func (g *guest) makeScript(days int) {
	g.t.Helper()
	var err error
	if g.token, err = g.accounts.MakeToken(g.t.Context(), g.who, account.TokenInput{Name: "script", Writes: true, Everywhere: true, Days: days}); err != nil {
		g.t.Fatal(err)
	}
}

func (g *guest) connectScript() {
	g.t.Helper()
	if g.token.Text == "" {
		g.makeScript(30)
	}
	g.open(nil, withToken(g.token.Text))
}

func (g *guest) open(query url.Values, header http.Header) {
	g.t.Helper()
	dialer := websocket.Dialer{HandshakeTimeout: 10 * time.Second}
	socket, response, err := dialer.Dial("ws"+strings.TrimPrefix(g.url, "http")+"/live/"+string(g.doc.LiveID)+"?"+query.Encode(), header)
	if err != nil {
		g.t.Fatalf("the socket: %v", err)
	}
	_ = response.Body.Close()
	g.t.Cleanup(func() { _ = socket.Close() })
	g.socket = socket
}

func (g *guest) write(text string) {
	g.t.Helper()
	update := typed(77, g.clock, text)
	g.clock += uint64(len(text))
	if err := g.socket.WriteMessage(websocket.BinaryMessage, protocol.AppendUpdate(nil, update)); err != nil && text == "before" {
		g.t.Fatal(err)
	}
}

// log returns all that is stored of the document.
func (g *guest) log() []byte {
	g.t.Helper()
	var all []byte
	_, err := livedoc.New(g.db).Load(g.t.Context(), g.doc.LiveID, 0, 0, func(u livedoc.Update) error {
		all = append(all, u.Payload...)
		return nil
	})
	if err != nil && !livedoc.IsGone(err) {
		g.t.Fatal(err)
	}
	return all
}

func (g *guest) stores(text string) {
	g.t.Helper()
	g.eventually("it is stored", func() bool { return bytes.Contains(g.log(), []byte(text)) })
}

// closed waits until the server closes the socket because of a right.
func (g *guest) closed(within time.Duration) {
	g.t.Helper()
	if err := g.socket.SetReadDeadline(time.Now().Add(within)); err != nil {
		g.t.Fatal(err)
	}
	for {
		_, _, err := g.socket.ReadMessage()
		var closed *websocket.CloseError
		switch {
		case err == nil:
		case errors.As(err, &closed) && (closed.Code == 4401 || closed.Code == 4403 || closed.Code == 4404):
			return
		default:
			g.t.Fatalf("within %s: %v", within, err)
		}
	}
}
