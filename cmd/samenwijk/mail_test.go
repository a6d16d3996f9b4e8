package main

import (
	"bytes"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"samenwijk/domain/access"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/fault"
	"samenwijk/server/servertest"
)

// postOffice is a mail server that hands every message to the test.
type postOffice chan string

func (p postOffice) NewSession(*smtp.Conn) (smtp.Session, error) { return p, nil }
func (postOffice) Reset()                                        {}
func (postOffice) Logout() error                                 { return nil }
func (postOffice) Mail(string, *smtp.MailOptions) error          { return nil }
func (postOffice) Rcpt(string, *smtp.RcptOptions) error          { return nil }
func (p postOffice) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	// A letter with an appointment also has parts in base64, at which this ends: a mail server takes it all the same.
	message, _ := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(raw)))
	p <- string(message)
	return nil
}

// openOffice opens a mail server until the test ends, and returns what SAMENWIJK_SMTP says of it.
func openOffice(t *testing.T) (office postOffice, where string) {
	t.Helper()
	office = make(postOffice, 200)
	server := smtp.NewServer(office)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		_ = server.Serve(listener) // ends with the error that it was closed
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-closed
	})
	return office, "smtp://" + listener.Addr().String()
}

func TestACodeArrivesByMailAndIsThenReadByNobodyElse(t *testing.T) {
	for name, databaseAt := range map[string]func(testing.TB) string{"sqlite": databasetest.SQLiteFile, "postgres": databasetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			office, where := openOffice(t)
			w := start(t, databaseAt(t), options{smtp: where})
			w.person("beheerder@voorbeeld.test", "Beheerder", access.Admin)
			b, page := w.asking("beheerder@voorbeeld.test")
			message := <-office
			code := regexp.MustCompile(`\d{3} \d{3}`).FindString(message)
			if code == "" || !strings.Contains(message, "To: <beheerder@voorbeeld.test>") {
				t.Fatalf("the message says:\n%s", message)
			}
			page.Form("/inloggen/code").Set("code", code).Submit().MustStatus(http.StatusOK)
			w.eventually("the letter is known as sent", func() bool {
				return strings.Contains(b.Get("/beheer/postvak").Text(), "Verzonden")
			})
			b.Get("/beheer/postvak").Link("Uw code om in te loggen").MustSay("De inhoud is gewist").MustNotSay(code)
		})
	}
}

// With a mail server and without one: neither page nor backup holds a link that lets somebody in, and once it
// was sent the database does not either.
func TestLinksInLettersAreForTheirReadersAlone(t *testing.T) {
	for name, databaseAt := range map[string]func(testing.TB) string{"sqlite": databasetest.SQLiteFile, "postgres": databasetest.PostgresURL} {
		for _, withServer := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, mail server: %v", name, withServer), func(t *testing.T) {
				t.Parallel()
				var o options
				var office postOffice
				if withServer {
					office, o.smtp = openOffice(t)
				}
				at := databaseAt(t)
				w := start(t, at, o)
				w.person("beheerder@voorbeeld.test", "Beheerder", access.Admin)
				admin, organiser := w.signIn("beheerder@voorbeeld.test"), w.organiser()
				group := w.group(organiser)
				organiser.Get(group+"/leden").Form("/leden").Set("email", "genodigde@voorbeeld.test").
					Set("role", "resident").Submit().MustStatus(http.StatusOK)
				register(w.browser(), w.openMeeting(organiser, 5), "Bewoner", "channel", "email", "email", "bewoner@voorbeeld.test")
				tokens := map[string]string{}
				find := func(text string) {
					for _, m := range capability.FindAllStringSubmatch(text, -1) {
						tokens[m[1]] = m[2]
					}
				}
				if withServer {
					for len(tokens) < 2 {
						find(<-office)
					}
				} else {
					find(w.lettersTo("genodigde@voorbeeld.test", 1)[0].Text)
					find(w.lettersTo("bewoner@voorbeeld.test", 1)[0].Text)
				}
				if len(tokens) != 2 {
					t.Fatalf("links in letters: %v", tokens)
				}
				stand := "Niet verzonden"
				if withServer {
					stand = "Verzonden"
				}
				began := time.Now()
				for _, subject := range []string{"U bent aangemeld", "Uitnodiging"} {
					w.eventually("the letter is brought away", func() bool {
						return strings.Contains(admin.Get("/beheer/postvak").Link(subject).Text(), stand)
					})
					page := admin.Get("/beheer/postvak").Link(subject).MustSay("[alleen voor de ontvanger]", "staan hier niet")
					for _, token := range tokens {
						page.MustNotSay(token)
					}
				}
				t.Logf("seen as brought away after %v", time.Since(began))
				if withServer {
					for _, address := range []string{"genodigde@voorbeeld.test", "bewoner@voorbeeld.test"} {
						if l, err := w.letters.Whole(t.Context(), address); fault.KindOf(err) != fault.KindNotFound {
							t.Errorf("after sending the letter to %s still says %q, %v", address, l.Text, err)
						}
					}
				}
				file := filepath.Join(t.TempDir(), "backup.zip")
				mustRun(t, "backup", file, "--database", at)
				for section, lines := range linesOf(t, file) {
					for _, token := range tokens {
						if strings.Contains(lines, token) {
							t.Errorf("the backup holds a link in %s", section)
						}
					}
				}
			})
		}
	}
}

// capability finds the links of letters that open something for whoever has them.
var capability = regexp.MustCompile(`/(aanmeldingen/open|uitnodigingen)/([A-Za-z0-9_-]{20,})`)

// group makes a workgroup through the pages and returns where it is.
func (w *world) group(b *servertest.Browser) string {
	w.t.Helper()
	page := b.Get("/werkgroepen/nieuw").Form("/werkgroepen/nieuw").Set("name", "Werk in de wijk").Set("goal", "Meer werk.").
		Set("review", time.Now().AddDate(0, 3, 0).Format("2-1-2006")).Set("strands", "practice").Submit().MustStatus(http.StatusOK)
	return page.Path
}
