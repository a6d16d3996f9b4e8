package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/textproto"
	"os"
	"strconv"
	"strings"
	"syscall"

	gomail "github.com/wneessen/go-mail"

	"samenwijk/domain/letter"
)

// Failure is why a letter did not go out this time. It holds nothing of the letter.
type Failure struct {
	Trouble letter.Trouble
	Number  string // that the mail server gave, such as "550 5.7.1"
}

func (f Failure) Error() string { return "mail server: " + f.Trouble.Reason(f.Number) }

// reason is how an error of a transport is kept with the letter.
func reason(err error) string {
	var f Failure
	if errors.As(err, &f) {
		return f.Trouble.Reason(f.Number)
	}
	return letter.Unclear.Reason("")
}

// watched notes whether the client asked for encryption: go-mail has no error of its own for a server that
// offers none.
type watched struct {
	net.Conn
	asked *bool
}

func (w watched) Write(b []byte) (int, error) {
	if bytes.HasPrefix(b, []byte("STARTTLS")) {
		*w.asked = true
	}
	return w.Conn.Write(b)
}

func watch(asked *bool) gomail.DialContextFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return watched{conn, asked}, nil
	}
}

// SMTP's answers to who did not sign in, or wrongly (RFC 4954).
var signInNumbers = map[int]letter.Trouble{
	530: letter.SignInWanted, 534: letter.SignInRefused, 535: letter.SignInRefused, 538: letter.NoSignIn, 454: letter.Later,
}

// connecting says what went wrong before there was a letter to give. secured reports whether the client got
// as far as encryption, or needed none.
func connecting(err error, secured bool) Failure {
	var answer *textproto.Error
	var unknown *net.DNSError
	var notTLS tls.RecordHeaderError
	var untrusted *tls.CertificateVerificationError
	var alert tls.AlertError
	var line textproto.ProtocolError
	var network net.Error
	switch {
	case errors.As(err, &answer):
		number := strconv.Itoa(answer.Code)
		if trouble, known := signInNumbers[answer.Code]; known {
			return Failure{trouble, number}
		}
		if answer.Code < 500 {
			return Failure{letter.Later, number}
		}
		return Failure{letter.Unclear, number}
	case errors.As(err, &untrusted):
		return Failure{Trouble: letter.BadCertificate}
	case errors.As(err, &notTLS), errors.As(err, &alert), errors.As(err, &line):
		return Failure{Trouble: letter.OtherSecurity}
	case errors.As(err, &unknown) && !unknown.IsTimeout:
		return Failure{Trouble: letter.NoSuchServer}
	case errors.Is(err, syscall.ECONNREFUSED):
		return Failure{Trouble: letter.NotListening}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.As(err, &network) && network.Timeout():
		return Failure{Trouble: letter.Silent}
	case errors.As(err, &network):
		return Failure{Trouble: letter.NotListening}
	case !secured:
		return Failure{Trouble: letter.NoSecurity}
	}
	return Failure{Trouble: letter.NoSignIn}
}

// refusal says what the server has against a letter, or against us.
func refusal(err *gomail.SendError) Failure {
	code := err.ErrorCode()
	f := Failure{letter.Unclear, strings.TrimSpace(strconv.Itoa(code) + " " + err.EnhancedStatusCode())}
	wants, signIn := signInNumbers[code]
	switch {
	case code == 0: // no answer: the line broke
		return Failure{Trouble: letter.Silent}
	case signIn:
		f.Trouble = wants
	case code < 500:
		f.Trouble = letter.Later
	case err.Reason == gomail.ErrSMTPMailFrom:
		f.Trouble = letter.SenderRefused
	case err.Reason == gomail.ErrSMTPRcptTo && relays(err):
		f.Trouble = letter.RelayDenied
	case err.Reason == gomail.ErrSMTPRcptTo:
		f.Trouble = letter.NoSuchReader
	case err.Reason == gomail.ErrSMTPData, err.Reason == gomail.ErrSMTPDataClose:
		f.Trouble = letter.LetterRefused
	}
	return f
}

// relays reports whether a refused address is one to which the server brings nobody's letters. Its number for
// that is one for any rule of its own (RFC 3463, 5.7.1), so its words count too.
func relays(err *gomail.SendError) bool {
	return strings.HasPrefix(err.EnhancedStatusCode(), "5.7.") || strings.Contains(strings.ToLower(err.Error()), "relay")
}

// final reports whether another try is of no use: it is the letter that is refused, not the way we send.
func (f Failure) final() bool {
	return f.Trouble == letter.NoSuchReader || f.Trouble == letter.LetterRefused
}
