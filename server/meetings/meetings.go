// Package meetings shows meetings: the public page, registering without an account and without
// JavaScript, looking up, changing and cancelling by reference, and the lists of the organiser.
package meetings

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/meeting"
	"samenwijk/server/web"
)

// Config is what the room needs; all of it.
type Config struct {
	Meetings *meeting.Service
	Web      *web.Web
	// Workgroups returns the names of those of these workgroups that who may know of.
	Workgroups func(ctx context.Context, who access.Actor, ids []string) (map[string]string, error)
}

// Pages is the room. It is safe for concurrent use.
type Pages struct{ Config }

// New makes the room.
func New(config Config) *Pages { return &Pages{config} }

// Mount adds the routes.
func (p *Pages) Mount(r fiber.Router) {
	r.Get("/bijeenkomsten", p.list)
	r.Get("/bijeenkomsten/nieuw", p.planForm)
	r.Post("/bijeenkomsten/nieuw", p.plan)
	r.Get("/bijeenkomsten/:id", p.meeting)
	r.Get("/bijeenkomsten/:id/agenda.ics", p.calendar)
	r.Get("/bijeenkomsten/:id/aanmelden", p.registerForm)
	r.Post("/bijeenkomsten/:id/aanmelden", p.register)

	r.Get("/bijeenkomsten/:id/bewerken", p.editForm)
	r.Post("/bijeenkomsten/:id/bewerken", p.edit)
	r.Post("/bijeenkomsten/:id/openen", p.open)
	r.Post("/bijeenkomsten/:id/sluiten", p.close)
	r.Get("/bijeenkomsten/:id/verwijderen", p.removeForm)
	r.Post("/bijeenkomsten/:id/verwijderen", p.remove)
	r.Get("/bijeenkomsten/:id/afgelasten", p.callOffForm)
	r.Post("/bijeenkomsten/:id/afgelasten", p.callOff)
	r.Get("/bijeenkomsten/:id/lijst", p.attendance)
	r.Post("/bijeenkomsten/:id/lijst/intrekken", p.withdrawBurst)
	r.Post("/bijeenkomsten/:id/lijst/terugzetten", p.restoreBurst)
	r.Get("/bijeenkomsten/:id/lijst.csv", p.attendanceFile)
	r.Post("/bijeenkomsten/:id/plaatsen", p.setCapacity)
	r.Post("/bijeenkomsten/:id/inloop", p.walkIn)
	r.Post("/bijeenkomsten/:id/gebeld/:call", p.called)
	r.Get("/bijeenkomsten/:id/afmelden/:registration", p.cancelForForm)
	r.Post("/bijeenkomsten/:id/afmelden/:registration", p.cancelFor)

	r.Get("/aanmeldingen", p.askedReference)
	r.Post("/aanmeldingen", p.enterReference)
	r.Get("/aanmeldingen/open/:token", p.openLink)
	r.Get("/aanmeldingen/:registration", p.ticket)
	r.Get("/aanmeldingen/:registration/wijzigen", p.changeForm)
	r.Post("/aanmeldingen/:registration/wijzigen", p.change)
	r.Get("/aanmeldingen/:registration/afmelden", p.cancelForm)
	r.Post("/aanmeldingen/:registration/afmelden", p.cancel)
}

// Path is where the page of a meeting is, for links from other rooms.
func Path(id meeting.ID) string { return "/bijeenkomsten/" + string(id) }

// CallListPath is where who manages a meeting sees whom to call.
func CallListPath(id meeting.ID) string { return Path(id) + "/lijst#bellen" }

// planPath is where a meeting is planned.
const planPath = "/bijeenkomsten/nieuw"

// referencePath is where people enter the reference of their registration.
const referencePath = "/aanmeldingen"

func registrationPath(id meeting.RegistrationID) string { return referencePath + "/" + string(id) }

func linkPath(token meeting.Token) string { return referencePath + "/open/" + string(token) }

func idOf(c *fiber.Ctx) meeting.ID { return meeting.ID(web.ID(c, "id")) }

func registrationOf(c *fiber.Ctx) meeting.RegistrationID {
	return meeting.RegistrationID(web.ID(c, "registration"))
}
