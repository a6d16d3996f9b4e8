package letter

import (
	"context"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/event"
	"samenwijk/domain/fault"
)

// How often somebody can send the same again, and try whether letters go out.
const (
	maxAgain = 5  // times that one letter is sent again, in PerDay
	maxTests = 10 // test letters of one person, in PerHour
)

// troubleShown is how long Troubles counts a letter that did not go out.
const troubleShown = 7 * 24 * time.Hour

// PageOfTroubled is List with only the letters that did not go out, or not yet although somebody tried.
func (s *Service) PageOfTroubled(ctx context.Context, who access.Actor, page int) ([]Letter, int, error) {
	return s.list(ctx, who, page, true)
}

// Troubles returns how many letters of the last week did not go out, and the newest of them without its
// content; its ID is empty when there is none.
func (s *Service) Troubles(ctx context.Context, who access.Actor) (int, Letter, error) {
	if err := who.May(access.ReadOutbox, access.Scope{Audience: access.Members}); err != nil {
		return 0, Letter{}, err
	}
	var n int
	var last Letter
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		letters, total, err := newest(tx, true, s.Now().Add(-troubleShown), 1, 0)
		if n = total; len(letters) > 0 {
			last = letters[0]
		}
		return err
	})
	return n, last, err
}

// Again sends a letter once more that a mail server refused, that waits after a try, or that was kept while
// there was no mail server. What is in it is as it was; a letter of which something is gone is refused.
func (s *Service) Again(ctx context.Context, who access.Actor, id ID) error {
	if err := who.May(access.ReadOutbox, access.Scope{Audience: access.Members}); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx *database.Tx) error {
		l, err := byID(tx, id)
		if err != nil {
			return err
		}
		return s.again(tx, l)
	})
}

// AgainTo is Again for the last letter to one reader. It asks no right: that is for the context to which the
// letter belongs.
func (s *Service) AgainTo(ctx context.Context, reader string) error {
	return s.db.InTx(ctx, func(tx *database.Tx) error {
		found, err := lastTo(tx, []string{reader})
		if err != nil {
			return err
		}
		l, ok := found[reader]
		if !ok {
			return fault.Conflict("letter.again.waits")
		}
		return s.again(tx, l)
	})
}

// MayAgain reports whether Again takes the letter, apart from how often that was done.
func (s *Service) MayAgain(l Letter) bool { return s.refuseAgain(l) == nil }

func (s *Service) refuseAgain(l Letter) error {
	now := s.Now()
	switch {
	case l.State == Sent:
		return fault.Conflict("letter.again.sent")
	case l.State == Waiting && l.Reason == "":
		return fault.Conflict("letter.again.waits")
	case l.State == Late || l.Until != nil && now.After(*l.Until):
		return fault.Conflict("letter.again.late")
	case l.Secret || l.EmptiedAt != nil || now.Sub(l.CreatedAt) >= KeepSealed:
		return fault.Conflict("letter.again.gone") // after KeepSealed its links are gone
	}
	return nil
}

func (s *Service) again(tx *database.Tx, l Letter) error {
	if err := s.refuseAgain(l); err != nil {
		return err
	}
	left, _, err := s.budget.use(tx, "again", string(l.ID), maxAgain, PerDay, s.Now())
	if err != nil {
		return err
	}
	if !left {
		return fault.TooMuch("letter.again.often", "Max", maxAgain)
	}
	if err := waitAgain(tx, l.ID); err != nil {
		return err
	}
	return event.Record(tx, event.LetterPosted{Letter: string(l.ID)})
}

// LastTo returns the last letter to each of these readers, without its content. It asks no right: the caller
// shows only what its reader may see.
func (s *Service) LastTo(ctx context.Context, readers ...string) (found map[string]Letter, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		found, err = lastTo(tx, readers)
		return err
	})
	return found, err
}

// AskTest asks for a letter to who asks, to see whether letters go out.
func (s *Service) AskTest(ctx context.Context, who access.Actor) error {
	if err := who.May(access.ReadOutbox, access.Scope{Audience: access.Members}); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx *database.Tx) error {
		left, _, err := s.budget.use(tx, "test", string(who.ID), maxTests, PerHour, s.Now())
		if err != nil {
			return err
		}
		if !left {
			return fault.TooMuch("letter.test.often", "Max", maxTests)
		}
		return event.Record(tx, event.TestLetterAsked{Person: string(who.ID)})
	})
}
