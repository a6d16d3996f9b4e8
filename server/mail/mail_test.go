package mail_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	gomail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/event"
	"samenwijk/domain/letter"
	"samenwijk/server/mail"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// postOffice is a real mail server in this process. answer, when set, decides about each recipient.
type postOffice struct {
	mu       sync.Mutex
	received []string
	tries    int
	answer   func(try int, recipient string) error
	users    map[string]string
	sender   error // about who writes
	content  error // about the letter
	secured  bool
	arrived  chan string
}

func (p *postOffice) NewSession(c *smtp.Conn) (smtp.Session, error) {
	_, encrypted := c.TLSConnectionState()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.secured = encrypted
	return &counter{office: p}, nil
}

type counter struct{ office *postOffice }

func (c *counter) Reset()                               {}
func (c *counter) Logout() error                        { return nil }
func (c *counter) Mail(string, *smtp.MailOptions) error { return c.office.sender }
func (c *counter) AuthMechanisms() []string             { return []string{sasl.Plain} }
func (c *counter) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if want, known := c.office.users[user]; !known || want != password {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (c *counter) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.office.mu.Lock()
	defer c.office.mu.Unlock()
	c.office.tries++
	if c.office.answer != nil {
		return c.office.answer(c.office.tries, to)
	}
	return nil
}

func (c *counter) Data(r io.Reader) error {
	message, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if c.office.content != nil {
		return c.office.content
	}
	c.office.mu.Lock()
	c.office.received = append(c.office.received, string(message))
	c.office.mu.Unlock()
	c.office.arrived <- string(message)
	return nil
}

// open starts the post office on this machine and returns its host and port.
func (p *postOffice) open(t *testing.T, certificate *tls.Config) string {
	t.Helper()
	p.arrived = make(chan string, 100)
	server := smtp.NewServer(p)
	server.Domain = "post.voorbeeld.test"
	server.TLSConfig = certificate
	server.AllowInsecureAuth = false
	server.ErrorLog = quiet{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-done; err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Errorf("post office: %v", err)
		}
	})
	return listener.Addr().String()
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func smtpTo(t *testing.T, where string) *mail.SMTP {
	t.Helper()
	transport, err := mail.NewSMTP(where, "Samenwijk <netwerk@voorbeeld.test>")
	if err != nil {
		t.Fatal(err)
	}
	return transport
}

type seatGiven struct{ Registration string }

func (seatGiven) Name() string { return "seat_given" }

// room wires the outbox, the transport and the queue, and lets them work until the end of the test.
type room struct {
	db      *database.DB
	letters *letter.Service
}

func open(t *testing.T, db *database.DB, transport mail.Transport, compose func(ctx context.Context, e event.Recorded[seatGiven]) ([]mail.Letter, error)) *room {
	t.Helper()
	r := &room{db: db, letters: letter.New(db, []byte("a secret of thirty-two bytes or so"))}
	var subscribers event.Subscribers
	m := mail.New(mail.Config{Letters: r.letters, Transport: transport, BaseURL: "https://samenwijk.voorbeeld.test/", Log: slog.New(slog.DiscardHandler)}, &subscribers)
	mail.On(m, &subscribers, compose)
	queue, err := event.NewQueue(db, &subscribers, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- queue.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-stopped; err != nil {
			t.Errorf("queue: %v", err)
		}
	})
	return r
}

func (r *room) happen(t *testing.T) {
	t.Helper()
	err := r.db.InTx(t.Context(), func(tx *database.Tx) error { return event.Record(tx, seatGiven{"r1"}) })
	if err != nil {
		t.Fatal(err)
	}
}

// ended waits until n letters are done and returns them.
func (r *room) ended(t *testing.T, n int) []letter.Letter {
	t.Helper()
	who := access.Actor{ID: "a", Grants: []access.Grant{{Role: access.Admin, Realm: access.InNetwork}}}
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		letters, _, err := r.letters.List(t.Context(), who, 1)
		if err != nil {
			t.Fatal(err)
		}
		done := 0
		for _, l := range letters {
			if l.EndedAt != nil {
				done++
			}
		}
		if done >= n {
			return letters
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("letters = %+v", letters)
		}
	}
}

