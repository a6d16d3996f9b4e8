package web

import (
	"io/fs"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// kinds are the media types of what the build makes; the tables of a machine differ.
var kinds = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".json": "application/json",
	".svg": "image/svg+xml; charset=utf-8", ".png": "image/png", ".woff2": "font/woff2",
}

// ofPages are headers that mean nothing beside a style, a script or a font: a quarter of a kilobyte for each.
var ofPages = []string{"Cross-Origin-Opener-Policy", "Permissions-Policy", "Referrer-Policy"}

// alone is what a style, a script or a font may do when somebody opens it as if it were a page: nothing. The
// policy of pages would be another quarter of a kilobyte.
const alone = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"

// Assets answers with what the frontend's build made: compressed as the browser likes best, and
// to be kept for ever when the name holds a hash of the content.
func Assets(files fs.FS) fiber.Handler {
	return func(c *fiber.Ctx) error {
		name := strings.TrimPrefix(c.Path(), "/")
		kind := kinds[path.Ext(name)]
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
			if path.Ext(name) != ".svg" { // a page that the browser may show by itself
				for _, header := range ofPages {
					c.Response().Header.Del(header)
				}
				c.Set(fiber.HeaderContentSecurityPolicy, alone)
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
