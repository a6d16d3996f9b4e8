package account_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"samenwijk/domain/access"
	"samenwijk/domain/account"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/fault"
)

const issuer = "https://samenwijk.example"

var forEverything = account.TokenInput{Name: "weekrapport", Writes: true, Days: 30, Everywhere: true}

func (w *world) makeToken(who access.Actor, in account.TokenInput) account.NewToken {
	w.t.Helper()
	w.Issuer = issuer
	made, err := w.MakeToken(w.t.Context(), who, in)
	if err != nil {
		w.t.Fatal(err)
	}
	return made
}

func TestATokenIsTakenUntilItRunsOutAndNothingOfItIsKeptButAHash(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ana := w.person("ana@voorbeeld.test")
		made := w.makeToken(ana, forEverything)
		got, err := w.UseToken(t.Context(), made.Text)
		if err != nil || got.ID != made.ID || got.PersonID != ana.ID || !got.Writes || !got.Everywhere {
			t.Fatalf("UseToken = %+v, %v", got, err)
		}
		list, err := w.Tokens(t.Context(), ana, ana.ID)
		if err != nil || len(list) != 1 || list[0].UsedAt == nil || !list[0].UsedAt.Equal(w.now) {
			t.Fatalf("Tokens = %+v, %v", list, err)
		}
		if kept := fmt.Sprint(list); strings.Contains(kept, strings.Split(made.Text, ".")[2]) {
			t.Errorf("the token is kept: %s", kept)
		}
		w.now = made.ExpiresAt.Add(-time.Second)
		if _, signed, err := w.InToken(t.Context(), made.ID); err != nil || signed.Person.ID != ana.ID || !signed.Until.Equal(made.ExpiresAt) {
			t.Errorf("a second before the end: %+v, %v", signed, err)
		}
		w.now = made.ExpiresAt
		_, err = w.UseToken(t.Context(), made.Text)
		w.mustRefuse(err, fault.KindUnauthenticated, "account.token.refused")
		_, _, err = w.InToken(t.Context(), made.ID)
		w.mustRefuse(err, fault.KindUnauthenticated, "account.token.refused")
		if list, err := w.Tokens(t.Context(), ana, ana.ID); err != nil || len(list) != 1 || !list[0].Over(w.now) {
			t.Errorf("a token that ran out is not shown as such: %+v, %v", list, err)
		}
		w.now = w.now.AddDate(0, 0, 31)
		if err := w.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		if list, err := w.Tokens(t.Context(), ana, ana.ID); err != nil || len(list) != 0 {
			t.Errorf("a month later: %+v, %v", list, err)
		}
	})
}

// sign makes a token by hand, with the key of the installation or another.
func (w *world) sign(method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
	w.t.Helper()
	text, err := jwt.NewWithClaims(method, claims).SignedString(key)
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

func TestATokenThatIsNotExactlyTheOneThatWasMadeIsRefusedInTheSameWay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ana := w.person("ana@voorbeeld.test")
		made := w.makeToken(ana, forEverything)
		mac := hmac.New(sha256.New, []byte(strings.Repeat("s", 32)))
		mac.Write([]byte("account token\x00"))
		key := mac.Sum(nil)
		claims := func(change func(c jwt.MapClaims)) jwt.MapClaims {
			c := jwt.MapClaims{
				"iss": issuer, "aud": "samenwijk token", "jti": string(made.ID), "purpose": "take part in live documents",
				"iat": w.now.Unix(), "exp": w.now.Add(time.Hour).Unix(),
			}
			change(c)
			return c
		}
		same := func(jwt.MapClaims) {}
		parts := strings.Split(made.Text, ".")
		for name, text := range map[string]string{
			"nothing":                     "",
			"no token":                    "x.y.z",
			"much too long":               made.Text + strings.Repeat("A", 2000),
			"without its signature":       parts[0] + "." + parts[1] + ".",
			"a bit changed":               parts[0] + "." + parts[1] + "." + flipped(parts[2]),
			"no algorithm":                w.sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims(same)),
			"another algorithm":           w.sign(jwt.SigningMethodHS512, key, claims(same)),
			"another key":                 w.sign(jwt.SigningMethodHS256, []byte("another"), claims(same)),
			"another issuer":              w.sign(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { c["iss"] = "https://elders.example" })),
			"another audience":            w.sign(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { c["aud"] = "samenwijk live" })),
			"another purpose":             w.sign(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { c["purpose"] = "open a live document" })),
			"without an end":              w.sign(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { delete(c, "exp") })),
			"over":                        w.sign(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { c["exp"] = w.now.Unix() - 1 })),
			"not begun":                   w.sign(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { c["iat"] = w.now.Unix() + 60 })),
			"of nobody":                   w.sign(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { c["jti"] = database.NewID() })),
			"without an id":               w.sign(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { delete(c, "jti") })),
			"made by who has the key":     w.sign(jwt.SigningMethodHS256, key, claims(same)),
			"two tokens after each other": made.Text + made.Text,
		} {
			if _, err := w.UseToken(t.Context(), text); !fault.Is(err, fault.KindUnauthenticated, "account.token.refused") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if list, err := w.Tokens(t.Context(), ana, ana.ID); err != nil || list[0].UsedAt != nil {
			t.Errorf("a refused token counts as used: %+v, %v", list, err)
		}
		if _, err := w.UseToken(t.Context(), made.Text); err != nil {
			t.Errorf("the token itself: %v", err)
		}
	})
}

