package main

import (
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"samenwijk/domain/access"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/letter"
	"samenwijk/server/ui"
)

// strictOffice is a mail server that refuses who is in it with what is said there, and takes the rest.
type strictOffice struct {
	mu      sync.Mutex
	refuses map[string]*smtp.SMTPError // by recipient; "" refuses every sender
}

func (s *strictOffice) says(to string, what *smtp.SMTPError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuses[to] = what
}

func (s *strictOffice) about(to string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if refusal := s.refuses[to]; refusal != nil {
		return refusal
	}
	return nil
}

// strictSession is one connection to it.
type strictSession struct {
	postOffice
	office *strictOffice
}

func (s strictSession) Mail(string, *smtp.MailOptions) error      { return s.office.about("") }
func (s strictSession) Rcpt(to string, _ *smtp.RcptOptions) error { return s.office.about(to) }

// of waits for the next letter to an address.
func (p postOffice) of(to string) string {
	late := time.After(20 * time.Second)
	for {
		select {
		case message := <-p:
			if strings.Contains(message, "To: <"+to+">") {
				return message
			}
		case <-late:
			return "nothing came"
		}
	}
}

func openStrictOffice(t *testing.T) (*strictOffice, postOffice, string) {
	t.Helper()
	office, arrived := &strictOffice{refuses: map[string]*smtp.SMTPError{}}, make(postOffice, 200)
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return strictSession{arrived, office}, nil }))
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
		_ = listener.Close() // when the server did not get so far as to know it
		<-closed
	})
	return office, arrived, "smtp://" + listener.Addr().String()
}

func TestAnInvitationThatDidNotArriveIsSeenWhereItWasMadeAndSentAgain(t *testing.T) {
	for name, databaseAt := range map[string]func(testing.TB) string{"sqlite": databasetest.SQLiteFile, "postgres": databasetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			office, arrived, where := openStrictOffice(t)
			w := start(t, databaseAt(t), options{smtp: where, demonstration: true})
			office.says("gast@voorbeeld.test", &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "gast@voorbeeld.test is not here"})
			lecturer, path := w.as(demoLecturer), w.groupPath(demoGuidance)
			lecturer.Get(path+"/leden").Form("/leden").Set("email", "gast@voorbeeld.test").Set("role", "resident").Submit().MustStatus(http.StatusOK)
			w.eventually("the group hears of it", func() bool {
				return strings.Contains(lecturer.Get(path+"/leden").Text(), "De mailserver weigert dit adres")
			})
			admin := w.as(demoAdmin)
			page := admin.Get("/beheer").MustSay("Eén e-mail kwam deze week niet aan", "Kijk of het goed getypt is").Link("Bekijk wat niet aankwam")
			page.MustSay("Alleen wat niet aankwam", "gast@voorbeeld.test", "Geweigerd door de mailserver")
			page = page.Link("Uitnodiging").MustSay("550 5.1.1", "De mailserver weigert dit adres")

			letterPath := page.Path
			office.says("gast@voorbeeld.test", nil)
			page = lecturer.Get(path + "/leden")
			if said := page.Form("/opnieuw").Submit().MustStatus(http.StatusOK).MustSay("De uitnodiging voor gast@voorbeeld.test gaat opnieuw weg"); !answered.MatchString(said.Body) {
				t.Error("the sentence is neither announced nor in focus")
			}
			message := arrived.of("gast@voorbeeld.test")
			if !strings.Contains(message, w.url+"/uitnodigingen/") {
				t.Errorf("what was sent again has no link:\n%s", message)
			}
			w.eventually("the letter is known as sent", func() bool {
				return strings.Contains(admin.Get(letterPath).Text(), "Verzonden")
			})
			page.Form("/opnieuw").Submit().MustStatus(http.StatusConflict).MustSay("Deze e-mail is al verzonden")
			lecturer.Get(path + "/leden").MustSay("gast@voorbeeld.test").MustNotSay("kwam niet aan")
			admin.Get("/beheer").MustNotSay("kwam deze week niet aan")
		})
	}
}

