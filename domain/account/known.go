package account

import (
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
)

// KnownBrowser is a browser in which a person once signed in. It opens nothing by itself: its guesses
// and requests for codes count apart from those of strangers, so that these lock nobody out.
type KnownBrowser struct {
	TokenHash string          `gorm:"primaryKey"`
	PersonID  access.PersonID `gorm:"primaryKey"` // more than one may use the same browser
	SeenAt    time.Time
}

const (
	BrowserKnown = 365 * 24 * time.Hour // after the last time that somebody signed in there

	maxKnown = 30 // of one person; the one of longest ago gives way
)

// know makes this the browser of in.Person, under a token that is new: one that somebody planted there
// is worth nothing. Who else signs in there stays known.
func (s *Service) know(tx *database.Tx, in *SignedIn, former string) error {
	in.Known = newToken()
	now := s.Now()
	if former != "" {
		if err := renameKnown(tx, hashToken(former), hashToken(in.Known)); err != nil {
			return err
		}
	}
	if err := insertKnown(tx, KnownBrowser{TokenHash: hashToken(in.Known), PersonID: in.Person.ID, SeenAt: now}); err != nil {
		return err
	}
	return keepNewestKnown(tx, in.Person.ID, maxKnown)
}

// triers returns who a try counts for: those who guess at this account in browsers that it does not
// know, as one, or this browser alone when the account knows it.
func (s *Service) triers(tx *database.Tx, owner *access.PersonID, subject, known string) (counted string, isKnown bool, err error) {
	var person access.PersonID // of nobody: the question is asked all the same
	if owner != nil {
		person = *owner
	}
	if isKnown, err = isKnownTo(tx, hashToken(known), person, s.Now().Add(-BrowserKnown)); err != nil || !isKnown {
		return subject, false, err
	}
	return s.subject("known", subject+hashToken(known)), true, nil
}
