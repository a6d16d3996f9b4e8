package meeting

import (
	"context"
	"time"

	"samenwijk/domain/database"
)

// How long after a meeting what people told us is kept. The page about privacy and the form say
// the same.
const (
	KeepSupport = 7 * 24 * time.Hour
	KeepContact = 30 * 24 * time.Hour
)

const expireAtOnce = 500

// EraseSupport erases what people needed to take part, a week after the meeting, and returns for
// how many registrations. Running it again is harmless.
func (s *Service) EraseSupport(ctx context.Context) (int, error) {
	return s.inBatches(ctx, func(tx *database.Tx) (int, error) {
		return eraseSupport(tx, s.Now().Add(-KeepSupport), expireAtOnce)
	})
}

// Anonymise erases who came, 30 days after the meeting, and returns for how many registrations. The
// numbers of people stay. Running it again is harmless.
func (s *Service) Anonymise(ctx context.Context) (int, error) {
	return s.inBatches(ctx, func(tx *database.Tx) (int, error) {
		return anonymise(tx, s.Now().Add(-KeepContact), s.Now(), expireAtOnce)
	})
}

func (s *Service) inBatches(ctx context.Context, expire func(tx *database.Tx) (int, error)) (int, error) {
	total := 0
	for {
		n := 0
		err := s.db.InTx(ctx, func(tx *database.Tx) (err error) {
			n, err = expire(tx)
			return err
		})
		if err != nil || n == 0 {
			return total, err
		}
		total += n
	}
}

// Recount compares the counted seats with the registrations that hold them and returns where they
// differ, which should be nowhere. It repairs nothing: a difference is a fault of ours to find.
func (s *Service) Recount(ctx context.Context) ([]Drift, error) {
	var drift []Drift
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		drift, err = drifted(tx)
		return err
	})
	return drift, err
}
