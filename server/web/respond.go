package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/a-h/templ"
	"github.com/andybalholm/brotli"
	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/fault"
	"samenwijk/server/ui"
)

// statuses says which HTTP status a kind of fault is. Nobody else knows.
var statuses = map[fault.Kind]int{
	fault.KindInternal:        fiber.StatusInternalServerError,
	fault.KindInvalid:         fiber.StatusUnprocessableEntity,
	fault.KindUnauthenticated: fiber.StatusUnauthorized,
	fault.KindForbidden:       fiber.StatusForbidden,
	fault.KindNotFound:        fiber.StatusNotFound,
	fault.KindConflict:        fiber.StatusConflict,
	fault.KindTooMuch:         fiber.StatusTooManyRequests,
	fault.KindUnavailable:     fiber.StatusServiceUnavailable,
}

// ownStatuses are those of faults for which HTTP has a word of its own.
var ownStatuses = map[string]int{
	"web.too_large":       fiber.StatusRequestEntityTooLarge,
	"web.too_many_fields": fiber.StatusRequestEntityTooLarge,
	"web.packed":          fiber.StatusUnsupportedMediaType,
	"web.method":          fiber.StatusMethodNotAllowed,
	otherAddress:          fiber.StatusMisdirectedRequest,
}

// Page answers with a page.
func Page(c *fiber.Ctx, page templ.Component) error { return render(c, fiber.StatusOK, page) }

// tight is how hard a large page is compressed that somebody waits for over a slow line: 30 ms for 270 KB, which
// become 5 KB less than in a third of that.
const tight = 9

// TightPage is Page for one that carries much: it is compressed harder than others.
func TightPage(c *fiber.Ctx, page templ.Component) error {
	if err := Page(c, page); err != nil || !c.Context().Request.Header.HasAcceptEncoding("br") {
		return err
	}
	var small bytes.Buffer
	w := brotli.NewWriterLevel(&small, tight)
	if _, err := w.Write(c.Response().Body()); err != nil {
		return fmt.Errorf("compress a page: %w", err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("compress a page: %w", err)
	}
	c.Set(fiber.HeaderContentEncoding, "br")
	c.Vary(fiber.HeaderAcceptEncoding)
	return c.Send(small.Bytes())
}

func render(c *fiber.Ctx, status int, page templ.Component) error {
	c.Status(status).Type("html", "utf-8")
	if err := page.Render(c.UserContext(), c); err != nil {
		return fmt.Errorf("render %s: %w", c.Route().Path, err)
	}
	return nil
}

// Again answers a form that cannot be carried out as it was sent: the same page, filled in, with a
// sentence at each field. What no form can mend, such as a thing that is gone, goes on as a fault.
func Again(c *fiber.Ctx, err error, page func(m ui.Mistakes) templ.Component) error {
	var f *fault.Fault
	if !errors.As(err, &f) {
		return err
	}
	switch f.Kind {
	case fault.KindInvalid, fault.KindConflict, fault.KindTooMuch, fault.KindUnavailable:
	default:
		return err
	}
	if f.Kind == fault.KindUnavailable {
		c.Set(fiber.HeaderRetryAfter, "5")
	}
	c.Locals(faultKey, err)
	if fault.IsOvertaken(f) && Undoing(c) {
		f = fault.Conflict("web.not_undone").At(f.Field)
	}
	return render(c, statuses[f.Kind], page(mistakes(c.UserContext(), f)))
}

func mistakes(ctx context.Context, f *fault.Fault) ui.Mistakes {
	var m ui.Mistakes
	for _, one := range f.All() {
		m = append(m, ui.Mistake{Field: one.Field, Text: ui.T(ctx, one.Code, one.Params...)})
	}
	return m
}

// Fail answers with a fault: a page in plain words that says what to do, or the same as JSON to an
// island that asked for it. The cause goes to the log, never into the answer.
func (w *Web) Fail(c *fiber.Ctx, err error) error {
	f := asFault(err)
	c.Locals(faultKey, err)
	if _, ok := c.Locals(requestKey).(ui.Request); !ok { // what came was no request, so no handler ran
		w.begin(c)
	}
	ctx := context.WithoutCancel(c.UserContext()) // the deadline of the work does not hold for saying so
	c.SetUserContext(ctx)
	status := statuses[f.Kind]
	if own, ok := ownStatuses[f.Code]; ok {
		status = own
	}
	if f.Kind == fault.KindUnavailable || f.Kind == fault.KindTooMuch {
		c.Set(fiber.HeaderRetryAfter, "5")
	}
	if wantsJSON(c) {
		return c.Status(status).JSON(fiber.Map{"code": f.Code, "message": ui.T(ctx, f.Code, f.Params...)})
	}
	if f.Kind == fault.KindUnauthenticated && (c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead) {
		return GoTo(c, "/inloggen?"+ui.ReturnField+"="+queryEscape(WithoutSaid(c.OriginalURL())))
	}
	return render(c, status, faultPage(f.Kind, f.Code, f.Params))
}

// asFault finds the fault in err; what is not one is ours to repair.
func asFault(err error) *fault.Fault {
	var f *fault.Fault
	if errors.As(err, &f) {
		return f
	}
	var refused *fiber.Error // by Fiber itself, before or instead of a handler
	if errors.As(err, &refused) {
		switch refused.Code {
		case fiber.StatusNotFound:
			return fault.NotFound("not_found")
		case fiber.StatusMethodNotAllowed:
			return fault.NotFound("web.method")
		case fiber.StatusRequestEntityTooLarge, fiber.StatusRequestHeaderFieldsTooLarge:
			return fault.TooMuch("web.too_large")
		case fiber.StatusRequestTimeout: // also of a connection that was opened and never used
			return fault.Unavailable("web.deadline")
		}
		if refused.Code < fiber.StatusInternalServerError {
			return fault.Invalid("web.malformed")
		}
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return fault.Unavailable("web.deadline")
	}
	return &fault.Fault{Kind: fault.KindInternal, Code: "web.internal", Err: err}
}

func wantsJSON(c *fiber.Ctx) bool {
	return strings.HasPrefix(c.Get(fiber.HeaderAccept), fiber.MIMEApplicationJSON)
}

func queryEscape(path string) string {
	return strings.NewReplacer("%", "%25", "&", "%26", "#", "%23", "+", "%2B", "?", "%3F", " ", "%20").Replace(path)
}

// LocalPath returns path when it is a page of ours, otherwise fallback: a redirect never leaves.
func LocalPath(path, fallback string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return fallback
	}
	return path
}

