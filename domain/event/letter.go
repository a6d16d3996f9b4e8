package event

// LetterPosted: a letter lies in the outbox and can be sent.
type LetterPosted struct {
	Letter string `json:"letter"`
}

func (LetterPosted) Name() string { return "letter_posted" }
