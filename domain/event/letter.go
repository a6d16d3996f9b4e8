package event

// LetterPosted: a letter lies in the outbox and can be sent.
type LetterPosted struct {
	Letter string `json:"letter"`
}

func (LetterPosted) Name() string { return "letter_posted" }

// TestLetterAsked: an administrator wants to see whether letters go out.
type TestLetterAsked struct {
	Person string `json:"person"`
}

func (TestLetterAsked) Name() string { return "test_letter_asked" }
