package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/event"
	"samenwijk/domain/fault"
	"samenwijk/domain/letter"
	"samenwijk/domain/livedoc"
)

// TokenID names a token; whoever knows it cannot use the token.
type TokenID string

// Token lets a script of a person take part in live documents, with at most the right the person
// has at that moment. What the script shows is a JWT that is signed with a key of the installation;
// of it only a hash is kept, so that neither the key nor the database is enough to make one.
type Token struct {
	ID         TokenID `gorm:"primaryKey"`
	PersonID   access.PersonID
	Name       string // that others see beside the person's
	Hash       string
	Writes     bool
	Everywhere bool         // in every document of the person; otherwise only in Scopes
	Scopes     []TokenScope `gorm:"-"`
	FormKey    string
	CreatedAt  time.Time
	ExpiresAt  time.Time
	UsedAt     *time.Time // to within ten minutes
}

// TokenEnd is what is left for a while of a token that ended before its time.
type TokenEnd struct {
	ID       TokenID `gorm:"primaryKey"`
	PersonID access.PersonID
	Name     string
	Why      What            // Withdrawn, or what ended all tokens of the person
	EndedBy  access.PersonID // empty when the machine or a former address did it
	EndedAt  time.Time
}

// TableName tells gorm where they lie.
func (TokenEnd) TableName() string { return "ended_tokens" }

// Withdrawn is why a token ended that somebody took back.
const Withdrawn What = "withdrawn"

// TokenScope is a document or a workgroup that a token reaches.
type TokenScope struct {
	TokenID TokenID   `gorm:"primaryKey"`
	Kind    ScopeKind `gorm:"primaryKey"`
	ScopeID string    `gorm:"primaryKey"`
}

// ScopeKind is what a TokenScope names.
type ScopeKind string

const (
	OneDocument  ScopeKind = "document" // by the id of its live document
	OneWorkgroup ScopeKind = "workgroup"
)

// Reaches reports whether the token may be used in a live document, which belongs to a workgroup.
func (t Token) Reaches(document, workgroup string) bool {
	return t.Everywhere || slices.ContainsFunc(t.Scopes, func(s TokenScope) bool {
		return s.Kind == OneDocument && s.ScopeID == document ||
			s.Kind == OneWorkgroup && s.ScopeID == workgroup && workgroup != ""
	})
}

// Over reports whether the token has run out.
func (t Token) Over(now time.Time) bool { return !now.Before(t.ExpiresAt) }

const (
	// MaxTokenDays is the longest that a token can work.
	MaxTokenDays = 180
	maxTokens    = 20 // of one person
	maxTokenName = 40
	maxScopes    = 50
	// tokenShown is how long a token that ran out stays in its owner's list.
	tokenShown = 30 * 24 * time.Hour

	tokenPurpose = "take part in live documents"
	tokenFor     = "samenwijk token"
	maxTokenText = 1024 // bytes, before anything is parsed
)

// tokenClaims is how a token travels. What it may do stands in the database, not in it.
type tokenClaims struct {
	jwt.RegisteredClaims
	Purpose string `json:"purpose"`
}

// TokenInput is what a person says of a token they want.
type TokenInput struct {
	Name       string
	Writes     bool
	Days       int // from now
	Everywhere bool
	Documents  []string // ids of live documents, when not everywhere
	Workgroups []string
	Key        string // of the form; the same key of the same person makes one token only
}

// NewFormKey returns a key for a form.
func NewFormKey() string { return database.NewID() }

// NewToken is a token with its text, which is never shown again.
type NewToken struct {
	Token
	Text string
}

// MakeToken makes a token for who. The same form sent twice is a conflict the second time: what the
// first made cannot be shown again.
func (s *Service) MakeToken(ctx context.Context, who access.Actor, in TokenInput) (NewToken, error) {
	if !who.SignedIn() {
		return NewToken{}, fault.Unauthenticated("sign_in_first")
	}
	name, scopes, err := in.check()
	if err != nil {
		return NewToken{}, err
	}
	var made NewToken
	err = s.db.InTx(ctx, func(tx *database.Tx) error {
		if err := lockPerson(tx, who.ID); err != nil { // two forms at once must not pass the limit together
			return err
		}
		has, err := tokensOf(tx, who.ID)
		if err != nil {
			return err
		}
		now := s.Now()
		works := 0
		for _, t := range has {
			if t.FormKey == in.Key && in.Key != "" {
				return fault.Conflict("account.token.made_before")
			}
			if !t.Over(now) {
				works++
			}
		}
		if works >= maxTokens {
			return fault.TooMuch("account.token.too_many", "Max", maxTokens)
		}
		made.Token = Token{
			ID: TokenID(database.NewID()), PersonID: who.ID, Name: name, Writes: in.Writes, Everywhere: in.Everywhere,
			FormKey: in.Key, CreatedAt: now, ExpiresAt: now.AddDate(0, 0, in.Days),
		}
		if made.FormKey == "" {
			made.FormKey = string(made.ID)
		}
		if made.Text, err = s.signToken(made.Token); err != nil {
			return err
		}
		made.Hash = hashToken(made.Text)
		for _, scope := range scopes {
			scope.TokenID = made.ID
			made.Scopes = append(made.Scopes, scope)
		}
		if err := insertToken(tx, made.Token); err != nil {
			return err
		}
		return event.Record(tx, event.TokenMade{Token: string(made.ID), Person: string(who.ID)})
	})
	return made, err
}

