package web

import (
	"io/fs"
	"mime"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// Assets answers with what the frontend's build made: compressed as the browser likes best, and
// to be kept for ever when the name holds a hash of the content.
func Assets(files fs.FS) fiber.Handler {
	return func(c *fiber.Ctx) error {
		name := strings.TrimPrefix(c.Path(), "/")
		kind := mime.TypeByExtension(path.Ext(name))
		if kind == "" || !fs.ValidPath(name) {
			return NotFound(c)
		}
		encodings := []struct{ name, suffix string }{{"", ""}}
		accepted := c.Get(fiber.HeaderAcceptEncoding)
		if strings.Contains(accepted, "gzip") {
			encodings = append(encodings, struct{ name, suffix string }{"gzip", ".gz"})
		}
		if strings.Contains(accepted, "br") {
			encodings = append(encodings, struct{ name, suffix string }{"br", ".br"})
		}
		for i := len(encodings) - 1; i >= 0; i-- {
			content, err := fs.ReadFile(files, name+encodings[i].suffix)
			if err != nil {
				continue
			}
			c.Set(fiber.HeaderContentType, kind)
			c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
			c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
			if encodings[i].name != "" {
				c.Set(fiber.HeaderContentEncoding, encodings[i].name)
			}
			return c.Send(content)
		}
		return NotFound(c)
	}
}
