package letter

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"time"

	"samenwijk/domain/database"
)

// How many letters people whom we do not know, or not by this address, let us write to addresses that nobody
// proved to have.
const (
	ToAddress = 5    // to one address, and about changes of one registration, in PerDay
	FromPlace = 60   // from one place on the internet, in PerHour
	About     = 1000 // about one meeting, in PerHour

	PerDay  = 24 * time.Hour
	PerHour = time.Hour
)

// Budget counts what is written to addresses that nobody proved to have. All nodes count in the same rows,
// in which the addresses themselves do not stand.
type Budget struct{ key []byte }

// NewBudget makes a budget whose counts belong to this secret.
func NewBudget(secret []byte) Budget {
	key, err := hkdf.Key(sha256.New, secret, nil, "samenwijk letter budget", 32)
	if err != nil {
		panic(err) // 32 bytes is never too much to ask
	}
	return Budget{key}
}

// BudgetRow is what was used of one budget since a moment.
type BudgetRow struct {
	Subject string `gorm:"primaryKey"`
	Since   time.Time
	Used    int
}

// TableName tells gorm where they lie.
func (BudgetRow) TableName() string { return "letter_budgets" }

// OfAddress uses up one letter to an address, and reports whether there was one left.
func (b Budget) OfAddress(tx *database.Tx, address string, now time.Time) (bool, error) {
	left, _, err := b.use(tx, "address", strings.ToLower(address), ToAddress, PerDay, now)
	return left, err
}

// OfPlace uses up one letter that a place on the internet asks for. When there was none left it returns
// when there will be.
func (b Budget) OfPlace(tx *database.Tx, place string, now time.Time) (left bool, again time.Time, err error) {
	return b.use(tx, "place", place, FromPlace, PerHour, now)
}

// OfRegistration uses up one letter that changing a registration asks for: each can go to another address.
func (b Budget) OfRegistration(tx *database.Tx, id string, now time.Time) (bool, error) {
	left, _, err := b.use(tx, "registration", id, ToAddress, PerDay, now)
	return left, err
}

// OfThing does so for what the letter is about, such as a meeting.
func (b Budget) OfThing(tx *database.Tx, id string, now time.Time) (left bool, again time.Time, err error) {
	return b.use(tx, "thing", id, About, PerHour, now)
}

func (b Budget) use(tx *database.Tx, kind, of string, limit int, window time.Duration, now time.Time) (bool, time.Time, error) {
	h := hmac.New(sha256.New, b.key)
	h.Write([]byte(kind + "\x00" + of))
	row, err := useBudget(tx, hex.EncodeToString(h.Sum(nil)), now, now.Add(-window))
	return row.Used <= limit, row.Since.Add(window), err
}

var (
	siteLike = regexp.MustCompile(`(?i)www\.|[\pL\d-]{2,}\.[\pL]{2,}`)
	longRun  = regexp.MustCompile(`\d(?:[ .-]?\d){4,}`)
)

// PlainName reports whether a name can stand in a letter to somebody who did not ask for it: one line
// without an address of a site, of mail or of a telephone.
func PlainName(name string) bool {
	return !strings.ContainsAny(name, "@/\\<>\r\n\u2028\u2029\u0085\v\f") && !siteLike.MatchString(name) && !longRun.MatchString(name)
}

// PlainText reports whether some lines of somebody's own can stand in a letter to somebody who did not ask for it:
// they hold no address of a site, of mail or of a telephone.
func PlainText(text string) bool {
	text = strings.Join(strings.Fields(text), " ") // a number may not hide in two lines
	return !strings.ContainsAny(text, "@\\<>") && !strings.Contains(text, "//") && !siteLike.MatchString(text) && !longRun.MatchString(text)
}
