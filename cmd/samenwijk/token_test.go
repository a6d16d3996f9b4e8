package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"

	"samenwijk/domain/account"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/workgroup"
	"samenwijk/realtime/lib0"
	"samenwijk/realtime/protocol"
	"samenwijk/server/accounts"
)

func (m *matrix) scriptToken(who string, in tokenCreate) account.NewToken {
	m.t.Helper()
	if in.Name == "" {
		in.Name = "weekrapport"
	}
	if in.Days == 0 {
		in.Days = 30
	}
	made, err := m.makeToken(m.t.Context(), m.actors[who], in)
	m.must(err)
	return made
}

// knock opens a websocket as a script does, with this query and these headers; when it is refused
// it returns the status and what was said.
func (m *matrix) knock(document livedoc.ID, query url.Values, header http.Header) (socket *websocket.Conn, status int, said string) {
	m.t.Helper()
	dialer := websocket.Dialer{HandshakeTimeout: 10 * time.Second}
	address := "ws" + strings.TrimPrefix(m.url, "http") + "/live/" + string(document) + "?" + query.Encode()
	socket, response, err := dialer.Dial(address, header)
	if response == nil {
		m.t.Fatal(err)
	}
	defer response.Body.Close()
	if err != nil {
		var answer struct{ Message string }
		_ = json.NewDecoder(response.Body).Decode(&answer)
		return nil, response.StatusCode, answer.Message
	}
	m.t.Cleanup(func() { _ = socket.Close() })
	return socket, response.StatusCode, ""
}

// withToken is the header in which a script shows its token, with more beside it.
func withToken(text string, more ...http.Header) http.Header {
	return with(http.Header{"Authorization": {"Bearer " + text}}, more...)
}

func with(header http.Header, more ...http.Header) http.Header {
	for _, h := range more {
		maps.Copy(header, h)
	}
	return header
}

// asked is the header in which a script asks for subprotocols.
func asked(names ...string) http.Header {
	return http.Header{"Sec-WebSocket-Protocol": {strings.Join(names, ", ")}}
}

