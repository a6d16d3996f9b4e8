package fault

// The codes of what a form can meet that is nobody's mistake, in whichever context it is sent.
const (
	codeUnchanged  = "web.unchanged"
	codeOvertaken  = "web.overtaken"
	codeSentBefore = "web.sent_before"
)

// Unchanged answers a form that asks for what is there already: nothing was written and nobody is told.
func Unchanged() *Fault { return Conflict(codeUnchanged) }

// IsUnchanged reports whether err says that nothing had to be changed.
func IsUnchanged(err error) bool { return Is(err, KindConflict, codeUnchanged) }

// Overtaken answers a form that was filled in beside something that changed since: nothing of it was written.
func Overtaken() *Fault { return Conflict(codeOvertaken) }

// IsOvertaken reports whether err says that somebody changed the thing first.
func IsOvertaken(err error) bool { return Is(err, KindConflict, codeOvertaken) }

// SentBefore answers a form whose key made something before, with other content: what it holds now is kept nowhere.
func SentBefore() *Fault { return Conflict(codeSentBefore) }

// IsSentBefore reports whether err says that the key of a form was used for something else.
func IsSentBefore(err error) bool { return Is(err, KindConflict, codeSentBefore) }
