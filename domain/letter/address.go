package letter

import (
	"errors"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

var (
	// ErrAddress says that something is no mail address.
	ErrAddress = errors.New("this is no mail address")
	// ErrAddressLetters says that an address has letters before the @ that many mail servers refuse, and with which
	// look-alikes name somebody else.
	ErrAddressLetters = errors.New("this mail address has letters before the @ that not every mail server takes")
)

// maxAddress is the longest mail address there can be, in bytes (RFC 5321).
const maxAddress = 254

// registered reads the name of a domain as one that can be looked up.
var registered = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true), idna.Transitional(false))

// Address returns a mail address as letters are sent to it, in ASCII: the name of a domain in letters of any language
// becomes the name under which it is registered (RFC 5891). The rest stays as typed. The error is one of the two above.
func Address(typed string) (string, error) {
	typed = strings.TrimSpace(typed)
	local, domain, _ := strings.Cut(typed, "@")
	if !utf8.ValidString(typed) || len(typed) > maxAddress {
		return "", ErrAddress
	}
	if strings.ContainsFunc(domain, foreign) {
		var err error
		if mixed(domain) {
			return "", ErrAddress
		}
		if domain, err = registered.ToASCII(domain); err != nil {
			return "", ErrAddress
		}
	}
	if strings.ContainsFunc(local, foreign) {
		if _, err := mail.ParseAddress(local + "@" + domain); err == nil {
			return "", ErrAddressLetters
		}
		return "", ErrAddress
	}
	address := local + "@" + domain
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || len(address) > maxAddress || !strings.Contains(domain, ".") ||
		strings.ContainsFunc(address, unusual) {
		return "", ErrAddress
	}
	return address, nil
}

// Readable returns an address of Address with the name of its domain in the letters that people know.
func Readable(address string) string {
	local, domain, _ := strings.Cut(address, "@")
	if !strings.Contains(domain, "xn--") {
		return address
	}
	if said, err := idna.Display.ToUnicode(domain); err == nil {
		return local + "@" + said
	}
	return address
}

// mixed reports whether a part of the name of a domain has letters of alphabets that look alike, so that it looks like
// another name.
func mixed(domain string) bool {
	for label := range strings.SplitSeq(domain, ".") {
		alphabets := 0
		for _, alphabet := range []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek} {
			if strings.ContainsFunc(label, func(r rune) bool { return unicode.Is(alphabet, r) }) {
				alphabets++
			}
		}
		if alphabets > 1 {
			return true
		}
	}
	return false
}

func foreign(r rune) bool { return r > '~' }

func unusual(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"<>()[]\,;:`, r) }