func TestAScriptComesInByATokenAndNoFurtherThanItReaches(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := matrixIn(t, w)
		here, elsewhere := m.private.document, m.public.document
		everywhere := m.scriptToken("res", tokenCreate{All: true, Write: true})
		one := m.scriptToken("res", tokenCreate{Document: []string{string(here.ID)}, Write: true})
		group := m.scriptToken("res", tokenCreate{Workgroup: []string{string(m.private.id)}})
		ofStudent := m.scriptToken("stu", tokenCreate{All: true, Write: true})
		ofNobody := m.scriptToken("out", tokenCreate{All: true, Write: true})
		from := func(origin string) http.Header { return http.Header{"Origin": {origin}} }
		byName, cookie := protocol.TokenPrefix+everywhere.Text, "sessie="+session(m.browsers["res"]).Value
		for name, tc := range map[string]struct {
			document livedoc.ID
			query    url.Values
			header   http.Header
			status   int
			writes   bool // a script that may write is asked for what it has
		}{
			"in the header":                       {here.LiveID, nil, withToken(everywhere.Text), 101, true},
			"as a subprotocol":                    {here.LiveID, nil, asked(protocol.SubprotocolPlain, byName), 101, true},
			"as the first of two":                 {here.LiveID, nil, asked(byName, protocol.SubprotocolPlain), 101, true},
			"as a subprotocol alone":              {here.LiveID, nil, asked(byName), 422, false},
			"a wrong one as a subprotocol":        {here.LiveID, nil, asked(protocol.SubprotocolPlain, byName+"x"), 401, false},
			"in the address":                      {here.LiveID, url.Values{"token": {everywhere.Text}}, nil, 422, false},
			"in the address and in the header":    {here.LiveID, url.Values{"token": {"x"}}, withToken(everywhere.Text), 422, false},
			"with the id of the page":             {livedoc.ID(here.ID), nil, withToken(everywhere.Text), 101, true},
			"another with the id of its page":     {livedoc.ID(elsewhere.ID), nil, withToken(one.Text), 403, false},
			"with the id of a page, of nobody":    {livedoc.ID(here.ID), nil, withToken(ofNobody.Text), 404, false},
			"from our own pages":                  {here.LiveID, nil, withToken(everywhere.Text, from(m.url)), 101, true},
			"from another site":                   {here.LiveID, nil, withToken(everywhere.Text, from("https://elders.example")), 403, false},
			"from a page without an address":      {here.LiveID, nil, withToken(everywhere.Text, from("null")), 403, false},
			"by name from another site":           {here.LiveID, nil, with(asked(protocol.SubprotocolPlain, byName), from("https://elders.example")), 403, false},
			"neither token nor origin":            {here.LiveID, nil, nil, 403, false},
			"the one document":                    {here.LiveID, nil, withToken(one.Text), 101, true},
			"another than the one document":       {elsewhere.LiveID, nil, withToken(one.Text), 403, false},
			"a document of the group, to read":    {here.LiveID, nil, withToken(group.Text), 101, false},
			"a document of another group":         {elsewhere.LiveID, nil, withToken(group.Text), 403, false},
			"more than its owner may":             {here.LiveID, nil, withToken(ofStudent.Text), 101, false},
			"what its owner may not know":         {here.LiveID, nil, withToken(ofNobody.Text), 404, false},
			"what is public, of somebody outside": {elsewhere.LiveID, nil, withToken(ofNobody.Text), 101, false},
			"no such document":                    {"nowhere", nil, withToken(everywhere.Text), 404, false},
			"no token at all":                     {here.LiveID, nil, withToken("x"), 401, false},
			"a token as a ticket":                 {here.LiveID, url.Values{"ticket": {everywhere.Text}}, from(m.url), 401, false},
			"a ticket is not for a page's id":     {livedoc.ID(here.ID), url.Values{"ticket": {everywhere.Text}}, from(m.url), 401, false},
			"a session's cookie with a bad token": {here.LiveID, nil, withToken("x", http.Header{"Cookie": {cookie}}), 401, false},
		} {
			socket, status, said := m.knock(tc.document, tc.query, tc.header)
			if status != tc.status || status != 101 && said == "" {
				t.Errorf("%s: %d %q, want %d", name, status, said, tc.status)
			}
			if socket == nil {
				continue
			}
			if got := asksForText(m, socket); got != tc.writes {
				t.Errorf("%s: may write %v, want %v", name, got, tc.writes)
			}
		}
	})
}

// asksForText reports whether the server begins by asking what the client has, as it asks of those
// who may write. A client that speaks no subprotocol of ours hears the carets in any case.
func asksForText(m *matrix, socket *websocket.Conn) bool {
	m.t.Helper()
	m.must(socket.SetReadDeadline(time.Now().Add(10 * time.Second)))
	_, first, err := socket.ReadMessage()
	m.must(err)
	decoded, err := protocol.Decode(first, protocol.Limits{Update: 1 << 20, Awareness: 1 << 20})
	m.must(err)
	return decoded.Kind == protocol.SyncStep1
}

// typed returns the update in which a client appends text to what it wrote before.
func typed(client, clock uint64, text string) []byte {
	u := lib0.AppendVarUint([]byte{1, 1}, client)
	u = lib0.AppendVarUint(u, clock)
	if clock == 0 {
		u = lib0.AppendString(append(u, 4, 1), "script")
	} else {
		u = lib0.AppendVarUint(append(u, 0x84), client)
		u = lib0.AppendVarUint(u, clock-1)
	}
	return append(lib0.AppendString(u, text), 0)
}