func TestAnAdministratorTriesTheMailServerAndReadsWhatIsWrongWithIt(t *testing.T) {
	for name, databaseAt := range map[string]func(testing.TB) string{"sqlite": databasetest.SQLiteFile, "postgres": databasetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			office, arrived, where := openStrictOffice(t)
			w := start(t, databaseAt(t), options{smtp: where})
			w.person("beheerder@voorbeeld.test", "Beheerder", access.Admin)
			admin := w.signIn("beheerder@voorbeeld.test")
			office.says("", &smtp.SMTPError{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "not yours"})
			page := admin.Get("/beheer/postvak").MustSay("kan later nog terugkomen", "samenwijk@voorbeeld.test")
			page = page.Form("/proef").Submit().MustStatus(http.StatusOK).MustSay("Er gaat een proef-e-mail naar beheerder@voorbeeld.test")
			if !answered.MatchString(page.Body) {
				t.Error("the sentence is neither announced nor in focus")
			}
			w.eventually("the page says what is wrong", func() bool {
				return strings.Contains(admin.Get("/beheer/postvak").Text(), "Zet in SAMENWIJK_MAIL_FROM een adres dat hoort bij")
			})
			letterPage := admin.Get("/beheer/postvak").Link("Proef-e-mail van Samenwijk").MustSay("Wacht: het lukte nog niet", "553 5.7.1")
			office.says("", nil)
			if said := letterPage.Form("/opnieuw").Submit().MustStatus(http.StatusOK).MustSay("Wij versturen deze e-mail opnieuw"); !answered.MatchString(said.Body) {
				t.Error("the sentence is neither announced nor in focus")
			}
			for message := ""; !strings.Contains(message, "proef-e-mail"); {
				if message = arrived.of("beheerder@voorbeeld.test"); message == "nothing came" {
					t.Fatal("the test letter does not come")
				}
			}
			w.eventually("the letter is known as sent", func() bool {
				return strings.Contains(admin.Get(letterPage.Path).Text(), "Verzonden")
			})
			letterPage.Form("/opnieuw").Submit().MustStatus(http.StatusConflict).MustSay("al verzonden")

			admin.Get("/account").Form("/account").Set("language", "en").Submit().MustStatus(http.StatusOK)
			page = admin.Get("/beheer/postvak").Form("/proef").Submit().MustSay("A test e-mail goes to beheerder@voorbeeld.test")
			for try := 2; ; try++ {
				page = page.Form("/proef").Submit()
				if page.Status == http.StatusTooManyRequests {
					page.MustSay("You asked for 10 test e-mails")
					break
				}
				if try > 20 {
					t.Fatal("there is no end to the letters that one asks for")
				}
			}
		})
	}
}

func TestWithoutAMailServerTheOutboxSaysSo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("beheerder@voorbeeld.test", "Beheerder", access.Admin)
		w.asking("beheerder@voorbeeld.test")
		w.lettersTo("beheerder@voorbeeld.test", 1)
		page := w.signIn("beheerder@voorbeeld.test").Get("/beheer/postvak").MustSay("Er is geen mailserver ingesteld", "SAMENWIJK_SMTP")
		if page.HasForm("/beheer/postvak/proef") {
			t.Error("a button that can do nothing")
		}
	})
}

// Every trouble has a sentence: the pages take it by its name.
func TestEveryTroubleOfALetterIsExplainedInBothLanguages(t *testing.T) {
	for _, lang := range []string{"nl", "en"} {
		for _, trouble := range letter.Troubles() {
			if said := ui.Translate(lang, "mail.trouble."+string(trouble)); len(said) < 40 {
				t.Errorf("%s: %s is explained as %q", lang, trouble, said)
			}
		}
	}
}
