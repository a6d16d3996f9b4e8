package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
)

// csrfToken returns the token for the forms of one page. It belongs to the session; a visitor
// without one has no rights that another site could borrow, and gets a token that proves only that
// the form is ours. It is masked anew on each page, so that compression does not give it away.
func (w *Web) csrfToken(session string) string {
	proof := csrfProof(w.config.Secret, session)
	token := make([]byte, 2*len(proof))
	mask, masked := token[:len(proof)], token[len(proof):]
	_, _ = rand.Read(mask) // never fails (crypto/rand)
	subtle.XORBytes(masked, mask, proof)
	return base64.RawURLEncoding.EncodeToString(token)
}

func (w *Web) csrfValid(token, session string) bool {
	if len(token) > 100 {
		return false
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != 2*sha256.Size {
		return false
	}
	proof := make([]byte, sha256.Size)
	subtle.XORBytes(proof, raw[:sha256.Size], raw[sha256.Size:])
	for _, secret := range append([][]byte{w.config.Secret}, w.config.OlderSecrets...) {
		if hmac.Equal(proof, csrfProof(secret, session)) {
			return true
		}
	}
	return false
}

func csrfProof(secret []byte, session string) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("csrf\x00" + session))
	return h.Sum(nil)
}
