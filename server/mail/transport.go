package mail

import (
	"context"

	"samenwijk/domain/letter"
)

// Transport brings letters away. Send says what became of one; an error means that another attempt
// may succeed. Neither the error nor the reason holds the address or anything of the letter.
type Transport interface {
	Send(ctx context.Context, l letter.Letter) (Outcome, error)
}

// Outcome is what became of a letter: sent, kept or refused.
type Outcome struct {
	State  letter.State
	Reason string
}

// OutboxOnly leaves letters in the outbox, where an administrator reads them: for an installation
// without a mail server, and for the demonstration.
type OutboxOnly struct{}

func (OutboxOnly) Send(context.Context, letter.Letter) (Outcome, error) {
	return Outcome{State: letter.Kept}, nil
}