func TestOthersSeeWhatAScriptWritesAndWhoseItIs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := matrixIn(t, w)
		live := m.private.document.LiveID
		made := m.scriptToken("res", tokenCreate{Document: []string{string(live)}, Write: true})
		reader := m.dial("stu", string(live))
		defer reader.Close()
		script, _, _ := m.knock(live, nil, withToken(made.Text))
		caret := protocol.EncodeAwareness([]protocol.Entry{{Client: 77, Clock: 1, State: []byte(`{"user":{"name":"Eve"}}`)}})
		m.must(script.WriteMessage(websocket.BinaryMessage, protocol.AppendAwareness(nil, caret)))
		m.must(script.WriteMessage(websocket.BinaryMessage, protocol.AppendUpdate(nil, typed(77, 0, "uit het rapport"))))
		// Whoever of the two comes in last: a reader asks for what was there before it.
		m.must(reader.WriteMessage(websocket.BinaryMessage, protocol.AppendSyncStep1(nil, []byte{0})))
		m.must(reader.SetReadDeadline(time.Now().Add(10 * time.Second)))
		text, name := false, false
		for !text || !name {
			_, frame, err := reader.ReadMessage()
			m.must(err)
			text = text || bytes.Contains(frame, []byte("uit het rapport"))
			name = name || bytes.Contains(frame, []byte(`"name":"⚙ weekrapport (Persoon res)"`))
			if bytes.Contains(frame, []byte("Eve")) {
				t.Fatalf("others see what the script calls itself: %q", frame)
			}
		}
	})
}

var (
	shownToken = regexp.MustCompile(`<code class="sw-secret">([^<]+)</code>`)
	tokenID    = regexp.MustCompile(`name="sleutel" value="([^"]+)"`)
)

func TestAPersonMakesATokenOnAPageThatShowsItOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := matrixIn(t, w)
		b := m.browsers["res"]
		b.Get("/account").MustSay("Sleutels voor scripts")
		form := b.Get("/account/sleutels").MustSay("Alle documenten van werkgroep").Form("/account/sleutels")
		again := form.Submit().MustStatus(http.StatusUnprocessableEntity)
		if again.Mistake("name") == "" || again.Mistake("scope") == "" {
			t.Errorf("mistakes: %s", again.Text())
		}
		form = again.Form("/account/sleutels").Set("name", "weekrapport").Set("scope", "document:"+string(m.private.document.LiveID)).Set("right", "schrijven")
		page := form.Submit().MustStatus(http.StatusOK).MustSay("U ziet deze sleutel maar één keer")
		if page.Path != "/account/sleutels" || page.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("the token is at %s, %s", page.Path, page.Header.Get("Cache-Control"))
		}
		text := shownToken.FindStringSubmatch(page.Body)[1]
		page.MustSay("ws" + strings.TrimPrefix(m.url, "http") + "/live/" + string(m.private.document.LiveID)).MustNotSay("Zet op de plaats van ID")
		if _, status, said := m.knock(m.private.document.LiveID, nil, withToken(text)); status != 101 {
			t.Fatalf("the token of the page: %d %s", status, said)
		}
		form.Submit().MustStatus(http.StatusConflict).MustSay("al gemaakt").MustNotSay(text)
		list := b.Get("/account/sleutels").MustSay("weekrapport", "Document: Programma van eisen", "Laatst gebruikt").MustNotSay(text)
		m.browsers["stu"].Get("/account/sleutels").MustNotSay("Trek weekrapport in")
		file := m.browsers["adm"].Get("/beheer/mensen/"+string(m.actors["res"].ID)).MustSay("weekrapport", "Eén document of werkgroep").MustNotSay("Programma van eisen")
		if !file.HasForm("/beheer/mensen/" + string(m.actors["res"].ID) + "/sleutels") {
			t.Error("an administrator cannot revoke it")
		}
		list.Form("/account/sleutels/intrekken").Press("sleutel", tokenID.FindStringSubmatch(list.Body)[1]).MustStatus(http.StatusOK).MustNotSay("Trek weekrapport in")
		if _, status, _ := m.knock(m.private.document.LiveID, nil, withToken(text)); status != http.StatusUnauthorized {
			t.Errorf("after it was revoked: %d", status)
		}
	})
}