func confirmation(context.Context, event.Recorded[seatGiven]) ([]mail.Letter, error) {
	return []mail.Letter{{
		Reader: "r1", To: "bewoner@voorbeeld.test", Name: "Bewoner", Subject: "U hebt een plaats – tot ziens",
		Parts: []mail.Part{
			mail.Paragraph("U hebt een plaats."),
			mail.Facts(mail.Row{Key: "Waar", Value: "In het buurthuis & daarbuiten"}),
			mail.Button("Bekijk uw aanmelding", "https://samenwijk.voorbeeld.test/aanmelding"),
		},
		Calendar: &mail.Calendar{Method: "REQUEST", Object: "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"},
	}}, nil
}

func TestALetterArrivesAsTextAsHTMLAndWithItsAppointment(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		office := &postOffice{}
		r := open(t, db, smtpTo(t, "smtp://"+office.open(t, nil)), confirmation)
		r.happen(t)
		letters := r.ended(t, 1)
		if letters[0].State != letter.Sent {
			t.Fatalf("letter = %+v", letters[0])
		}
		message, err := gomail.ReadMessage(strings.NewReader(<-office.arrived))
		if err != nil {
			t.Fatal(err)
		}
		for header, want := range map[string]string{
			"From": `"Samenwijk" <netwerk@voorbeeld.test>`, "To": "<bewoner@voorbeeld.test>", "Auto-Submitted": "auto-generated",
			"Message-Id": "<" + string(letters[0].ID) + "@voorbeeld.test>",
		} {
			if got := message.Header.Get(header); got != want {
				t.Errorf("%s = %q, want %q", header, got, want)
			}
		}
		parts := readParts(t, message.Header.Get("Content-Type"), message.Body)
		for kind, want := range map[string]string{
			"text/plain":                    "Beste Bewoner,\n\nU hebt een plaats.\n\nWaar: In het buurthuis & daarbuiten\n\nBekijk uw aanmelding:\nhttps://samenwijk.voorbeeld.test/aanmelding",
			"text/html":                     "In het buurthuis &amp; daarbuiten",
			"text/calendar; method=REQUEST": "METHOD:REQUEST",
			"attachment":                    "METHOD:REQUEST",
		} {
			if got := strings.ReplaceAll(parts[kind], "\r\n", "\n"); !strings.Contains(got, want) {
				t.Errorf("%s lacks %q:\n%s", kind, want, got)
			}
		}
	})
}

func TestARedeliveredEventSendsNoSecondLetter(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		office := &postOffice{}
		letters := letter.New(db, []byte("a secret of thirty-two bytes or so"))
		var fell sync.Once
		r := open(t, db, smtpTo(t, "smtp://"+office.open(t, nil)), func(ctx context.Context, e event.Recorded[seatGiven]) ([]mail.Letter, error) {
			var err error
			fell.Do(func() { // the first delivery posts its letter and then falls over
				err = errors.Join(errors.New("fell over"), letters.Post(ctx, e.ID, []letter.Letter{{
					Reader: "r1", Recipient: "bewoner@voorbeeld.test", Language: "nl", Subject: "Eerste", Text: "Eerste",
				}}))
			})
			if err != nil {
				return nil, err
			}
			return []mail.Letter{
				{Reader: "r1", To: "bewoner@voorbeeld.test", Subject: "Tweede", Parts: []mail.Part{mail.Paragraph("Tweede")}},
				{Reader: "organiser", To: "organisator@voorbeeld.test", Subject: "Eerste", Parts: []mail.Part{mail.Paragraph("Eerste")}},
			}, nil
		})
		r.happen(t)
		if got := r.ended(t, 2); len(got) != 2 || got[0].Subject != "Eerste" || got[1].Subject != "Eerste" {
			t.Errorf("letters = %+v", got)
		}
		office.mu.Lock()
		defer office.mu.Unlock()
		if len(office.received) != 2 {
			t.Errorf("%d messages arrived, want 2", len(office.received))
		}
	})
}

func TestALetterThatWasSentIsNotSentAgainWhenItsJobIsDeliveredAgain(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		office := &postOffice{}
		r := open(t, db, smtpTo(t, "smtp://"+office.open(t, nil)), confirmation)
		r.happen(t)
		id := r.ended(t, 1)[0].ID
		err := db.InTx(t.Context(), func(tx *database.Tx) error {
			if err := event.Record(tx, event.LetterPosted{Letter: string(id)}); err != nil {
				return err
			}
			return event.Record(tx, seatGiven{"r2"})
		})
		if err != nil {
			t.Fatal(err)
		}
		r.ended(t, 2)
		office.mu.Lock()
		defer office.mu.Unlock()
		if len(office.received) != 2 {
			t.Errorf("%d messages arrived, want one for each event", len(office.received))
		}
	})
}

