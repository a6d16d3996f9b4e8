package meeting

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/letter"
)

// RegistrationID identifies a registration. Whoever knows it knows nothing yet; see Token.
type RegistrationID string

// State is what a registration gives.
type State string

const (
	Confirmed State = "confirmed" // a seat for each of the people
	Waiting   State = "waiting"   // a place on the waiting list
	Withdrawn State = "cancelled"
)

// Channel is how somebody wants to hear from us. There is one, and it may be none.
type Channel string

const (
	TextMessage Channel = "text"
	Call        Channel = "call"
	Email       Channel = "email"
	None        Channel = "none" // looks at the page or asks at the desk
)

// Channels are in the order in which pages list them.
var Channels = []Channel{TextMessage, Call, Email, None}

// Origin says who made a registration.
type Origin string

const (
	Self   Origin = "self"
	Helper Origin = "helper"  // somebody else did it for them
	WalkIn Origin = "walk_in" // came to the door without
)

// Registration is one person, or one person with company, who comes to a meeting.
type Registration struct {
	ID             RegistrationID `gorm:"primaryKey"`
	MeetingID      ID
	QuotaID        QuotaID
	Number         int // in order of arrival within the meeting, without gaps
	State          State
	Origin         Origin
	Name           string
	Channel        Channel
	Contact        string // a telephone number as +31612345678, an e-mail address, or nothing
	People         int
	Support        []byte // what they need to take part, sealed
	SupportConsent *time.Time
	Helper         string          // the name of who registered them
	RegisteredBy   access.PersonID // who that was, when signed in
	Language       string
	Reference      *string
	ReferenceKey   *string
	TokenHash      *string
	IdempotencyKey *string
	RegisteredAt   time.Time
	CameFrom       *string // stands for the place on the internet of a visitor; see Burst
	WithdrawnWith  *string // the id of what withdrew it together with others, while that can be undone
	PromotedAt     *time.Time
	CancelledAt    *time.Time
	AnonymisedAt   *time.Time

	// Unwritten says of a registration that was just made or changed that no letter goes to its address, which
	// had enough of them today.
	Unwritten bool `gorm:"-"`
}

// TableName tells gorm where registrations lie.
func (Registration) TableName() string { return "meeting_registrations" }

// Active reports whether the registration still gives a seat or a place on the list.
func (r Registration) Active() bool { return r.State == Confirmed || r.State == Waiting }

// SayableReference returns the reference as it is said on the phone, or nothing once it was erased.
func (r Registration) SayableReference() string {
	if r.Reference == nil {
		return ""
	}
	return *r.Reference
}

// Input is what somebody fills in to register, or to change it later.
type Input struct {
	Name    string
	Channel Channel
	Phone   string
	Email   string
	People  int
	Support string // what they need to take part; kept only with SupportConsent
	// SupportConsent says that we may keep Support until a week after the meeting.
	SupportConsent bool
	// ForgetSupport removes what was written earlier and can no longer be read; without it that stays, unless
	// Support says it anew.
	ForgetSupport bool
	Helper        string // the name of whoever fills it in for somebody else; empty otherwise
	Language      string
	From          string // where the request came from, an address of the network: it is counted and not kept

	quiet bool // no letter: the address had enough of them
}

// Limits of what somebody fills in.
const (
	MaxName    = 80
	MaxSupport = 500
	MaxPeople  = 10 // who come with more, call: the organiser can prepare for them
)

