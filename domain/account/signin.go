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
	CodeWorksFor = 10 * time.Minute

	limitWindow    = time.Hour
	maxCodeGuesses = 5   // wrong ones at one code
	maxGuesses     = 10  // wrong ones at one account, in all browsers it does not know; in each it knows as many
	maxAsks        = 10  // for one e-mail address, in the same way
	maxAsksThere   = 120 // from one address of the network: a full room shares one

	// After so many wrong guesses in the whole installation, browsers that no account knows wait for each other.
	freeGuesses = 200
	slowGuess   = 10 * time.Second
)

// limitKind is what is counted.
type limitKind string

const (
	guesses     limitKind = "guess"
	codeGuesses limitKind = "guess_code"
	allGuesses  limitKind = "guess_all"
	asks        limitKind = "ask"
	asksThere   limitKind = "ask_from"
)

// Asked is what the browser that asked must keep: it alone can use the code.
type Asked struct {
	Browser   string
	ExpiresAt time.Time
}

// AskCode lets a code be mailed to whoever has this address. The answer and the work are the same
// when nobody has it. There is where the request came from, an address of the network; known is what
// SignIn gave to this browser, or nothing.
func (s *Service) AskCode(ctx context.Context, email, there, known string) (Asked, error) {
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
		owner, err := ownerOf(tx, email)
		if err != nil {
			return err
		}
		counted, isKnown, err := s.triers(tx, owner, subject, known)
		if err != nil {
			return err
		}
		may, err := countTry(tx, asks, counted, maxAsks, now)
		if err != nil {
			return err
		}
		if tooMuch = !may || !mayThere && !isKnown; tooMuch {
			return nil // what was counted stays counted
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
		m.Code, m.ExpiresAt, mailed = digits(s.secrets[0], id), code.ExpiresAt, m.Person.Email != "" && !m.Person.Blocked()
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
	Known   string // what SignIn gave to this browser earlier, or nothing
}

// SignedIn is a new session. Token is for the browser alone and is not kept.
type SignedIn struct {
	Token     string
	ExpiresAt time.Time
	Person    Person
	Known     string // for the browser to keep for BrowserKnown, also when the session is over
}

// SignIn opens a session for whoever guesses the code in the browser that asked for it. A code
// works once, and not after five wrong guesses. Wrong guesses in browsers that the account does not
// know count together, and after ten in an hour none is looked at; a browser it knows counts alone.
func (s *Service) SignIn(ctx context.Context, g Guess) (SignedIn, error) {
	return s.withCode(ctx, g, func(tx *database.Tx, in *SignedIn) (*fault.Fault, error) {
		if err := s.know(tx, in, g.Known); err != nil {
			return nil, err
		}
		return nil, s.openSession(tx, in, g.Device, g.Former)
	})
}

// withCode does what a right code allows. What right refuses uses the code up all the same.
func (s *Service) withCode(
	ctx context.Context, g Guess, right func(tx *database.Tx, in *SignedIn) (*fault.Fault, error),
) (SignedIn, error) {
	typed, mistake := cleanCode(g.Code)
	if mistake != nil {
		return SignedIn{}, mistake
	}
	var in SignedIn
	var refusal *fault.Fault // apart from an error: what was counted stays counted
	err := s.db.InTx(ctx, func(tx *database.Tx) error {
		now := s.Now()
		in, refusal = SignedIn{}, nil
		code, err := lockCode(tx, hashToken(g.Browser))
		if fault.KindOf(err) == fault.KindNotFound || err == nil && (code.UsedAt != nil || now.After(code.ExpiresAt)) {
			refusal = fault.Invalid("account.code.gone").At("code")
			return nil
		}
		if err != nil {
			return err
		}
		tries, err := s.triesAt(tx, code, g.Known)
		if err != nil {
			return err
		}
		if refusal, err = tries.refused(tx, now); err != nil || refusal != nil {
			return err
		}
		correct := 0
		for _, secret := range s.secrets {
			correct |= subtle.ConstantTimeCompare([]byte(typed), []byte(digits(secret, code.ID)))
		}
		if correct == 0 || code.PersonID == nil {
			refusal = fault.Invalid("account.code.wrong").At("code")
			return tries.wrong(tx, now)
		}
		if err := useCodes(tx, *code.PersonID, now); err != nil {
			return err
		}
		if in.Person, err = personByID(tx, *code.PersonID); err != nil {
			return err
		}
		if in.Person.Blocked() { // they were sent no code: this is one of a moment before
			refusal = fault.Invalid("account.code.gone").At("code")
			return nil
		}
		if err := s.Prove(tx, in.Person.ID); err != nil {
			return err
		}
		refusal, err = right(tx, &in)
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	if refusal != nil {
		return SignedIn{}, refusal
	}
	return in, nil
}

// tries are what a guess at a code counts for.
type tries struct {
	code    CodeID
	account string // who guess at the account, see triers
	known   bool
}

func (s *Service) triesAt(tx *database.Tx, code SignInCode, known string) (t tries, err error) {
	t.code = code.ID
	t.account, t.known, err = s.triers(tx, code.PersonID, code.Subject, known)
	return t, err
}

// refused says why a guess is not looked at. Others who guess at the same wait until tx ends.
func (t tries) refused(tx *database.Tx, now time.Time) (*fault.Fault, error) {
	wrong, err := lockTries(tx, codeGuesses, string(t.code), now.Add(-limitWindow), now)
	if err != nil {
		return nil, err
	}
	if wrong >= maxCodeGuesses {
		return fault.TooMuch("account.code.used_up").At("code"), nil
	}
	if wrong, err = lockTries(tx, guesses, t.account, now.Add(-limitWindow), now); err != nil {
		return nil, err
	}
	if wrong >= maxGuesses {
		return fault.TooMuch("account.code.guessed_often").At("code"), nil
	}
	if t.known {
		return nil, nil
	}
	if wrong, err = lockTries(tx, allGuesses, "", now.Add(-limitWindow), now); err != nil || wrong < freeGuesses {
		return nil, err
	}
	if wrong, err = triesSince(tx, allGuesses, "", now.Add(-slowGuess)); err != nil || wrong == 0 {
		return nil, err
	}
	return fault.TooMuch("account.code.slow", "Seconds", int(slowGuess/time.Second)).At("code"), nil
}

// wrong counts a guess that was looked at and wrong.
func (t tries) wrong(tx *database.Tx, now time.Time) error {
	if err := insertTry(tx, codeGuesses, string(t.code), now); err != nil {
		return err
	}
	if err := insertTry(tx, guesses, t.account, now); err != nil || t.known {
		return err
	}
	return insertTry(tx, allGuesses, "", now)
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
func digits(secret []byte, id CodeID) string {
	sum := keyed(secret, "code", string(id))
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(sum)%1_000_000)
}

// subject stands for an address in what is counted, so that no list of who tried remains.
func (s *Service) subject(kind, address string) string {
	return hex.EncodeToString(keyed(s.secrets[0], "subject "+kind, address))
}

func keyed(secret []byte, purpose, text string) []byte {
	h := hmac.New(sha256.New, secret)
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