func TestARefusedRecipientIsTriedOnceAndATemporaryFailureUntilItSucceeds(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		office := &postOffice{answer: func(try int, to string) error {
			switch {
			case to == "weg@voorbeeld.test":
				return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no mailbox weg@voorbeeld.test"}
			case try == 1:
				return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "later"}
			}
			return nil
		}}
		r := open(t, db, smtpTo(t, "smtp://"+office.open(t, nil)), func(_ context.Context, e event.Recorded[seatGiven]) ([]mail.Letter, error) {
			to := "bewoner@voorbeeld.test"
			if e.Event.Registration == "gone" {
				to = "weg@voorbeeld.test"
			}
			return []mail.Letter{{Reader: "r1", To: to, Subject: "Uw plaats", Parts: []mail.Part{mail.Paragraph("Tot dan")}}}, nil
		})
		r.happen(t)
		sent := r.ended(t, 1)[0]
		if sent.State != letter.Sent || sent.Attempts != 2 {
			t.Errorf("after a temporary failure: %+v", sent)
		}
		err := db.InTx(t.Context(), func(tx *database.Tx) error { return event.Record(tx, seatGiven{"gone"}) })
		if err != nil {
			t.Fatal(err)
		}
		refused := r.ended(t, 2)[0]
		if refused.State != letter.Refused || refused.Attempts != 1 || !strings.Contains(refused.Reason, "550") || strings.Contains(refused.Reason, "@") {
			t.Errorf("after a refusal: %+v", refused)
		}
	})
}

func TestWithoutAMailServerLettersAreKept(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		r := open(t, db, mail.OutboxOnly{}, confirmation)
		r.happen(t)
		if got := r.ended(t, 1)[0].State; got != letter.Kept {
			t.Errorf("state = %s", got)
		}
	})
}

func TestTheConnectionToAMailServerIsEncryptedBeforeThePasswordGoesOverIt(t *testing.T) {
	certificate, trust := certificate(t)
	ready := letter.Letter{ID: "l", Recipient: "bewoner@voorbeeld.test", Language: "nl", Subject: "Dag", Text: "Dag", CreatedAt: time.Now()}

	office := &postOffice{users: map[string]string{"netwerk": "geheim"}}
	transport := smtpTo(t, "smtp://netwerk:geheim@"+office.open(t, certificate))
	transport.TLS = trust
	outcome, err := transport.Send(t.Context(), ready)
	if err != nil || outcome.State != letter.Sent || !office.secured {
		t.Fatalf("Send = %+v, %v; encrypted: %v", outcome, err, office.secured)
	}
	wrong := smtpTo(t, "smtp://netwerk:fout@"+office.open(t, certificate))
	wrong.TLS = trust
	if outcome, err := wrong.Send(t.Context(), ready); err == nil || strings.Contains(err.Error(), "fout") {
		t.Errorf("with a wrong password: %+v, %v", outcome, err)
	}
	unencrypted := smtpTo(t, "smtp://netwerk:geheim@"+office.open(t, nil))
	if outcome, err := unencrypted.Send(t.Context(), ready); err == nil {
		t.Errorf("without encryption the password was given: %+v", outcome)
	}
}

func TestAMailServerThatDoesNotAnswerIsTriedAgainLater(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	where := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = smtpTo(t, "smtp://"+where).Send(t.Context(), letter.Letter{ID: "l", Recipient: "bewoner@voorbeeld.test", Subject: "Dag", Text: "Dag"})
	if err == nil || strings.Contains(err.Error(), "bewoner") {
		t.Errorf("Send = %v", err)
	}
}

func TestAMistakeInTheSettingsIsToldWithoutThePassword(t *testing.T) {
	for _, where := range []string{"", "post.voorbeeld.test", "http://user:geheim@post.voorbeeld.test", "smtp://user:geheim@post.voorbeeld.test:x"} {
		if _, err := mail.NewSMTP(where, "netwerk@voorbeeld.test"); err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("NewSMTP(%q) = %v", where, err)
		}
	}
	if _, err := mail.NewSMTP("smtp://post.voorbeeld.test", "nobody"); err == nil {
		t.Error("a sender without an address is accepted")
	}
}

// certificate makes a certificate for this machine, and what trusts it.
func certificate(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"}, IPAddresses: []net.IP{net.ParseIP("127.0.0.1")},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
		&tls.Config{RootCAs: pool, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}
}
