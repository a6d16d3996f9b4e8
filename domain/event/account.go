package event

// SignInAsked: somebody asked for a code to sign in. It is recorded whether the address is known or
// not; the code itself is not in it.
type SignInAsked struct {
	Code string `json:"code"` // the id of the request
}

func (SignInAsked) Name() string { return "sign_in_asked" }

// PersonAdded: somebody was given an account by somebody else.
type PersonAdded struct {
	Person string `json:"person"`
	By     string `json:"by"`
}

func (PersonAdded) Name() string { return "person_added" }

// AddressChanged: a person signs in with another address than before.
type AddressChanged struct {
	Change string `json:"change"`
}

func (AddressChanged) Name() string { return "address_changed" }

// AddressReported: whoever had the former address said that the change was wrong.
type AddressReported struct {
	Change string `json:"change"`
}

func (AddressReported) Name() string { return "address_reported" }

// RolesChanged: what a person may do in the network has changed.
type RolesChanged struct {
	Person string `json:"person"`
}

func (RolesChanged) Name() string { return "roles_changed" }

// SessionsEnded: a person signed out, in one browser or, when Session is empty, in all of them.
type SessionsEnded struct {
	Person  string `json:"person"`
	Session string `json:"session"`
}

func (SessionsEnded) Name() string { return "sessions_ended" }

// TokenMade: a person made a token for a script of theirs.
type TokenMade struct {
	Token  string `json:"token"`
	Person string `json:"person"`
}

func (TokenMade) Name() string { return "token_made" }

// TokensRevoked: one or all tokens of a person work no longer, because somebody said so.
type TokensRevoked struct {
	Person string `json:"person"`
	By     string `json:"by"`
}

func (TokensRevoked) Name() string { return "tokens_revoked" }