// flipped changes the first letter: the last one may hold bits that mean nothing.
func flipped(s string) string {
	if s[0] == 'A' {
		return "B" + s[1:]
	}
	return "A" + s[1:]
}

func fuzzWorld(f *testing.F) *world {
	f.Helper()
	w := &world{now: time.Date(2026, 12, 3, 13, 0, 0, 0, time.UTC), Service: account.New(databasetest.SQLite(f), []byte(strings.Repeat("s", 32)))}
	w.Now, w.Issuer = func() time.Time { return w.now }, issuer
	id, err := w.EnsureRoles(f.Context(), "ana@voorbeeld.test", "Ana")
	if err != nil {
		f.Fatal(err)
	}
	w.admin = access.Actor{ID: id}
	return w
}

func FuzzNoTokenThatWasNotMadeIsTaken(f *testing.F) {
	w := fuzzWorld(f)
	made, err := w.MakeToken(f.Context(), w.admin, forEverything)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(made.Text)
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("..")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := w.UseToken(t.Context(), text); (err == nil) != (text == made.Text) {
			t.Errorf("UseToken(%q) = %v", text, err)
		}
	})
}

func TestWhoMakesATokenSaysWhatForAndTheSameFormMakesOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ana := w.person("ana@voorbeeld.test")
		for code, in := range map[string]account.TokenInput{
			"account.token.name_missing":  {Name: " \u2800\u200b ", Days: 30, Everywhere: true},
			"account.token.name_plain":    {Name: "kijk op elders.example", Days: 30, Everywhere: true},
			"account.token.name_too_long": {Name: strings.Repeat("é", 41), Days: 30, Everywhere: true},
			"account.name.unreadable":     {Name: "a\x00b", Days: 30, Everywhere: true},
			"account.token.days":          {Name: "x", Days: 181, Everywhere: true},
			"account.token.scope_missing": {Name: "x", Days: 1},
			"account.token.scope":         {Name: "x", Days: 1, Everywhere: true, Documents: []string{"d"}},
		} {
			_, err := w.MakeToken(t.Context(), ana, in)
			w.mustRefuse(err, fault.KindInvalid, code)
		}
		_, err := w.MakeToken(t.Context(), access.Actor{}, forEverything)
		w.mustRefuse(err, fault.KindUnauthenticated, "sign_in_first")

		in := account.TokenInput{Name: "x", Days: 1, Documents: []string{"d", "d", "e"}, Workgroups: []string{"w"}, Key: "form"}
		made := w.makeToken(ana, in)
		_, err = w.MakeToken(t.Context(), ana, in)
		w.mustRefuse(err, fault.KindConflict, "account.token.made_before")
		got, _, err := w.InToken(t.Context(), made.ID)
		if err != nil || len(got.Scopes) != 3 || !got.Reaches("d", "") || !got.Reaches("x", "w") || got.Reaches("x", "v") || got.Reaches("w", "d") || got.Reaches("x", "") {
			t.Errorf("reaches %+v, %v", got.Scopes, err)
		}
		for range 19 {
			w.makeToken(ana, forEverything)
		}
		_, err = w.MakeToken(t.Context(), ana, forEverything)
		w.mustRefuse(err, fault.KindTooMuch, "account.token.too_many")
		w.makeToken(w.admin, forEverything) // of somebody else
	})
}

