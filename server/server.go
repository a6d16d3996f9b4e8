// Package server builds the web application: the order in which a request passes the door, and who
// is mounted where.
package server

import (
	"context"
	"io/fs"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"

	"samenwijk/server/web"
)

// Room is a set of pages that mounts its own routes.
type Room interface{ Mount(r fiber.Router) }

// Config is what the application needs besides the rooms. Ready reports what keeps the program
// from doing its work; the balancer asks it.
type Config struct {
	Web            *web.Web
	Assets         fs.FS
	BodyLimit      int // bytes of one request
	TrustedProxies []string
	Ready          func(ctx context.Context) error
	Concern        func() error // said beside "ready"; may be nil
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
		EnableTrustedProxyCheck: true,
		TrustedProxies:          config.TrustedProxies,
		ProxyHeader:             fiber.HeaderXForwardedFor,
		ErrorHandler:            config.Web.Fail,
	})

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

	app.Use(config.Web.Headers)
	app.Get("/assets/*", web.Assets(config.Assets))
	app.Use(
		config.Web.Log,
		config.Web.Recover,
		config.Web.Readable,
		limitBody(config.BodyLimit),
		config.Web.Deadline,
		compress.New(compress.Config{Level: compress.LevelBestSpeed, Next: isUpgrade}),
		config.Web.Session,
		config.Web.SameSite,
	)
	app.Post("/taal", config.Web.ChooseLanguage)
	for _, room := range rooms {
		room.Mount(app)
	}
	app.Use(web.NotFound)
	return app
}

func limitBody(bytes int) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if len(c.Request().Body()) > bytes {
			return fiber.ErrRequestEntityTooLarge
		}
		return c.Next()
	}
}

// isUpgrade keeps the compressor away from a connection that becomes a websocket.
func isUpgrade(c *fiber.Ctx) bool { return c.Get(fiber.HeaderUpgrade) != "" }