// Check puts the input in the form in which it is kept and returns everything that is wrong, each
// mistake at its field.
func (in Input) Check() (Input, error) {
	var m fault.Mistakes
	in.Name = strings.Join(strings.Fields(in.Name), " ")
	in.Helper = strings.Join(strings.Fields(in.Helper), " ")
	in.Support = strings.TrimSpace(in.Support)
	m.Add(checkName(in.Name, "name", "meetings.mistake.name"))
	if in.Helper != "" {
		m.Add(checkName(in.Helper, "helper", "meetings.mistake.name"))
	}
	if !slices.Contains(Channels, in.Channel) {
		m.Add(fault.Invalid("meetings.mistake.channel").At("channel"))
	}
	var wrong *fault.Fault
	switch in.Channel {
	case TextMessage, Call:
		in.Email = ""
		in.Phone, wrong = phone(in.Phone)
		m.Add(wrong)
	case Email:
		in.Phone = ""
		in.Email, wrong = email(in.Email)
		m.Add(wrong)
	default:
		in.Phone, in.Email = "", ""
	}
	if in.People < 1 || in.People > MaxPeople {
		m.Add(fault.Invalid("meetings.mistake.people", "Max", MaxPeople).At("people"))
	}
	m.Add(notLonger(in.Support, "support", MaxSupport))
	if in.Support != "" && !in.SupportConsent {
		m.Add(fault.Invalid("meetings.mistake.support_consent").At("support_consent"))
	}
	if in.Support == "" {
		in.SupportConsent = false
	}
	if in.Language != "en" {
		in.Language = "nl"
	}
	return in, m.Err()
}

func checkName(name, field, missing string) *fault.Fault {
	switch {
	case name == "":
		return fault.Invalid(missing).At(field)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return fault.Invalid("web.field.unreadable").At(field)
	case !strings.ContainsFunc(name, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }):
		return fault.Invalid("meetings.mistake.name_letters").At(field)
	case !letter.PlainName(name):
		return fault.Invalid("meetings.mistake.name_plain").At(field)
	case !strings.ContainsFunc(name, unicode.IsLetter):
		return fault.Invalid("meetings.mistake.name_letters").At(field)
	}
	return notLonger(name, field, MaxName)
}

// phone reads a telephone number as people here write it; a number of another country needs its +.
func phone(typed string) (string, *fault.Fault) {
	if strings.TrimSpace(typed) == "" {
		return "", fault.Invalid("meetings.mistake.phone_missing").At("phone")
	}
	if len(typed) > 40 || strings.ContainsFunc(typed, unicode.IsLetter) {
		return typed, fault.Invalid("meetings.mistake.phone").At("phone")
	}
	number, err := phonenumbers.Parse(typed, "NL")
	if err != nil || !phonenumbers.IsValidNumber(number) {
		return typed, fault.Invalid("meetings.mistake.phone").At("phone")
	}
	return phonenumbers.Format(number, phonenumbers.E164), nil
}

// email reads a mail address; see letter.Address.
func email(typed string) (string, *fault.Fault) {
	if strings.TrimSpace(typed) == "" {
		return "", fault.Invalid("meetings.mistake.email_missing").At("email")
	}
	address, err := letter.Address(typed)
	switch {
	case errors.Is(err, letter.ErrAddressLetters):
		return typed, fault.Invalid("meetings.mistake.email_letters").At("email")
	case err != nil:
		return typed, fault.Invalid("meetings.mistake.email").At("email")
	}
	return address, nil
}

// contact returns the one address that belongs to the channel.
func (in Input) contact() string {
	if in.Channel == Email {
		return in.Email
	}
	return in.Phone
}

// CallID identifies an entry of the call list.
type CallID string

// Reason says why somebody must be called.
type Reason string

const (
	BecausePromoted  Reason = "promoted"
	BecauseChanged   Reason = "changed"
	BecauseCancelled Reason = "cancelled"
)

// PhoneCall is news that a person of ours passes on by telephone or text message, and whether that
// was done.
type PhoneCall struct {
	ID             CallID `gorm:"primaryKey"`
	MeetingID      ID
	RegistrationID RegistrationID
	Reason         Reason
	AskedAt        time.Time
	DoneAt         *time.Time
	DoneBy         access.PersonID
}

// TableName tells gorm where the call list lies.
func (PhoneCall) TableName() string { return "meeting_calls" }
