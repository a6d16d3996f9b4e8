package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"samenwijk/domain/letter"
)

// SMTP sends letters through a mail server (RFC 6409). It opens a connection for each letter.
type SMTP struct {
	host    string
	options []gomail.Option
	from    *mail.Address
	domain  string // of Message-IDs

	encrypted bool // from the first byte
	insists   bool // on encryption before anything else is said

	// TLS may be set before the first letter, to trust other certificates than the system does.
	TLS *tls.Config
	// Timeout may be set too: it bounds connecting, and each letter.
	Timeout time.Duration
}

// smtpTimeout is the Timeout of a new one; the queue ends a job after a minute.
const smtpTimeout = 20 * time.Second

// NewSMTP reads where: smtp://user:password@host:587, which insists on STARTTLS unless the server is
// this machine itself, or smtps://user:password@host:465. Letters come from this sender, a bare
// address or one with a name before it.
func NewSMTP(where, from string) (*SMTP, error) {
	u, err := url.Parse(where)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, errors.New("SAMENWIJK_SMTP must look like smtp://user:password@host:587 or smtps://user:password@host:465") // the text of err can hold the password
	}
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("SAMENWIJK_MAIL_FROM is not an address: %w", err)
	}
	s := &SMTP{Timeout: smtpTimeout, host: u.Hostname(), from: sender, domain: sender.Address[strings.LastIndex(sender.Address, "@")+1:]}
	s.options = []gomail.Option{
		gomail.WithHELO(s.domain), gomail.WithoutNoop(), gomail.WithoutRset(),
	}
	port := 587
	switch {
	case u.Scheme == "smtps":
		port, s.encrypted = 465, true
		s.options = append(s.options, gomail.WithSSL())
	case isThisMachine(s.host):
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	default:
		s.insists = true
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, errors.New("SAMENWIJK_SMTP has a port that is no number")
		}
	}
	s.options = append(s.options, gomail.WithPort(port))
	if user := u.User.Username(); user != "" {
		password, _ := u.User.Password()
		s.options = append(s.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(user), gomail.WithPassword(password))
	}
	return s, nil
}

func isThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (s *SMTP) Send(ctx context.Context, l letter.Letter) (Outcome, error) {
	msg, err := s.message(l)
	if err != nil {
		return Outcome{State: letter.Refused, Reason: letter.BadAddress.Reason("")}, nil
	}
	options := append(s.options[:len(s.options):len(s.options)], gomail.WithTimeout(s.Timeout))
	if s.TLS != nil {
		options = append(options, gomail.WithTLSConfig(s.TLS))
	}
	secured := !s.insists
	if !s.encrypted {
		options = append(options, gomail.WithDialContextFunc(watch(&secured)))
	}
	client, err := gomail.NewClient(s.host, options...)
	if err != nil {
		return Outcome{}, fmt.Errorf("prepare the mail server: %w", err)
	}
	err = client.DialAndSendWithContext(ctx, msg)
	if err == nil || msg.IsDelivered() { // what goes wrong while saying goodbye changes nothing
		return Outcome{State: letter.Sent}, nil
	}
	var refused *gomail.SendError
	if !errors.As(err, &refused) {
		return Outcome{}, connecting(err, secured)
	}
	failure := refusal(refused)
	if failure.final() {
		return Outcome{State: letter.Refused, Reason: reason(failure)}, nil
	}
	return Outcome{}, failure
}

// message writes the letter as MIME: plain text, HTML, and the appointment both as an alternative,
// which a mail program shows as an invitation, and as a file.
func (s *SMTP) message(l letter.Letter) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := msg.From(s.from.String()); err != nil {
		return nil, err
	}
	if err := msg.To(l.Recipient); err != nil {
		return nil, err
	}
	msg.Subject(l.Subject)
	msg.SetDateWithValue(l.CreatedAt)
	msg.SetMessageIDWithValue(string(l.ID) + "@" + s.domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // so that no holiday reply comes back (RFC 3834)
	msg.SetGenHeader(gomail.HeaderContentLang, l.Language)
	msg.SetBodyString(gomail.TypeTextPlain, l.Text)
	if l.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	}
	if l.Calendar != "" {
		kind := gomail.ContentType("text/calendar; method=" + l.CalendarMethod)
		msg.AddAlternativeString(kind, l.Calendar)
		if err := msg.AttachReader("afspraak.ics", strings.NewReader(l.Calendar),
			gomail.WithFileContentType(kind)); err != nil {
			return nil, err
		}
	}
	return msg, nil
}