// Check finds what is wrong with in.
func (in TokenInput) Check() error {
	_, _, err := in.check()
	return err
}

// check returns the name and the scopes, or all that is wrong.
func (in TokenInput) check() (string, []TokenScope, error) {
	var mistakes fault.Mistakes
	name := oneLine(in.Name)
	switch {
	case fault.Blank(name):
		mistakes.Add(fault.Invalid("account.token.name_missing").At("name"))
	case utf8.RuneCountInString(name) > maxTokenName:
		mistakes.Add(fault.Invalid("account.token.name_too_long", "Max", maxTokenName).At("name"))
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		mistakes.Add(fault.Invalid("account.name.unreadable").At("name"))
	case !letter.PlainName(name):
		mistakes.Add(fault.Invalid("account.token.name_plain").At("name"))
	}
	if in.Days < 1 || in.Days > MaxTokenDays {
		mistakes.Add(fault.Invalid("account.token.days", "Max", MaxTokenDays).At("days"))
	}
	var scopes []TokenScope
	add := func(kind ScopeKind, ids []string) {
		for _, id := range ids {
			scope := TokenScope{Kind: kind, ScopeID: id}
			if id != "" && !slices.Contains(scopes, scope) {
				scopes = append(scopes, scope)
			}
		}
	}
	add(OneDocument, in.Documents)
	add(OneWorkgroup, in.Workgroups)
	switch {
	case in.Everywhere && len(scopes) > 0, len(scopes) > maxScopes:
		mistakes.Add(fault.Invalid("account.token.scope", "Max", maxScopes).At("scope"))
	case !in.Everywhere && len(scopes) == 0:
		mistakes.Add(fault.Invalid("account.token.scope_missing").At("scope"))
	}
	return name, scopes, mistakes.Err()
}

func tokenKey(secret []byte) []byte { return keyed(secret, "token", "") }

// tokenKeys are those by which a token may have been signed.
func (s *Service) tokenKeys(*jwt.Token) (any, error) {
	var keys jwt.VerificationKeySet
	for _, secret := range s.secrets {
		keys.Keys = append(keys.Keys, tokenKey(secret))
	}
	return keys, nil
}

func (s *Service) signToken(t Token) (string, error) {
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, tokenClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: s.Issuer, Audience: jwt.ClaimStrings{tokenFor}, Subject: rand.Text(), ID: string(t.ID),
			IssuedAt: jwt.NewNumericDate(t.CreatedAt), ExpiresAt: jwt.NewNumericDate(t.ExpiresAt),
		},
		Purpose: tokenPurpose,
	}).SignedString(tokenKey(s.secrets[0]))
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return text, nil
}

// UseToken returns the token that a script showed and notes that it was used. Whatever is wrong
// with it, the answer is the same fault.KindUnauthenticated.
func (s *Service) UseToken(ctx context.Context, text string) (Token, error) {
	refused := fault.Unauthenticated("account.token.refused")
	if text == "" || len(text) > maxTokenText {
		return Token{}, refused
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer(s.Issuer), jwt.WithAudience(tokenFor),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithStrictDecoding(), jwt.WithTimeFunc(s.Now),
	)
	var c tokenClaims
	if _, err := parser.ParseWithClaims(text, &c, s.tokenKeys); err != nil {
		return Token{}, refused.Because(err)
	}
	if c.Purpose != tokenPurpose || c.ID == "" {
		return Token{}, refused
	}
	t, err := s.token(ctx, TokenID(c.ID))
	if err != nil {
		return Token{}, err
	}
	if subtle.ConstantTimeCompare([]byte(t.Hash), []byte(hashToken(text))) != 1 {
		return Token{}, refused
	}
	now := s.Now()
	if t.UsedAt == nil || now.Sub(*t.UsedAt) >= seenEvery {
		// Committed before anybody is let in with it: whoever revokes the token sees that it was used.
		err = s.db.InTx(ctx, func(tx *database.Tx) error { return markTokenUsed(tx, t.ID, now) })
	}
	return t, err
}

