package workgroup

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/letter"
)

// InvitationID identifies an invitation. It gives no right; the token does.
type InvitationID string

// State is what became of an invitation.
type State string

const (
	Open      State = "open"
	Accepted  State = "accepted"
	Declined  State = "declined"
	Withdrawn State = "withdrawn"
)

// Invitation asks whoever reads the mail of Address to become a member. It works once.
type Invitation struct {
	ID          InvitationID `gorm:"primaryKey"`
	WorkgroupID ID
	Address     string
	Role        access.Role
	TokenHash   string
	Message     string // in the words of whoever invites; stands in the letter
	Language    string // of the letter: "nl" or "en"
	State       State
	InvitedBy   access.PersonID
	FormKey     string
	InvitedAt   time.Time
	ExpiresAt   time.Time
	EndedAt     *time.Time
	PersonID    access.PersonID // who accepted; empty until then
}

// TableName tells gorm where invitations lie.
func (Invitation) TableName() string { return "workgroup_invitations" }

// InvitationLasts is how long an invitation can be answered.
const InvitationLasts = 14 * 24 * time.Hour

// MaxOpenInvitations keeps a group from being used to send mail to a whole list of addresses.
const MaxOpenInvitations = 50

// usable tells why an invitation can no longer be answered.
func (i Invitation) usable(now time.Time) error {
	switch {
	case i.State != Open:
		return fault.Conflict("workgroup.invitation." + string(i.State))
	case !now.Before(i.ExpiresAt):
		return fault.Conflict("workgroup.invitation.expired")
	}
	return nil
}

// token makes what the letter holds out of the id: the letter is written later, from the id alone,
// and the database keeps only a hash.
func token(secret []byte, id InvitationID) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("invitation\x00" + string(id)))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// language returns in which language a letter is written: Dutch, unless another is asked for.
func language(asked string) (string, *fault.Fault) {
	switch asked {
	case "":
		return "nl", nil
	case "nl", "en":
		return asked, nil
	}
	return "nl", fault.Invalid("account.language.unknown").At("language")
}

// address returns a mail address as it is kept, in small letters and in ASCII (letter.Address), or what is wrong with it.
func address(typed string) (string, *fault.Fault) {
	typed = strings.ToLower(strings.TrimSpace(typed))
	if typed == "" {
		return "", fault.Invalid("workgroup.email.missing").At("email")
	}
	kept, err := letter.Address(typed)
	switch {
	case errors.Is(err, letter.ErrAddressLetters):
		return "", fault.Invalid("workgroup.email.letters", "Typed", shown(typed)).At("email")
	case err != nil:
		return "", fault.Invalid("workgroup.email.wrong", "Typed", shown(typed)).At("email")
	}
	return kept, nil
}
