// Package server builds the web application: the order in which a request passes the door, and who
// is mounted where.
package server

import (
	"bytes"
	"context"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"

	"samenwijk/server/ui"
	"samenwijk/server/web"
)

// Room is a set of pages that mounts its own routes.
type Room interface{ Mount(r fiber.Router) }

// Config is what the application needs besides the rooms. Ready reports what keeps the program
// from doing its work; the balancer asks it.
type Config struct {
	Web       *web.Web
	Assets    fs.FS
	BodyLimit int // bytes of one request
	Ready     func(ctx context.Context) error
	Concern   func() error // said beside "ready"; may be nil
}

// readAtMost says how many times the limit of one request is still read, so that who sends a little
// too much gets an answer: beyond it the connection is cut, which a browser shows as a broken site.
const readAtMost = 8

// New returns the application; nothing listens yet.
func New(config Config, rooms ...Room) *fiber.App {
	app := fiber.New(fiber.Config{
		AppName:                 "samenwijk",
		ServerHeader:            "",
		DisableStartupMessage:   true,
		Immutable:               true, // strings of a request outlive it: use cases keep them
		ReduceMemoryUsage:       true, // a websocket would keep the buffer of its request for as long as it is open
		CaseSensitive:           true,
		StrictRouting:           false,
		BodyLimit:               readAtMost * config.BodyLimit,
		ReadBufferSize:          16 << 10,
		ReadTimeout:             20 * time.Second,
		WriteTimeout:            60 * time.Second,
		IdleTimeout:             75 * time.Second,
		EnableTrustedProxyCheck: true, // and none is trusted: web.Address says where a request comes from
		ErrorHandler:            config.Web.Fail,

		DisablePreParseMultipartForm: true, // web reads forms, within limits
	})

	app.Use(config.Web.Headers)
	app.Get("/healthz", func(c *fiber.Ctx) error { return c.SendString("ok\n") })
	app.Get("/readyz", func(c *fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(c.UserContext(), 2*time.Second)
		defer cancel()
		if err := config.Ready(ctx); err != nil {
			return c.Status(fiber.StatusServiceUnavailable).SendString("not ready\n")
		}
		if config.Concern != nil {
			if err := config.Concern(); err != nil {
				return c.SendString("ready, but " + err.Error() + "\n")
			}
		}
		return c.SendString("ready\n")
	})

	app.Get("/assets/*", web.Assets(config.Assets))
	app.Use(
		endOfChunks,
		config.Web.Log,
		config.Web.Recover,
		config.Web.Readable,
		web.Plain(config.BodyLimit),
		config.Web.Deadline,
		compress.New(compress.Config{Level: compress.LevelBestSpeed, Next: isUpgrade}),
		config.Web.Session,
		config.Web.SameSite,
	)
	app.Post("/taal", config.Web.ChooseLanguage)
	for _, room := range rooms {
		room.Mount(app)
	}
	app.Use(above(app))
	return app
}

// above leads whoever opens an address that only takes forms to the page above it: who goes there loads a page anew that
// came back with mistakes, or chose another language on it. Any other address is not there.
func above(app *fiber.App) fiber.Handler {
	routes := sync.OnceValue(func() []fiber.Route { return app.GetRoutes(true) }) // when all rooms are in
	there := func(method, path string) bool {
		return slices.ContainsFunc(routes(), func(r fiber.Route) bool {
			return r.Method == method && r.Path != "/" && fiber.RoutePatternMatch(path, r.Path)
		})
	}
	return func(c *fiber.Ctx) error {
		path := strings.Clone(c.Path())
		if c.Method() != fiber.MethodGet || !there(fiber.MethodPost, path) {
			return web.NotFound(c)
		}
		for path != "" && !there(fiber.MethodGet, path) {
			path = path[:strings.LastIndexByte(path, '/')]
		}
		if path == "" {
			path = ui.HomePath
		}
		return web.GoTo(c, path)
	}
}

// endOfChunks closes the connection after a request that came in chunks (RFC 9112, 6.3): a proxy that thinks
// it was as long as another header says takes what follows for the rest of it. Forms of browsers come whole.
func endOfChunks(c *fiber.Ctx) error {
	raw := bytes.ToLower(c.Request().Header.RawHeaders()) // after reading, the header itself speaks of a length
	if name := []byte("transfer-encoding:"); bytes.HasPrefix(raw, name) || bytes.Contains(raw, append([]byte("\n"), name...)) {
		c.Context().SetConnectionClose()
	}
	return c.Next()
}

// isUpgrade keeps the compressor away from a connection that becomes a websocket.
func isUpgrade(c *fiber.Ctx) bool { return c.Get(fiber.HeaderUpgrade) != "" }
