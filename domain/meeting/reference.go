package meeting

import (
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"math/big"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

//go:embed words.txt
var wordList string

// words are short Dutch words that are hard to mishear on the phone; no two sound alike.
var words = sync.OnceValue(func() []string { return strings.Fields(wordList) })

// newReference returns two words and two digits, such as "tulp-ladder-42": about a hundred million
// possibilities. It is easy to say, and guessing is held up: see ByReference.
func newReference() string {
	list := words()
	return list[random(len(list))] + "-" + list[random(len(list))] + "-" + strconv.Itoa(10+random(90))
}

func random(n int) int {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return int(i.Int64())
}

// referenceKey is what counts of a reference as somebody typed it: letters and digits. Capitals,
// spaces and hyphens make no difference.
func referenceKey(typed string) string {
	if len(typed) > 100 {
		return ""
	}
	return strings.Map(func(c rune) rune {
		c = unicode.ToLower(c)
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, typed)
}

// How many wrong references are taken in one period from one place. Places do not hold each other up:
// else anybody could keep everybody out.
const (
	guessPeriod  = 15 * time.Minute
	guessesEach  = 10
	factDigits   = 4 // of a telephone number
	maxFactTyped = 200
)

// ReferenceGuesses is how many wrong references came from one place since a moment. All nodes count
// in the same row.
type ReferenceGuesses struct {
	Place string `gorm:"primaryKey"` // stands for an address, which is not kept
	Since time.Time
	Wrong int
}

func (ReferenceGuesses) TableName() string { return "reference_guesses" }

// place stands for an address in what is counted.
func (k keys) place(from string) string { return hex.EncodeToString(k.sum(k.places, "place", from)) }

// knows reports whether fact is something that who made the registration knows: the whole name, or the
// last digits of the telephone number or the whole of it. Capitals, accents and spaces make no difference.
func (r Registration) knows(fact string) bool {
	if len(fact) > maxFactTyped {
		return false
	}
	if name := plainLetters(r.Name); name != "" && name == plainLetters(fact) {
		return true
	}
	if r.Channel != Call && r.Channel != TextMessage {
		return false
	}
	number, typed := onlyDigits(r.Contact), onlyDigits(fact)
	return len(number) > factDigits && (typed == number || typed == number[len(number)-factDigits:])
}

func plainLetters(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToLower(c)
		}
		return -1
	}, norm.NFD.String(s))
}

func onlyDigits(s string) string {
	return strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, s)
}