// sendAgain answers a form whose session ended meanwhile: with the same fields, to be sent once more
// under the session there is now. Nothing of it was carried out.
func (w *Web) sendAgain(c *fiber.Ctx) error {
	sent, err := sentValues(c)
	if err != nil {
		return err
	}
	delete(sent, ui.CSRFField)
	c.Locals(faultKey, fault.Forbidden("web.form_expired"))
	ended := w.Cookie(c, SessionCookie) != ""
	return render(c, fiber.StatusForbidden, sendAgainPage(LocalPath(c.OriginalURL(), "/"), sent, ended))
}

// causes are the faults whose page has the cause as its heading; others have the heading of their kind.
var causes = []string{
	"web.form_expired", "web.other_site", "web.too_large",
	"web.too_many_fields", "web.deadline", "web.method",
	"meetings.refused.cancelled", "meetings.refused.over", "meetings.refused.started",
	"meetings.refused.closed", "meetings.refused.free", "meetings.refused.draft",
	"meetings.refused.withdrawn", "meetings.refused.opened", "meetings.burst.gone", "workgroup.invitation.unknown",
	"workgroup.invitation.accepted", "workgroup.invitation.declined", "workgroup.invitation.withdrawn",
	"workgroup.invitation.expired", "workgroup.invitation.left", "workgroup.invitation.other_person", "workgroup.not_a_member",
	"account.token.gone", "account.moved.unknown",
}

// title is the heading of the page of a fault.
func title(ctx context.Context, kind fault.Kind, code string) string {
	if slices.Contains(causes, code) {
		return ui.T(ctx, "web.cause."+strings.ReplaceAll(code, ".", "_"))
	}
	if code == otherAddress {
		return ui.T(ctx, "web.title.other_address")
	}
	return ui.T(ctx, "web.title."+strings.ReplaceAll(kind.String(), " ", "_"))
}