// TestAScriptMadeWithTheUsualYjsClientWritesUntilItsTokenIsRevoked runs y-websocket from npm, as
// anybody would, with nothing but a token.
func TestAScriptMadeWithTheUsualYjsClientWritesUntilItsTokenIsRevoked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := matrixIn(t, w)
		live := m.private.document.LiveID
		made := m.scriptToken("res", tokenCreate{Document: []string{string(live)}, Write: true})
		reader := m.dial("stu", string(live))
		defer reader.Close()
		says := m.script(made.Text, string(m.private.document.ID), "uit het rapport") // as it stands in the address of the page
		if said := <-says; !strings.Contains(said.Text, "uit het rapport") {
			t.Fatalf("the script says %+v", said)
		}
		m.must(reader.SetReadDeadline(time.Now().Add(10 * time.Second)))
		for seen := false; !seen; {
			_, frame, err := reader.ReadMessage()
			m.must(err)
			seen = bytes.Contains(frame, []byte("uit het rapport"))
		}
		m.eventually("the page without JavaScript shows it", func() bool {
			return strings.Contains(m.browsers["stu"].Get("/programmas/"+string(m.private.document.ID)).Body, "uit het rapport")
		})
		m.must(m.accounts.RevokeToken(t.Context(), m.actors["res"], m.actors["res"].ID, made.ID))
		revoked := time.Now()
		if said := <-says; said.Code != 4401 || time.Since(revoked) > time.Second {
			t.Errorf("the script was put out with %+v after %s", said, time.Since(revoked))
		}
		if said := <-says; !strings.Contains(said.Refused, "401") {
			t.Errorf("it comes back and is told %+v", said)
		}
	})
}

func TestATokenSaysForWhichAddressItIs(t *testing.T) {
	made := func(everywhere bool, scopes ...account.TokenScope) account.NewToken {
		return account.NewToken{Token: account.Token{Everywhere: everywhere, Scopes: scopes}}
	}
	one, group := account.TokenScope{Kind: account.OneDocument, ScopeID: "d1"}, account.TokenScope{Kind: account.OneWorkgroup, ScopeID: "w1"}
	for name, tc := range map[string]struct {
		token account.NewToken
		want  []string
		open  bool
	}{
		"of one document":             {made(false, one), []string{"wss://wijk.example/live/d1"}, false},
		"of one and of a group":       {made(false, one, group), []string{"wss://wijk.example/live/d1", "wss://wijk.example/live/ID"}, true},
		"of every document of theirs": {made(true), []string{"wss://wijk.example/live/ID"}, true},
	} {
		if got, open := accounts.Addresses(tc.token, "https://wijk.example"); !slices.Equal(got, tc.want) || open != tc.open {
			t.Errorf("%s: %v %v, want %v %v", name, got, open, tc.want, tc.open)
		}
	}
}

// said is one line of the script.
type said struct {
	Text    string
	Code    int
	Refused string
}

var yjsClientDir = filepath.Join("..", "..", "server", "live", "testdata", "yclient")

// yjsClient fetches the client once in this process; make test has done so before.
var yjsClient = sync.OnceValue(func() error {
	if _, err := os.Stat(filepath.Join(yjsClientDir, "node_modules", "yjs")); err == nil {
		return nil
	}
	install := exec.Command("npm", "ci", "--no-audit", "--no-fund")
	install.Dir = yjsClientDir
	if out, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return nil
})

// modelOf returns the version of a document's model: the server says it first, to who understands it.
func (m *matrix) modelOf(token, document string) string {
	m.t.Helper()
	socket, status, said := m.knock(livedoc.ID(document), nil, withToken(token, asked(protocol.Subprotocol)))
	if socket == nil {
		m.t.Fatalf("%d %s", status, said)
	}
	defer socket.Close()
	_, hello, err := socket.ReadMessage()
	m.must(err)
	d := lib0.NewDecoder(hello)
	if d.VarUint() != 120 || d.VarUint() != 3 {
		m.t.Fatalf("the greeting is %v", hello)
	}
	d.VarUint() // the epoch
	return fmt.Sprint(d.VarUint())
}

