package letter

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"fmt"
)

// seal hides letters under a key that follows from a secret of the installation.
type seal struct{ cipher.AEAD }

func newSeal(secret []byte) seal {
	key, err := hkdf.Key(sha256.New, secret, nil, "samenwijk letter content", 32)
	if err != nil {
		panic(err) // 32 bytes is never too much to ask
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the key has 32 bytes
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return seal{aead}
}

// content is what of a letter is sealed.
type content struct{ Text, HTML, Calendar string }

// close puts the masked text in the place of the content, which is sealed for this letter alone. One in
// which nothing is masked stays as it is.
func (s *Service) close(l Letter) (Letter, error) {
	if l.Masked == "" {
		return l, nil
	}
	plain, err := json.Marshal(content{l.Text, l.HTML, l.Calendar})
	if err != nil {
		return l, fmt.Errorf("seal a letter: %w", err)
	}
	l.Sealed = s.seals[0].Seal(nil, nil, plain, []byte(l.ID))
	l.Text, l.HTML, l.Calendar = l.Masked, "", ""
	return l, nil
}

// open returns the letter as it is sent. It reports false when none of the secrets opens it, and when
// what was sealed is no longer there.
func (s *Service) open(l Letter) (Letter, bool) {
	if l.Sealed == nil {
		return l, true
	}
	for _, one := range s.seals {
		plain, err := one.Open(nil, nil, l.Sealed, []byte(l.ID))
		if err != nil {
			continue
		}
		var c content
		if err := json.Unmarshal(plain, &c); err != nil {
			return l, false
		}
		l.Text, l.HTML, l.Calendar, l.Sealed = c.Text, c.HTML, c.Calendar, nil
		return l, true
	}
	return l, false
}
