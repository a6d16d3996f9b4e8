package account

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/event"
	"samenwijk/domain/fault"
)

// CodeID names one request for a code.
type CodeID string

// SignInCode is a request for a code by one browser. The six digits themselves are nowhere: they
// follow from the id and the secret of the installation. A request for an address that nobody has
// looks the same and is worth nothing.
type SignInCode struct {
	ID          CodeID           `gorm:"primaryKey"`
	PersonID    *access.PersonID // nil when nobody has the address
	Subject     string           // stands for the address, which is not kept
	BrowserHash string
	CreatedAt   time.Time
	ExpiresAt   time.Time
	UsedAt      *time.Time
}

// How long a code works, and how often one may ask and guess.
const (
	CodeWorksFor = 15 * time.Minute

	limitWindow  = time.Hour
	maxGuesses   = 10  // of one account, from anywhere
	maxAsks      = 10  // for one e-mail address
	maxAsksThere = 120 // from one address of the network: a full room shares one
)

// limitKind is what is counted.
type limitKind string

const (
	guesses   limitKind = "guess"
	asks      limitKind = "ask"
	asksThere limitKind = "ask_from"
)

// Asked is what the browser that asked must keep: it alone can use the code.
type Asked struct {
	Browser   string
	ExpiresAt time.Time
}

// AskCode lets a code be mailed to whoever has this address. The answer and the work are the same
// when nobody has it. There is where the request came from, an address of the network.
func (s *Service) AskCode(ctx context.Context, email, there string) (Asked, error) {
	email, mistake := CleanEmail(email)
	if mistake != nil {
		return Asked{}, mistake
	}
	asked := Asked{Browser: newToken()}
	tooMuch := false
	err := s.db.InTx(ctx, func(tx *database.Tx) error {
		now := s.Now()
		subject := s.subject("email", email)
		mayThere, err := countTry(tx, asksThere, s.subject("there", there), maxAsksThere, now)
		if err != nil {
			return err
		}
		may, err := countTry(tx, asks, subject, maxAsks, now)
		if err != nil {
			return err
		}
		if tooMuch = !may || !mayThere; tooMuch {
			return nil // what was counted stays counted
		}
		owner, err := ownerOf(tx, email)
		if err != nil {
			return err
		}
		code := SignInCode{
			ID: CodeID(database.NewID()), PersonID: owner, Subject: subject, BrowserHash: hashToken(asked.Browser),
			CreatedAt: now, ExpiresAt: now.Add(CodeWorksFor),
		}
		asked.ExpiresAt = code.ExpiresAt
		if err := insertCode(tx, code); err != nil {
			return err
		}
		return event.Record(tx, event.SignInAsked{Code: string(code.ID)})
	})
	if err != nil {
		return Asked{}, err
	}
	if tooMuch {
		return Asked{}, fault.TooMuch("account.code.asked_often").At("email")
	}
	return asked, nil
}

// MailedCode is what the letter with a code says, and to whom.
type MailedCode struct {
	Person    Person
	Code      string
	ExpiresAt time.Time
}

// MailedCode returns the letter that a request deserves; false when it deserves none, because
// nobody has the address or the code is of no use any more.
func (s *Service) MailedCode(ctx context.Context, id CodeID) (MailedCode, bool, error) {
	var m MailedCode
	mailed := false
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		code, err := codeByID(tx, id)
		if fault.KindOf(err) == fault.KindNotFound || err == nil && (code.PersonID == nil || code.UsedAt != nil || s.Now().After(code.ExpiresAt)) {
			return nil
		}
		if err != nil {
			return err
		}
		if m.Person, err = personByID(tx, *code.PersonID); err != nil {
			return err
		}
		m.Code, m.ExpiresAt, mailed = s.digits(id), code.ExpiresAt, m.Person.Email != ""
		return nil
	})
	return m, mailed, err
}

