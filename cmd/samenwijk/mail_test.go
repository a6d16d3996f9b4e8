package main

import (
	"io"
	"mime/quotedprintable"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"samenwijk/domain/access"
	"samenwijk/domain/database/databasetest"
)

// postOffice is a mail server that hands every message to the test.
type postOffice chan string

func (p postOffice) NewSession(*smtp.Conn) (smtp.Session, error) { return p, nil }
func (postOffice) Reset()                                        {}
func (postOffice) Logout() error                                 { return nil }
func (postOffice) Mail(string, *smtp.MailOptions) error          { return nil }
func (postOffice) Rcpt(string, *smtp.RcptOptions) error          { return nil }
func (p postOffice) Data(r io.Reader) error {
	message, err := io.ReadAll(quotedprintable.NewReader(r))
	p <- string(message)
	return err
}

func TestACodeArrivesByMailAndIsThenReadByNobodyElse(t *testing.T) {
	for name, databaseAt := range map[string]func(testing.TB) string{"sqlite": databasetest.SQLiteFile, "postgres": databasetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			office := make(postOffice, 10)
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
			w := start(t, databaseAt(t), options{smtp: "smtp://" + listener.Addr().String()})
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
