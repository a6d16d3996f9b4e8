package livedoc

import (
	"context"
	"fmt"
	"time"

	"samenwijk/domain/database"
)

// clearEvery is after how many tickets those that expired are forgotten.
const clearEvery = 100

// Redeem takes a ticket and reports whether nobody did so before, on any node. It is remembered
// until it expires; after that Redeem must not be asked about it.
func (l *Log) Redeem(ctx context.Context, ticket string, expires time.Time) (first bool, err error) {
	if l.redeemed.Add(1)%clearEvery == 0 {
		if err := l.db.InTx(ctx, func(tx *database.Tx) error { return deleteTickets(tx, database.Now()) }); err != nil {
			return false, fmt.Errorf("forget expired tickets: %w", err)
		}
	}
	err = l.db.InTx(ctx, func(tx *database.Tx) (err error) {
		first, err = insertTicket(tx, ticket, expires)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("redeem a ticket: %w", err)
	}
	return first, nil
}
