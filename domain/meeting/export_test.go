package meeting

import (
	"context"

	"samenwijk/domain/database"
)

// WithoutGateAndLock makes the service count seats and then hand them out, as a program would that
// does not know better: without a line, and without locking what it counted.
func WithoutGateAndLock(s *Service) {
	s.hold = func(ctx context.Context, id ID, e *errand) error {
		var h *hall
		err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
			h, err = s.enter(tx, id, []*errand{e}, false)
			return err
		})
		if err != nil {
			return err
		}
		if err := e.do(h); err != nil {
			return err
		}
		return s.db.InTx(ctx, func(tx *database.Tx) error {
			h.tx = tx
			return h.leave()
		})
	}
}

// Words returns the words of references.
func Words() []string { return words() }
