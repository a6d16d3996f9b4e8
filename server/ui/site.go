package ui

import (
	"context"
	"strings"
)

// Site is what makes an installation the network's own. The zero value is Samenwijk as it comes.
type Site struct {
	Name        string // of the network
	Contact     Contact
	Controller  string // who decides about what is kept of people, and where they can be found (GDPR, article 13)
	DataOfficer string // the data protection officer, and how to reach them; empty when there is none
	Logo        string // the address of a picture in the place of ours
	Theme       string // the address of a style sheet with the network's colours
	Colour      string // the main one, for letters
	MailKept    bool   // there is no mail server: letters are kept, and nobody gets one by itself
}

// Contact is whom people ask for help: a role, not a person.
type Contact struct{ Name, Phone, Email string }

// Tel is the address of a telephone number.
func (c Contact) Tel() string { return tel(c.Phone) }

// OnOneLine keeps the parts of a telephone number or an address together.
func OnOneLine(text string) string { return strings.ReplaceAll(text, " ", "\u00a0") }

// ownName is how a network is called that has no name of its own.
const ownName = "Samenwijk"

func (s Site) name() string {
	if s.Name == "" {
		return ownName
	}
	return s.Name
}

// MainColour is that of links and buttons, where no style sheet is read.
func (s Site) MainColour() string {
	if s.Colour == "" {
		return "#0A5A66"
	}
	return s.Colour
}

type siteKey struct{}

// WithSite gives the components of pages and letters what they must know about the installation.
func WithSite(ctx context.Context, s Site) context.Context {
	return context.WithValue(ctx, siteKey{}, s)
}

// SiteOf returns what WithSite stored.
func SiteOf(ctx context.Context) Site {
	s, _ := ctx.Value(siteKey{}).(Site)
	return s
}

// tel writes a telephone number as the address that dials it.
func tel(number string) string {
	dialled := make([]rune, 0, len(number))
	for i, r := range number {
		if r >= '0' && r <= '9' || r == '+' && i == 0 {
			dialled = append(dialled, r)
		}
	}
	return "tel:" + string(dialled)
}