// LatestCode returns the code that somebody asked for last and that still works, for whoever runs the
// machine while no mail can be sent. Without one it is NotFound.
func (s *Service) LatestCode(ctx context.Context, email string) (string, error) {
	var id CodeID
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		id, err = latestCode(tx, s.subject("email", strings.ToLower(email)))
		return err
	})
	if err != nil {
		return "", err
	}
	m, works, err := s.MailedCode(ctx, id)
	if err == nil && !works {
		err = fault.NotFound("account.code.gone")
	}
	return m.Code, err
}

// Guess is an attempt to sign in with a code.
type Guess struct {
	Browser string // what AskCode gave to this browser
	Code    string // as typed: spaces and dashes do not matter
	Device  string // in a word or two, for the person's own list
	Former  string // the token this browser had until now; it stops working
}

// SignedIn is a new session. Token is for the browser alone and is not kept.
type SignedIn struct {
	Token     string
	ExpiresAt time.Time
	Person    Person
}

// SignIn opens a session for whoever guesses the code in the browser that asked for it. A code
// works once. Every guess counts, right or wrong, and after ten in an hour none is looked at.
func (s *Service) SignIn(ctx context.Context, g Guess) (SignedIn, error) {
	typed, mistake := cleanCode(g.Code)
	if mistake != nil {
		return SignedIn{}, mistake
	}
	var in SignedIn
	var refusal *fault.Fault // apart from an error: what was counted stays counted
	err := s.db.InTx(ctx, func(tx *database.Tx) error {
		now := s.Now()
		refusal = nil
		code, err := lockCode(tx, hashToken(g.Browser))
		if fault.KindOf(err) == fault.KindNotFound || err == nil && (code.UsedAt != nil || now.After(code.ExpiresAt)) {
			refusal = fault.Invalid("account.code.gone").At("code")
			return nil
		}
		if err != nil {
			return err
		}
		may, err := countTry(tx, guesses, code.Subject, maxGuesses, now)
		if err != nil {
			return err
		}
		if !may {
			refusal = fault.TooMuch("account.code.guessed_often").At("code")
			return nil
		}
		right := subtle.ConstantTimeCompare([]byte(typed), []byte(s.digits(code.ID))) == 1
		if !right || code.PersonID == nil {
			refusal = fault.Invalid("account.code.wrong").At("code")
			return nil
		}
		if err := useCodes(tx, *code.PersonID, now); err != nil {
			return err
		}
		if in.Person, err = personByID(tx, *code.PersonID); err != nil {
			return err
		}
		return s.openSession(tx, &in, g.Device, g.Former)
	})
	if err != nil {
		return SignedIn{}, err
	}
	if refusal != nil {
		return SignedIn{}, refusal
	}
	return in, nil
}

// cleanCode returns the six digits that were typed.
func cleanCode(typed string) (string, *fault.Fault) {
	code := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' || r == '.' {
			return -1
		}
		return r
	}, typed)
	if code == "" {
		return "", fault.Invalid("account.code.missing").At("code")
	}
	if len(code) != 6 || strings.ContainsFunc(code, func(r rune) bool { return r < '0' || r > '9' }) {
		return "", fault.Invalid("account.code.malformed").At("code")
	}
	return code, nil
}

// digits are the code of a request. Whoever has the database but not the secret cannot make them.
func (s *Service) digits(id CodeID) string {
	sum := s.keyed("code", string(id))
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(sum)%1_000_000)
}

// subject stands for an address in what is counted, so that no list of who tried remains.
func (s *Service) subject(kind, address string) string {
	return hex.EncodeToString(s.keyed("subject "+kind, address))
}

func (s *Service) keyed(purpose, text string) []byte {
	h := hmac.New(sha256.New, s.secret)
	h.Write([]byte("account " + purpose + "\x00" + text))
	return h.Sum(nil)
}

// newToken returns 256 random bits for a cookie.
func newToken() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

// hashToken is how a token is kept. It needs no salt: nobody guesses 256 random bits.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
