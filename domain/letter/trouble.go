package letter

import (
	"slices"
	"strings"
)

// Trouble is why a letter did not go out, as far as somebody can mend it.
type Trouble string

const (
	NoSuchServer   Trouble = "name"        // no computer has the name of the mail server
	NotListening   Trouble = "connection"  // nothing answers at its port
	Silent         Trouble = "silent"      // it took the connection and then said nothing
	NoSecurity     Trouble = "security"    // it offers no encryption where we insist on it
	OtherSecurity  Trouble = "port"        // encryption begins in another way than at this port
	BadCertificate Trouble = "certificate" // its certificate is not to be trusted
	NoSignIn       Trouble = "no_sign_in"  // it lets nobody sign in over this connection
	SignInRefused  Trouble = "sign_in"     // it refuses the name or the password
	SignInWanted   Trouble = "wants_name"  // it takes letters only of who signed in
	SenderRefused  Trouble = "sender"      // it does not let us write as this sender
	RelayDenied    Trouble = "relay"       // it brings letters only to its own addresses
	NoSuchReader   Trouble = "recipient"   // it refuses the address
	LetterRefused  Trouble = "content"     // it refuses the letter itself
	Later          Trouble = "later"       // it says to come back later
	Sealed         Trouble = "sealed"      // the secret is gone with which the letter was sealed
	BadAddress     Trouble = "address"     // no letter can be written to the address
	Unclear        Trouble = "unclear"
)

var troubles = []Trouble{
	NoSuchServer, NotListening, Silent, NoSecurity, OtherSecurity, BadCertificate, NoSignIn, SignInRefused, SignInWanted,
	SenderRefused, RelayDenied, NoSuchReader, LetterRefused, Later, Sealed, BadAddress, Unclear,
}

// Troubles are all that there are.
func Troubles() []Trouble { return slices.Clone(troubles) }

// AboutReader reports whether it is the address that is wrong, and not the way we send.
func (t Trouble) AboutReader() bool { return t == NoSuchReader || t == BadAddress }

// Reason is how a trouble is kept with a letter, beside the number that the mail server gave.
func (t Trouble) Reason(number string) string { return strings.TrimSpace(string(t) + " " + number) }

// Trouble returns what keeps the letter and the number that the mail server gave. Letters of an earlier
// version have words of that server, which are returned as the number.
func (l Letter) Trouble() (Trouble, string) {
	kind, number, _ := strings.Cut(l.Reason, " ")
	if slices.Contains(troubles, Trouble(kind)) {
		return Trouble(kind), number
	}
	return "", l.Reason
}

// Troubled reports whether the letter did not go out, or not yet, although somebody tried.
func (l Letter) Troubled() bool {
	return l.State == Refused || l.State == Late || l.State == Waiting && l.Reason != ""
}
