package meeting

import (
	"crypto/rand"
	_ "embed"
	"math/big"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"samenwijk/domain/fault"
)

//go:embed words.txt
var wordList string

// words are short Dutch words that are hard to mishear on the phone; no two sound alike.
var words = sync.OnceValue(func() []string { return strings.Fields(wordList) })

// newReference returns two words and two digits, such as "tulp-ladder-42": about a hundred million
// possibilities. It is easy to say, and guessing is held up by guesses.
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

// How many wrong references are taken in one period, from one place and from everywhere together.
// Who has ten wrong has one chance in ten thousand to meet one of a thousand registrations.
const (
	guessPeriod  = 15 * time.Minute
	guessesEach  = 10
	guessesTotal = 300
	maxPlaces    = 10000
)

// guesses counts wrong references. The zero value is ready for use.
type guesses struct {
	mu    sync.Mutex
	since time.Time
	wrong map[string]int
	total int
}

// allowed returns nil while from may try another reference.
func (g *guesses) allowed(from string, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn(now)
	if g.wrong[from] >= guessesEach || g.total >= guessesTotal {
		left := g.since.Add(guessPeriod).Sub(now)
		return fault.TooMuch("meetings.mistake.too_many_guesses", "Minutes", int(left/time.Minute)+1).At("reference")
	}
	return nil
}

// missed notes a wrong reference.
func (g *guesses) missed(from string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn(now)
	g.total++
	if _, known := g.wrong[from]; known || len(g.wrong) < maxPlaces {
		g.wrong[from]++
	}
}

func (g *guesses) turn(now time.Time) {
	if g.wrong == nil || now.Sub(g.since) >= guessPeriod {
		g.since, g.wrong, g.total = now, map[string]int{}, 0
	}
}
