package meeting

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

// Token opens one registration to whoever has it: to see, change and cancel it. It stands in the
// link of a letter and in a cookie; the database keeps its hash alone.
type Token string

// keys are derived from the secret of the installation, one for each purpose.
type keys struct {
	support cipher.AEAD
	places  []byte
	token   []byte
}

func newKeys(secret []byte) keys {
	derive := func(purpose string) []byte {
		key, err := hkdf.Key(sha256.New, secret, nil, "samenwijk meeting "+purpose, 32)
		if err != nil {
			panic(err) // 32 bytes is never too much to ask
		}
		return key
	}
	block, err := aes.NewCipher(derive("support need"))
	if err != nil {
		panic(err) // the key has 32 bytes
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return keys{support: aead, places: derive("contact"), token: derive("token")}
}

// seal hides what somebody needs to take part. It can be opened for the same registration only.
func (k keys) seal(id RegistrationID, text string) []byte {
	if text == "" {
		return nil
	}
	return k.support.Seal(nil, nil, []byte(text), []byte(id))
}

// open reports false for what another secret sealed, or for another registration.
func (k keys) open(id RegistrationID, sealed []byte) (string, bool) {
	if len(sealed) == 0 {
		return "", true
	}
	text, err := k.support.Open(nil, nil, sealed, []byte(id))
	return string(text), err == nil
}

// tokenOf returns the token of a registration. It is derived and not drawn, so that each letter
// about the registration can hold the same link while nothing but a hash is kept.
func (k keys) tokenOf(id RegistrationID) Token {
	return Token(base64.RawURLEncoding.EncodeToString(k.sum(k.token, string(id))))
}

// ring holds the keys of each secret that the installation has or had, the newest first. The newest
// writes; all of them read.
type ring []keys

func newRing(secret []byte, older [][]byte) ring {
	r := ring{newKeys(secret)}
	for _, s := range older {
		r = append(r, newKeys(s))
	}
	return r
}

func (r ring) newest() keys { return r[0] }

// open reports false for what was sealed with a secret that is not there any more.
func (r ring) open(id RegistrationID, sealed []byte) (string, bool) {
	for _, k := range r {
		if text, ok := k.open(id, sealed); ok {
			return text, true
		}
	}
	return "", false
}

// tokenOf returns the token whose hash a registration has. It reports false when none of the secrets
// makes it, or the registration has none.
func (r ring) tokenOf(reg Registration) (Token, bool) {
	for _, k := range r {
		if t := k.tokenOf(reg.ID); reg.TokenHash != nil && t.hash() == *reg.TokenHash {
			return t, true
		}
	}
	return "", false
}

// hash is what the database keeps of a token.
func (t Token) hash() string {
	sum := sha256.Sum256([]byte(t))
	return hex.EncodeToString(sum[:])
}

func (keys) sum(key []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	for _, part := range parts {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return h.Sum(nil)
}

// NewIdempotencyKey returns a key for one form. A form that is sent twice carries the same.
func NewIdempotencyKey() string {
	b := make([]byte, 18)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

// validIdempotencyKey accepts only keys of the length we make, for a short one could be guessed, and
// whoever sends it again is shown the registration it made.
func validIdempotencyKey(key string) bool {
	raw, err := base64.RawURLEncoding.DecodeString(key)
	return err == nil && len(raw) == 18
}
