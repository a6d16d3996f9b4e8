package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"samenwijk/server/ui"
)

// ChooseLanguage keeps the language of the reader in a cookie and goes back to the page it was
// chosen on. Dutch, the language of who never chose, needs no cookie.
func (w *Web) ChooseLanguage(c *fiber.Ctx) error {
	if Sent(c, ui.LanguageField) == ui.English {
		w.SetCookie(c, LanguageCookie, ui.English, w.config.Now().Add(365*24*time.Hour))
	} else {
		w.ClearCookie(c, LanguageCookie)
	}
	return Done(c, LocalPath(Sent(c, ui.ReturnField), "/"), Say("web.language.chosen"))
}
