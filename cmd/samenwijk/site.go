package main

import (
	"errors"
	"fmt"
	"io"
	netmail "net/mail"
	"os"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"samenwijk/domain/account"
	"samenwijk/domain/fault"
	"samenwijk/server/home"
	"samenwijk/server/ui"
)

// What the settings of a network itself may hold.
const (
	maxSiteName    = 40
	maxSiteLine    = 200
	maxPrivacyText = 64 << 10
)

var phoneLike = regexp.MustCompile(`^\+?[0-9][0-9 ()-]{7,24}$`)

// own is what makes an installation the network's own, read and checked.
type own struct {
	site    ui.Site
	files   []home.File
	privacy string
}

// own reads the settings of the network itself. Each that is wrong is an error that says what to do.
func (c Config) own(demonstration bool) (own, error) {
	sender, err := netmail.ParseAddress(c.MailFrom)
	if err != nil {
		return own{}, fmt.Errorf("SAMENWIJK_MAIL_FROM is not an address: %w", err)
	}
	o := own{site: ui.Site{
		Name: c.Name, Contact: ui.Contact{Name: c.ContactName, Phone: c.ContactPhone, Email: c.ContactEmail},
		Controller: c.Controller, DataOfficer: c.DataOfficer, Colour: c.Colour,
	}}
	if demonstration && c.ContactName == "" && c.ContactPhone == "" && c.ContactEmail == "" {
		o.site.Contact = ui.Contact{Name: "Servicepunt van de demonstratie", Phone: "06 12 34 56 78", Email: "servicepunt@voorbeeld.test"}
	}
	if o.site.Contact.Email == "" {
		o.site.Contact.Email = sender.Address
	}
	return o, errors.Join(
		oneLine("SAMENWIJK_NAME", c.Name, maxSiteName), oneLine("SAMENWIJK_CONTACT_NAME", c.ContactName, maxSiteName),
		oneLine("SAMENWIJK_CONTROLLER", c.Controller, maxSiteLine), oneLine("SAMENWIJK_DATA_OFFICER", c.DataOfficer, maxSiteLine),
		o.checkContact(c), o.readColour(c.Colour), o.readLogo(c.Logo), o.readPrivacy(c.PrivacyText),
	)
}

func oneLine(setting, text string, most int) error {
	switch {
	case text == "":
		return nil
	case fault.Blank(text):
		return fmt.Errorf("%s shows nothing: fill it in, or leave it out", setting)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return fmt.Errorf("%s must be one line of plain text", setting)
	case utf8.RuneCountInString(text) > most:
		return fmt.Errorf("%s has %d characters: make it %d at most", setting, utf8.RuneCountInString(text), most)
	}
	return nil
}

func (o *own) checkContact(c Config) error {
	if c.ContactPhone != "" && !phoneLike.MatchString(c.ContactPhone) {
		return fmt.Errorf("SAMENWIJK_CONTACT_PHONE is %q; it must look like 06 12 34 56 78 or +31 6 12345678", c.ContactPhone)
	}
	if c.ContactEmail == "" {
		return nil
	}
	address, mistake := account.CleanEmail(c.ContactEmail)
	if mistake != nil {
		return fmt.Errorf("SAMENWIJK_CONTACT_EMAIL is %q; it must look like help@example.org", c.ContactEmail)
	}
	o.site.Contact.Email = address
	return nil
}

func (o *own) readColour(colour string) error {
	if colour == "" {
		return nil
	}
	sheet, err := home.Theme(colour)
	if err != nil {
		return fmt.Errorf("SAMENWIJK_COLOUR: %w", err)
	}
	f := home.File{Kind: "text/css; charset=utf-8", Content: []byte(sheet)}
	o.files, o.site.Theme = append(o.files, f), f.Address()
	return nil
}

// readOwn reads a file that a setting names, and not more than most bytes of it.
func readOwn(setting, name string, most int64) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: name a file that samenwijk may read, or leave the setting out", setting, err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, fmt.Errorf("%s: read %s: %w", setting, name, err)
	}
	if int64(len(content)) > most {
		return nil, fmt.Errorf("%s: %s has more than %d KB: make it smaller", setting, name, most>>10)
	}
	return content, nil
}

func (o *own) readLogo(name string) error {
	if name == "" {
		return nil
	}
	content, err := readOwn("SAMENWIJK_LOGO", name, home.MaxLogoBytes)
	if err != nil {
		return err
	}
	kind, err := home.Logo(content)
	if err != nil {
		return fmt.Errorf("SAMENWIJK_LOGO: %s cannot be the logo: %w", name, err)
	}
	f := home.File{Kind: kind, Content: content}
	o.files, o.site.Logo = append(o.files, f), f.Address()
	return nil
}

func (o *own) readPrivacy(name string) error {
	if name == "" {
		return nil
	}
	content, err := readOwn("SAMENWIJK_PRIVACY_TEXT", name, maxPrivacyText)
	if err != nil {
		return err
	}
	if o.privacy = string(content); !utf8.Valid(content) || fault.Blank(o.privacy) {
		return fmt.Errorf("SAMENWIJK_PRIVACY_TEXT: %s must be a text in Markdown, in UTF-8", name)
	}
	return nil
}