func (s *Service) token(ctx context.Context, id TokenID) (Token, error) {
	var t Token
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		t, err = tokenByID(tx, id)
		return err
	})
	if fault.KindOf(err) == fault.KindNotFound || err == nil && t.Over(s.Now()) {
		return Token{}, fault.Unauthenticated("account.token.refused")
	}
	return t, err
}

// InToken returns the token as it is now, its owner and what they were granted. A token that has
// run out or was revoked is fault.KindUnauthenticated.
func (s *Service) InToken(ctx context.Context, id TokenID) (Token, Signed, error) {
	t, err := s.token(ctx, id)
	if err != nil {
		return Token{}, Signed{}, err
	}
	signed := Signed{Until: t.ExpiresAt}
	signed.Person, signed.Grants, err = s.WithGrants(ctx, t.PersonID)
	if err == nil && signed.Person.Blocked() {
		err = fault.Unauthenticated("account.token.refused")
	}
	return t, signed, err
}

// Tokens returns the tokens of a person, the newest first: one's own, or those of others for
// whoever manages people.
func (s *Service) Tokens(ctx context.Context, who access.Actor, person access.PersonID) ([]Token, error) {
	var tokens []Token
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		if err := s.mayHandleTokens(tx, who, person); err != nil {
			return err
		}
		tokens, err = tokensOf(tx, person)
		return err
	})
	return tokens, err
}

// EndedTokens returns the tokens of a person that ended before their time, the latest first, under the rule of
// Tokens, and the names of whoever ended them. They are forgotten as soon as tokens that ran out.
func (s *Service) EndedTokens(ctx context.Context, who access.Actor, person access.PersonID) (
	ends []TokenEnd, by map[access.PersonID]string, err error,
) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		if err := s.mayHandleTokens(tx, who, person); err != nil {
			return err
		}
		if ends, err = endedTokens(tx, person); err != nil {
			return err
		}
		ids := make([]access.PersonID, len(ends))
		for i, end := range ends {
			ids[i] = end.EndedBy
		}
		by, err = names(tx, ids)
		return err
	})
	return ends, by, err
}

// RevokeToken ends a token of a person: sockets that were opened with it are closed within moments,
// on every node, and nothing of theirs is stored any more.
func (s *Service) RevokeToken(ctx context.Context, who access.Actor, person access.PersonID, id TokenID) error {
	return s.db.InTx(ctx, func(tx *database.Tx) error {
		if err := s.mayHandleTokens(tx, who, person); err != nil {
			return err
		}
		removed, used, err := removeToken(tx, person, id, TokenEnd{Why: Withdrawn, EndedBy: who.ID, EndedAt: s.Now()})
		if err != nil {
			return err
		}
		if !removed {
			return fault.NotFound("account.token.gone")
		}
		return tokensRevoked(tx, person, used, who.ID)
	})
}

// TokenOwner returns whose token it is, for whoever runs the machine.
func (s *Service) TokenOwner(ctx context.Context, id TokenID) (access.PersonID, error) {
	var t Token
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		t, err = tokenByID(tx, id)
		return err
	})
	if fault.KindOf(err) == fault.KindNotFound {
		err = fault.NotFound("account.token.gone")
	}
	return t.PersonID, err
}

func (s *Service) mayHandleTokens(tx *database.Tx, who access.Actor, person access.PersonID) error {
	if !who.SignedIn() {
		return fault.Unauthenticated("sign_in_first")
	}
	if who.ID == person {
		return nil
	}
	if err := who.May(access.ManagePeople, network); err != nil {
		return err
	}
	if _, err := personByID(tx, person); err != nil {
		return err
	}
	return s.mayTouch(tx, who, person)
}

// tokensRevoked tells the rooms and the rest of the house. A token that was never used has nobody
// in any room.
func tokensRevoked(tx *database.Tx, person access.PersonID, used bool, by access.PersonID) error {
	if used {
		if err := livedoc.RevokeEverywhere(tx); err != nil {
			return err
		}
	}
	return event.Record(tx, event.TokensRevoked{Person: string(person), By: string(by)})
}
