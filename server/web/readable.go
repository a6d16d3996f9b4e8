package web

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"samenwijk/domain/fault"
)

// maxID is longer than any id or token that stands in an address of ours.
const maxID = 100

// ID returns the part of the path with this name, an id or a token, or nothing when it holds what no id
// does. Nothing has that id, so whatever asks for it finds nothing.
func ID(c *fiber.Ctx, name string) string { return printable(c.Params(name), maxID) }

// AskedID returns an id from the query of the address, or nothing when it holds what no id does.
func AskedID(c *fiber.Ctx, name string) string { return printable(c.Query(name), maxID) }

// printable returns s when it is ASCII without spaces and not too long, otherwise nothing.
func printable(s string, max int) string {
	strange := func(r rune) bool { return r <= ' ' || r >= 0x7f }
	if len(s) > max || strings.ContainsFunc(s, strange) {
		return ""
	}
	return s
}

// Readable looks at an address before any room reads it. One of the databases answers bytes that are no
// text with an error, and no page of ours writes them: a path that holds some is nowhere, and out of a
// query they are taken; what is left of it is answered as if it had been typed. Of a path nothing is decoded:
// what stands there with a percent sign is the id of nothing.
func (w *Web) Readable(c *fiber.Ctx) error {
	if !readable(c.Request().URI().PathOriginal()) {
		return fault.NotFound("not_found")
	}
	args := c.Context().QueryArgs()
	for name, value := range args.All() {
		if !readable(name) || !readable(value) {
			makeReadable(args)
			break
		}
	}
	return c.Next()
}

func readable(text []byte) bool { return utf8.Valid(text) && bytes.IndexByte(text, 0) < 0 }

func makeReadable(args *fasthttp.Args) {
	var pairs [][2][]byte
	for name, value := range args.All() {
		pairs = append(pairs, [2][]byte{clean(name), clean(value)})
	}
	args.Reset()
	for _, pair := range pairs {
		args.AddBytesKV(pair[0], pair[1])
	}
}

// clean returns a copy without what is no text.
func clean(text []byte) []byte {
	return bytes.ReplaceAll(bytes.ToValidUTF8(text, nil), []byte{0}, nil)
}
