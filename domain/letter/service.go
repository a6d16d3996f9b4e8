package letter

import (
	"context"
	"fmt"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/event"
	"samenwijk/domain/fault"
)

// How long things are kept. The page about privacy says the same.
const (
	KeepSecret  = time.Hour           // content of a letter with a code
	KeepSealed  = 7 * 24 * time.Hour  // links in a letter that no mail server took
	KeepContent = 30 * 24 * time.Hour // address and content of any letter
	KeepTrace   = 365 * 24 * time.Hour
)

// claimFor is how long a sender has; after it another may try.
const claimFor = 2 * time.Minute

// Service is the outbox.
type Service struct {
	db     *database.DB
	seals  []seal // the newest first: it seals, all open
	budget Budget
	Now    func() time.Time
	// Demonstration shows whole letters in the outbox: all who get them are invented.
	Demonstration bool
}

// New opens the outbox in db. What the reader of a letter alone may use lies under the secret, so that
// neither the database nor a backup holds it; what an older secret sealed is still sent.
func New(db *database.DB, secret []byte, older ...[]byte) *Service {
	s := &Service{db: db, Now: database.Now, budget: NewBudget(secret)}
	for _, one := range append([][]byte{secret}, older...) {
		s.seals = append(s.seals, newSeal(one))
	}
	return s
}

// Post puts the letters about one event in the outbox, all or none; each is then sent. A letter
// for a reader who already has one about this event is left out, so posting again is harmless.
func (s *Service) Post(ctx context.Context, eventID string, letters []Letter) error {
	if len(letters) == 0 {
		return nil
	}
	return s.db.InTx(ctx, func(tx *database.Tx) error {
		for _, l := range letters {
			l.ID, l.EventID, l.State, l.CreatedAt = ID(database.NewID()), eventID, Waiting, s.Now()
			if err := l.check(); err != nil {
				return err
			}
			l, err := s.close(l)
			if err != nil {
				return err
			}
			isNew, err := insertOnce(tx, l)
			if err != nil {
				return fmt.Errorf("post a letter about event %s: %w", eventID, err)
			}
			if !isNew {
				continue
			}
			if err := event.Record(tx, event.LetterPosted{Letter: string(l.ID)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Take gives a waiting letter to one sender, for two minutes. It returns false when there is
// nothing to send: the letter is gone, its time is over, it has been sent, or somebody is at it.
func (s *Service) Take(ctx context.Context, id ID) (Letter, bool, error) {
	var l Letter
	var taken bool
	err := s.db.InTx(ctx, func(tx *database.Tx) error {
		now := s.Now()
		var err error
		if taken, err = claim(tx, id, now, now.Add(-claimFor)); err != nil || !taken {
			return err
		}
		if l, err = byID(tx, id); err != nil {
			return err
		}
		if l.Until != nil && now.After(*l.Until) {
			taken = false
			return s.end(tx, id, Late, "")
		}
		whole, ok := s.open(l)
		if !ok {
			taken = false
			return s.end(tx, id, Refused, Sealed.Reason(""))
		}
		l = whole
		return nil
	})
	return l, taken && err == nil, err
}

// End says what became of a letter that was taken. One that was sent, or that is of no use any more, loses at
// once what its reader alone may use; one that was refused does so later, for it can be sent again.
func (s *Service) End(ctx context.Context, id ID, state State, reason string) error {
	return s.db.InTx(ctx, func(tx *database.Tx) error { return s.end(tx, id, state, reason) })
}

func (s *Service) end(tx *database.Tx, id ID, state State, reason string) error {
	err := end(tx, id, state, reason, s.Now())
	switch {
	case err != nil || state == Kept:
		return err
	case state == Refused:
		return emptyCode(tx, id, s.Now())
	}
	return unseal(tx, id, s.Now())
}

// Return puts a letter that was taken back among those that wait, with what stood in the way.
func (s *Service) Return(ctx context.Context, id ID, reason string) error {
	return s.db.InTx(ctx, func(tx *database.Tx) error { return release(tx, id, reason) })
}

// PageSize is how many letters a page of the outbox shows.
const PageSize = 25

// List returns one page of the outbox without contents, the newest first, and how many there are.
func (s *Service) List(ctx context.Context, who access.Actor, page int) ([]Letter, int, error) {
	return s.list(ctx, who, page, false)
}

func (s *Service) list(ctx context.Context, who access.Actor, page int, troubled bool) ([]Letter, int, error) {
	if err := who.May(access.ReadOutbox, access.Scope{Audience: access.Members}); err != nil {
		return nil, 0, err
	}
	var letters []Letter
	var total int
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		letters, total, err = newest(tx, troubled, time.Time{}, PageSize, (max(page, 1)-1)*PageSize)
		return err
	})
	return letters, total, err
}

// Find returns one letter without what its reader alone may use.
func (s *Service) Find(ctx context.Context, who access.Actor, id ID) (Letter, error) {
	if err := who.May(access.ReadOutbox, access.Scope{Audience: access.Members}); err != nil {
		return Letter{}, err
	}
	var l Letter
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		l, err = byID(tx, id)
		return err
	})
	if s.Demonstration {
		if whole, ok := s.open(l); ok {
			return whole, err
		}
	}
	return l.forOthers(), err
}

// Whole returns the latest letter to an address with everything in it, for whoever runs the machine
// where no mail can be sent. Without one it is NotFound.
func (s *Service) Whole(ctx context.Context, address string) (Letter, error) {
	var l Letter
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		l, err = newestSealedTo(tx, address)
		return err
	})
	if err != nil {
		return Letter{}, err
	}
	whole, ok := s.open(l)
	if !ok {
		return Letter{}, fault.NotFound("letter.sealed")
	}
	return whole, nil
}

// batch is how many letters one transaction of Forget touches.
const batch = 500

// Forget removes what has been kept long enough: contents with codes after an hour, links in letters
// that were not sent after a week, addresses and contents after thirty days, and after a year also the
// trace that there was a letter.
func (s *Service) Forget(ctx context.Context) error {
	steps := []func(tx *database.Tx, now time.Time) (int64, error){
		func(tx *database.Tx, now time.Time) (int64, error) {
			return emptySecrets(tx, now.Add(-KeepSecret), now, batch)
		},
		func(tx *database.Tx, now time.Time) (int64, error) {
			return unsealOlder(tx, now.Add(-KeepSealed), now, batch)
		},
		func(tx *database.Tx, now time.Time) (int64, error) {
			return emptyOlder(tx, now.Add(-KeepContent), now, batch)
		},
		func(tx *database.Tx, now time.Time) (int64, error) {
			return removeOlder(tx, now.Add(-KeepTrace), batch)
		},
		func(tx *database.Tx, now time.Time) (int64, error) {
			return removeBudgets(tx, now.Add(-PerDay), batch)
		},
	}
	for _, step := range steps {
		for done := int64(batch); done == batch; {
			err := s.db.InTx(ctx, func(tx *database.Tx) (err error) {
				done, err = step(tx, s.Now())
				return err
			})
			if err != nil {
				return fmt.Errorf("empty old letters: %w", err)
			}
		}
	}
	return nil
}
