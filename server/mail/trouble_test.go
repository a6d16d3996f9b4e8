package mail_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"samenwijk/domain/letter"
	"samenwijk/server/mail"
)

// listen answers connections on this machine with do until the test ends.
func listen(t *testing.T, do func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			do(conn)
		}
	}()
	return listener.Addr().String()
}

func TestEachMistakeOfAMailServerIsToldApart(t *testing.T) {
	server, trust := certificate(t)
	mistake := func(code int, enhanced smtp.EnhancedCode, words string) error {
		return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: words}
	}
	refusing := func(err error) *postOffice {
		return &postOffice{answer: func(int, string) error { return err }}
	}
	quietly := func(net.Conn) {}
	closing := func(c net.Conn) { _ = c.Close() }
	unused := listen(t, quietly)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	elsewhere := func(address string) string { // this machine under a name for which it is not known as such
		_, port, _ := net.SplitHostPort(address)
		return "LOCALHOST:" + port
	}
	users := map[string]string{"netwerk": "geheim"}
	for name, tc := range map[string]struct {
		where  string
		trust  *tls.Config
		to     string
		want   letter.Trouble
		number string
		final  bool
	}{
		"a name that no computer has":      {where: "smtp://post..voorbeeld.test:25", want: letter.NoSuchServer},
		"a port at which nobody listens":   {where: "smtp://" + closed.Addr().String(), want: letter.NotListening},
		"a server that says nothing":       {where: "smtp://" + unused, want: letter.Silent},
		"a server that hangs up":           {where: "smtp://" + listen(t, closing), want: letter.Silent},
		"smtp at a port of smtps":          {where: "smtp://" + secure(t, server), want: letter.Silent},
		"smtps at a port of smtp":          {where: "smtps://" + (&postOffice{}).open(t, nil), want: letter.OtherSecurity},
		"no smtp at all":                   {where: "smtp://" + listen(t, babbling), want: letter.OtherSecurity},
		"no encryption":                    {where: "smtp://" + elsewhere((&postOffice{}).open(t, nil)), want: letter.NoSecurity},
		"a certificate of nobody":          {where: "smtp://" + (&postOffice{}).open(t, server), want: letter.BadCertificate},
		"the same from the first byte":     {where: "smtps://" + secure(t, server), want: letter.BadCertificate},
		"no signing in":                    {where: "smtp://netwerk:geheim@" + (&postOffice{}).open(t, nil), want: letter.NoSignIn},
		"a wrong password":                 {where: "smtp://netwerk:fout@" + (&postOffice{users: users}).open(t, server), trust: trust, want: letter.SignInRefused, number: "535"},
		"no password where one is wanted":  {where: at(t, &postOffice{sender: mistake(530, smtp.EnhancedCode{5, 7, 0}, "sign in first")}), want: letter.SignInWanted, number: "530 5.7.0"},
		"the same at the reader":           {where: at(t, refusing(mistake(530, smtp.EnhancedCode{5, 7, 0}, "sign in first"))), want: letter.SignInWanted, number: "530 5.7.0"},
		"a sender who is not allowed":      {where: at(t, &postOffice{sender: mistake(553, smtp.EnhancedCode{5, 7, 1}, "not yours")}), want: letter.SenderRefused, number: "553 5.7.1"},
		"a reader of somewhere else":       {where: at(t, refusing(mistake(554, smtp.EnhancedCode{5, 7, 1}, "access denied"))), want: letter.RelayDenied, number: "554 5.7.1"},
		"the same in words alone":          {where: at(t, refusing(mistake(550, smtp.NoEnhancedCode, "Relay not permitted"))), want: letter.RelayDenied, number: "550"},
		"a reader who is not there":        {where: at(t, refusing(mistake(550, smtp.EnhancedCode{5, 1, 1}, "no mailbox bewoner@voorbeeld.test"))), want: letter.NoSuchReader, number: "550 5.1.1", final: true},
		"a letter that looks like spam":    {where: at(t, &postOffice{content: mistake(554, smtp.EnhancedCode{5, 6, 0}, "spam")}), want: letter.LetterRefused, number: "554 5.6.0", final: true},
		"a server that is busy":            {where: at(t, refusing(mistake(451, smtp.EnhancedCode{4, 3, 0}, "later"))), want: letter.Later, number: "451 4.3.0"},
		"an address that is none":          {where: at(t, &postOffice{}), to: "bewoner", want: letter.BadAddress, final: true},
		"a sender at a server that is off": {where: at(t, &postOffice{sender: mistake(421, smtp.EnhancedCode{4, 3, 2}, "bye")}), want: letter.Later, number: "421 4.3.2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			transport := smtpTo(t, tc.where)
			transport.TLS, transport.Timeout = tc.trust, 2*time.Second
			l := letter.Letter{ID: "l", Recipient: "bewoner@voorbeeld.test", Language: "nl", Subject: "Dag", Text: "Dag", CreatedAt: time.Now()}
			if tc.to != "" {
				l.Recipient = tc.to
			}
			outcome, err := transport.Send(context.Background(), l)
			var failure mail.Failure
			if tc.final {
				failure.Trouble, failure.Number = letter.Letter{Reason: outcome.Reason}.Trouble()
				if err != nil || outcome.State != letter.Refused {
					t.Errorf("tried again: %+v, %v", outcome, err)
				}
			} else if !errors.As(err, &failure) {
				t.Fatalf("Send = %+v, %v", outcome, err)
			}
			if failure.Trouble != tc.want || failure.Number != tc.number {
				t.Errorf("told as %q %q, want %q %q", failure.Trouble, failure.Number, tc.want, tc.number)
			}
			if said := failure.Error() + outcome.Reason; strings.Contains(said, "@") || strings.Contains(said, "fout") {
				t.Errorf("holds what it must not: %s", said)
			}
			if kind, number := (letter.Letter{Reason: tc.want.Reason(tc.number)}).Trouble(); kind != tc.want || number != tc.number {
				t.Errorf("kept as %q %q", kind, number)
			}
		})
	}
}

// at opens a post office and returns the setting for it.
func at(t *testing.T, office *postOffice) string { return "smtp://" + office.open(t, nil) }

// secure opens a post office that encrypts from the first byte.
func secure(t *testing.T, config *tls.Config) string {
	t.Helper()
	office := &postOffice{arrived: make(chan string, 1)}
	server := smtp.NewServer(office)
	server.ErrorLog = quiet{}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String()
}

// babbling is a server of something else.
func babbling(c net.Conn) {
	_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n"))
	_ = c.Close()
}