func TestOnesOwnTokensAreRevokedByOneselfAndByWhoManagesPeople(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ana, bo := w.person("ana@voorbeeld.test"), w.person("bo@voorbeeld.test")
		coordinator := w.person("net@voorbeeld.test", access.Coordinator)
		token := w.makeToken(ana, forEverything)
		_, err := w.Tokens(t.Context(), bo, ana.ID)
		w.mustRefuse(err, fault.KindNotFound, "not_found")
		w.mustRefuse(w.RevokeToken(t.Context(), bo, ana.ID, token.ID), fault.KindNotFound, "not_found")
		w.mustRefuse(w.RevokeToken(t.Context(), bo, bo.ID, token.ID), fault.KindNotFound, "account.token.gone")
		w.mustRefuse(w.RevokeToken(t.Context(), ana, ana.ID, ""), fault.KindNotFound, "account.token.gone")
		w.mustRefuse(w.RevokeToken(t.Context(), access.Actor{}, "", token.ID), fault.KindUnauthenticated, "sign_in_first")
		ofAdmin := w.makeToken(w.admin, forEverything)
		w.mustRefuse(w.RevokeToken(t.Context(), coordinator, w.admin.ID, ofAdmin.ID), fault.KindForbidden, "account.role.admin_only")

		if err := w.RevokeToken(t.Context(), ana, ana.ID, token.ID); err != nil {
			t.Fatal(err)
		}
		_, err = w.UseToken(t.Context(), token.Text)
		w.mustRefuse(err, fault.KindUnauthenticated, "account.token.refused")
		again := w.makeToken(ana, forEverything)
		if file, err := w.Find(t.Context(), w.admin, ana.ID); err != nil || len(file.Tokens) != 1 {
			t.Errorf("an administrator sees %+v, %v", file.Tokens, err)
		}
		if err := w.RevokeToken(t.Context(), w.admin, ana.ID, again.ID); err != nil {
			t.Fatal(err)
		}
		third := w.makeToken(ana, forEverything)
		in := account.Input{Name: "Ana", Email: "nieuw@voorbeeld.test", Language: "nl"}
		if err := w.Change(t.Context(), w.admin, w.session(), ana.ID, in); err != nil {
			t.Fatal(err)
		}
		_, err = w.UseToken(t.Context(), third.Text)
		w.mustRefuse(err, fault.KindUnauthenticated, "account.token.refused")
	})
}

func TestTokensAndCodesOfAnOlderSecretStillWorkWhileItIsRead(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		made := w.makeToken(w.person("ana@voorbeeld.test"), forEverything)
		browser := w.ask("ana@voorbeeld.test")
		code := w.mailed()
		old, newer := []byte(strings.Repeat("s", 32)), []byte(strings.Repeat("n", 32))
		for _, tc := range []struct {
			secrets *account.Service
			works   bool
		}{{account.New(w.db, newer, old), true}, {account.New(w.db, newer), false}} {
			tc.secrets.Now, tc.secrets.Issuer = w.Now, w.Issuer
			if _, err := tc.secrets.UseToken(t.Context(), made.Text); (err == nil) != tc.works {
				t.Errorf("a token works is %v, and using it says %v", tc.works, err)
			}
		}
		for _, tc := range []struct {
			secrets *account.Service
			works   bool
		}{{account.New(w.db, newer), false}, {account.New(w.db, newer, old), true}} {
			tc.secrets.Now = w.Now
			if _, err := tc.secrets.SignIn(t.Context(), account.Guess{Browser: browser, Code: code}); (err == nil) != tc.works {
				t.Errorf("a code works is %v, and typing it says %v", tc.works, err)
			}
		}
	})
}