// script runs the script of server/live/testdata/yclient and returns what it says; the zero value
// when it has ended.
func (m *matrix) script(token, document, words string) <-chan said {
	m.t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		m.t.Fatal("Node is not installed: real Yjs clients are the judge of this endpoint, install Node 20 or later")
	}
	m.must(yjsClient())
	cmd := exec.CommandContext(m.t.Context(), "node", "script.mjs", "ws"+strings.TrimPrefix(m.url, "http")+"/live", document, words, m.modelOf(token, document))
	cmd.Dir, cmd.Env = yjsClientDir, append(os.Environ(), "TOKEN="+token)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	m.must(err)
	m.must(cmd.Start())
	m.t.Cleanup(func() { _ = cmd.Wait() })
	says := make(chan said, 10)
	go func() {
		defer close(says)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var line said
			if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
				line.Text = lines.Text()
			}
			says <- line
		}
	}()
	return says
}

func TestTheListOfTokensSaysWhatNoLongerWorksAndWhy(t *testing.T) {
	for name, databaseAt := range map[string]func(testing.TB) string{"sqlite": databasetest.SQLiteFile, "postgres": databasetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := &clock{}
			w := start(t, databaseAt(t), options{demonstration: true, now: clock.now})
			var group workgroup.ID
			w.groupPath(demoGuidance)
			student, lecturer := w.actor(demoStudent), w.actor(demoLecturer)
			mine, _, err := w.groups.List(t.Context(), student, workgroup.Filter{Mine: true})
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range mine {
				if g.Name == "Begeleiding van deelnemers" {
					group = g.ID
				}
			}
			token := func(in account.TokenInput) account.NewToken {
				t.Helper()
				made, err := w.accounts.MakeToken(t.Context(), student, in)
				if err != nil {
					t.Fatal(err)
				}
				return made
			}
			token(account.TokenInput{Name: "Kort", Days: 1, Everywhere: true})
			token(account.TokenInput{Name: "Lang", Days: 90, Everywhere: true})
			token(account.TokenInput{Name: "Groep", Days: 90, Workgroups: []string{string(group)}})
			gone := token(account.TokenInput{Name: "Weg", Days: 90, Everywhere: true})
			list := func() map[string]string {
				t.Helper()
				var printed strings.Builder
				if err := w.printTokens(t.Context(), w.actor(demoStudent), &printed); err != nil {
					t.Fatal(err)
				}
				lines := map[string]string{}
				for line := range strings.Lines(printed.String()) {
					lines[strings.Fields(line)[1]] = line
				}
				return lines
			}
			says := func(name, want string) {
				t.Helper()
				if line := list()[name]; !strings.Contains(line, want) {
					t.Errorf("%s should say %q: %q", name, want, line)
				}
			}
			says("Groep", "  yes  ")
			if err := w.accounts.RevokeToken(t.Context(), student, student.ID, gone.ID); err != nil {
				t.Fatal(err)
			}
			if err := w.groups.Remove(t.Context(), lecturer, group, student.ID); err != nil {
				t.Fatal(err)
			}
			clock.move(25 * time.Hour)
			says("Kort", "no: it expired on ")
			says("Lang", "  yes  ")
			says("Groep", "no: its owner may no longer see what it is for")
			says("Weg", "no: withdrawn on ")
			says("Weg", " by Student")
			if err := w.accounts.Block(t.Context(), w.actor(demoAdmin), student.ID); err != nil {
				t.Fatal(err)
			}
			says("Lang", "when Beheerder blocked its owner")
			if _, err := w.accounts.UseToken(t.Context(), gone.Text); err == nil {
				t.Error("a token that was withdrawn works")
			}
			clock.move(31 * 24 * time.Hour)
			if err := w.accounts.Forget(t.Context()); err != nil {
				t.Fatal(err)
			}
			if lines := list(); len(lines) != 1 { // the head
				t.Errorf("after a month it still says %v", lines)
			}
		})
	}
}
