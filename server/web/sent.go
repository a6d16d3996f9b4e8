package web

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/fault"
)

// How much one form may hold, once decoded. The longest answer that a form of ours takes is 50,000
// characters, and the longest form has a box for each person in a room.
const (
	maxFields     = 2000
	maxFieldBytes = 256 << 10
)

// sentKey is the name under which a request carries the form that was read from it.
const sentKey = "web.sent"

// Plain refuses what somebody packed before anything unpacks it: a small body can hold a thousand times
// as much. No browser packs a form. It refuses what is larger than bytes, too.
func Plain(bytes int) fiber.Handler {
	return func(c *fiber.Ctx) error {
		for _, encoding := range c.Request().Header.PeekAll(fiber.HeaderContentEncoding) {
			if s := strings.TrimSpace(string(encoding)); s != "" && !strings.EqualFold(s, "identity") {
				return fault.Invalid("web.packed")
			}
		}
		if len(c.Request().Body()) > bytes {
			return fiber.ErrRequestEntityTooLarge
		}
		return c.Next()
	}
}

// Sent returns the value of one field of the form that was sent, the first when it is there more than
// once, or nothing; where more than one field matters, Decode reads them all. A form that cannot be
// read has no fields.
func Sent(c *fiber.Ctx, name string) string {
	sent, err := sentValues(c)
	if err != nil || len(sent[name]) == 0 {
		return ""
	}
	return sent[name][0]
}

// sentValues returns the fields of a URL-encoded or multipart form, which is read once in a request;
// files are not read here.
func sentValues(c *fiber.Ctx) (map[string][]string, error) {
	if sent, read := c.Locals(sentKey).(map[string][]string); read {
		return sent, nil
	}
	form := formReader{fields: map[string][]string{}}
	var err error
	if kind, params, _ := mime.ParseMediaType(c.Get(fiber.HeaderContentType)); kind == fiber.MIMEMultipartForm {
		err = form.multipart(c.Request().Body(), params["boundary"])
	} else if kind == fiber.MIMEApplicationForm {
		err = form.encoded(c)
	}
	if err != nil {
		return nil, err
	}
	c.Locals(sentKey, form.fields)
	return form.fields, nil
}

// formReader takes fields until they are too much.
type formReader struct{ fields map[string][]string }

func (f *formReader) add(name, value string) error {
	if len(name) > maxFieldBytes || len(value) > maxFieldBytes {
		return fault.TooMuch("web.too_large")
	}
	f.fields[name] = append(f.fields[name], value)
	return nil
}

func (f *formReader) encoded(c *fiber.Ctx) error {
	if bytes.Count(c.Request().Body(), []byte{'&'}) >= maxFields {
		return fault.TooMuch("web.too_many_fields")
	}
	for name, value := range c.Request().PostArgs().All() {
		if err := f.add(string(name), string(value)); err != nil {
			return err
		}
	}
	return nil
}

func (f *formReader) multipart(body []byte, boundary string) error {
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fault.Invalid("web.malformed").Because(err)
		}
		if n >= maxFields {
			return fault.TooMuch("web.too_many_fields")
		}
		if part.FormName() == "" || part.FileName() != "" {
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, maxFieldBytes+1))
		if err != nil {
			return fault.Invalid("web.malformed").Because(err)
		}
		if err := f.add(part.FormName(), string(value)); err != nil {
			return err
		}
	}
}
