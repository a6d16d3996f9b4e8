package web

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/server/ui"
)

const (
	// SaidField carries in the address of a page what the press did that led there.
	SaidField = "gedaan"
	// SaidFor is how long a page says so to who is signed in, who is told once, and SaidToVisitorsFor to a visitor, who
	// gets no cookie and so is told again when they load the page again.
	SaidFor           = 10 * time.Minute
	SaidToVisitorsFor = time.Minute
	// maxSaid bounds the value, and maxSaidArg what somebody typed that stands in the sentence.
	maxSaid    = 2000
	maxSaidArg = 120
)

// Said is what a press did, in one sentence, and how it is undone. It travels sealed in the address of the page
// that the press leads to: it needs no session or script, holds for a short time, for the person who pressed and on that
// page alone, and nobody else can make one (docs/decisions/0022). Who is signed in is told once.
type Said struct {
	Key    string   `json:"k"`
	Args   []any    `json:"a,omitempty"`
	Kind   ui.Kind  `json:"t,omitempty"`
	Next   string   `json:"n,omitempty"` // a second sentence: what happens now
	Look   string   `json:"l,omitempty"` // where it can be seen
	LookAs string   `json:"m,omitempty"`
	Undo   string   `json:"u,omitempty"` // where a form is sent that undoes it
	UndoAs string   `json:"v,omitempty"`
	Fields []string `json:"f,omitempty"` // of that form, names and values in turn
	Until  int64    `json:"e"`

	reader *access.PersonID
}

// Say is the sentence with this key; kv are pairs for it, strings and ints, of which long ones are cut.
func Say(key string, kv ...any) Said {
	s := Said{Key: key, Kind: ui.Good, Args: make([]any, len(kv))}
	for i, v := range kv {
		if text, is := v.(string); is {
			if v = firstRunes(text, maxSaidArg); v != text {
				v = firstRunes(text, maxSaidArg) + "…"
			}
		}
		s.Args[i] = v
	}
	return s
}

// As gives the sentence another tone than ui.Good.
func (s Said) As(kind ui.Kind) Said { s.Kind = kind; return s }

// Then adds a second sentence, which takes the same pairs: what happens now.
func (s Said) Then(key string) Said { s.Next = key; return s }

// SeeAt adds a link to what the sentence is about; the pairs of the sentence fill its text.
func (s Said) SeeAt(path, key string) Said { s.Look, s.LookAs = path, key; return s }

// UndoneBy adds a button that sends these fields, names and values in turn, to path.
func (s Said) UndoneBy(path string, fields ...string) Said {
	s.Undo, s.UndoAs, s.Fields = path, "web.undo", append([]string{undoField, "ja"}, fields...)
	return s
}

// undoField says that a form undoes what was done.
const undoField = "ongedaan"

// Undoing reports whether the form that was sent undoes what was done, as UndoneBy made it. It carries what it expects to
// find, and puts nothing back when that was changed since.
func Undoing(c *fiber.Ctx) bool { return Sent(c, undoField) != "" }

// Unchanged answers a form that asked for what is there already, and offers no undo.
func Unchanged(c *fiber.Ctx, path string) error {
	return Done(c, path, Say("web.unchanged").As(ui.Info))
}

// Fingerprint is what UnchangedNow compares of a form of several fields; its page keeps it with ui.Was.
func Fingerprint(values ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(values, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// UnchangedNow is Unchanged for a form that says what field held when it was opened. Where that is something else than it
// asks for, somebody pressed twice: the second press is answered as the first.
func UnchangedNow(c *fiber.Ctx, path, field, asks string, said Said) error {
	if was, says := Was(c, field); !says || was == asks {
		return Unchanged(c, path)
	}
	said.Undo, said.UndoAs, said.Fields = "", "", nil
	return Done(c, path, said)
}

// Was returns what a field of the form held when its page was made, and whether the form says so; see ui.Was.
func Was(c *fiber.Ctx, field string) (was string, said bool) {
	sent, err := sentValues(c)
	if err != nil || len(sent[ui.WasField(field)]) == 0 {
		return "", false
	}
	text, _ := fieldRule{max: defaultMax}.clean(sent[ui.WasField(field)][0])
	return text, true
}

// Called gives the button of UndoneBy a text of its own.
func (s Said) Called(key string) Said { s.UndoAs = key; return s }

// For is who reads it, where that is not who sent the request: who signs in or out. Nobody is the empty id.
func (s Said) For(reader access.PersonID) Said { s.reader = &reader; return s }

// Done answers a form that was carried out: the browser goes on to path with a GET (303), so that loading again
// does not send the form again, and the page says at its top what was done.
func Done(c *fiber.Ctx, path string, said Said) error {
	w, there := c.Locals(doorKey).(*Web)
	if !there {
		return GoTo(c, path)
	}
	reader := Actor(c).ID
	if said.reader != nil {
		reader = *said.reader
	}
	path, _, _ = strings.Cut(WithoutSaid(path), "#") // what is said has the focus, not another place
	said.Until = w.config.Now().Add(saidFor(reader)).Unix()
	return GoTo(c, withSaid(path, w.sealSaid(said, reader, path)))
}

// GoTo sends the browser on to path, with what it was to be told. It is for whoever came with a link; who sent a form is
// told what it did, by Done.
func GoTo(c *fiber.Ctx, path string) error {
	if c.Method() == fiber.MethodGet {
		path = PassSaid(c, path)
	}
	return c.Redirect(path, fiber.StatusSeeOther)
}

// WithoutSaid returns the address of a page without what it says about the press that led there.
func WithoutSaid(path string) string {
	before, query, there := strings.Cut(path, "?")
	if !there || !strings.Contains(query, SaidField) {
		return path
	}
	query, fragment, _ := strings.Cut(query, "#")
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		if !strings.HasPrefix(pair, SaidField+"=") {
			kept = append(kept, pair)
		}
	}
	if query = strings.Join(kept, "&"); query != "" {
		before += "?" + query
	}
	if fragment != "" {
		before += "#" + fragment
	}
	return before
}

func saidFor(reader access.PersonID) time.Duration {
	if reader == "" {
		return SaidToVisitorsFor
	}
	return SaidFor
}

// saidTo is what a value is bound to: who reads it, and on which page. The query of that page does not count.
func saidTo(reader access.PersonID, path string) []byte {
	path, _, _ = strings.Cut(path, "?")
	if plain, err := url.PathUnescape(path); err == nil {
		path = plain // browsers differ in what they escape
	}
	return []byte(string(reader) + "\n" + path)
}

func (w *Web) sealSaid(s Said, reader access.PersonID, path string) string {
	plain, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings and numbers alone
	}
	return base64.RawURLEncoding.EncodeToString(saidCipher(w.config.Secret).Seal(nil, nil, plain, saidTo(reader, path)))
}

// openSaid returns what the address of a page says was done by the person who reads it, and a name for having said so;
// nil for anything that is too long, too old, of somebody else or another page, or not ours.
func (w *Web) openSaid(c *fiber.Ctx) (said *Said, id string) {
	value := c.Query(SaidField)
	if value == "" || len(value) > maxSaid || c.Method() != fiber.MethodGet {
		return nil, ""
	}
	sealed, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return nil, ""
	}
	to := saidTo(Actor(c).ID, c.OriginalURL())
	for _, secret := range append([][]byte{w.config.Secret}, w.config.OlderSecrets...) {
		plain, err := saidCipher(secret).Open(nil, nil, sealed, to)
		if err != nil {
			continue
		}
		said = new(Said)
		read := json.NewDecoder(bytes.NewReader(plain))
		read.UseNumber() // a count must be a whole number to choose between one and many
		if read.Decode(said) != nil || said.Until < w.config.Now().Unix() {
			return nil, ""
		}
		return said, base64.RawURLEncoding.EncodeToString(sealed[:saidNonce])
	}
	return nil, ""
}

// saidNonce is how many bytes at the beginning of a sealed value no other value has.
const saidNonce = 12

// saidCookie names what the browser was told of late. It says nothing that a server has to believe: who changes it is told
// less, or once more.
const saidCookie = "gezegd"

// maxSaidKept is how many the browser remembers; the oldest goes first.
const maxSaidKept = 20

// sayOnce returns what the page has to say, or nil when the browser was told before: who loads a page again, or comes back
// to it, has done nothing. Visitors get no cookie (docs/decisions/0003).
func (w *Web) sayOnce(c *fiber.Ctx) *Said {
	said, id := w.openSaid(c)
	if said == nil || !Actor(c).SignedIn() {
		return said
	}
	var kept []string
	if value := w.Cookie(c, saidCookie); value != "" {
		kept = strings.Split(value, ".")
	}
	if slices.Contains(kept, id) {
		return nil
	}
	kept = append(kept, id)
	kept = kept[max(0, len(kept)-maxSaidKept):]
	w.SetCookie(c, saidCookie, strings.Join(kept, "."), w.config.Now().Add(SaidFor))
	return said
}

// in writes what is said in the language of the reader.
func (s Said) in(ctx context.Context) *ui.Said {
	args := make([]any, len(s.Args))
	for i, v := range s.Args {
		args[i] = v
		if number, is := v.(json.Number); is {
			n, _ := number.Int64() // Say was given ints
			args[i] = int(n)
		}
	}
	say := func(key string) string {
		if key == "" {
			return ""
		}
		return ui.T(ctx, key, args...)
	}
	said := &ui.Said{Kind: s.Kind, Text: say(s.Key), Next: say(s.Next), Look: s.Look, LookAs: say(s.LookAs), Undo: s.Undo, UndoAs: say(s.UndoAs)}
	for i := 0; i+1 < len(s.Fields); i += 2 {
		said.Fields = append(said.Fields, [2]string{s.Fields[i], s.Fields[i+1]})
	}
	return said
}

func saidCipher(secret []byte) cipher.AEAD {
	key, err := hkdf.Key(sha256.New, secret, nil, "samenwijk web said", 32)
	if err != nil {
		panic(err) // 32 bytes is never too much to ask
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the key has 32 bytes
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return aead
}

// PassSaid adds to path what the page that is asked for says, for one that sends its reader on by itself.
func PassSaid(c *fiber.Ctx, path string) string {
	w, there := c.Locals(doorKey).(*Web)
	said, says := c.Locals(saidKey).(*Said)
	if !there || !says {
		return path
	}
	return withSaid(path, w.sealSaid(*said, Actor(c).ID, path))
}

func withSaid(path, value string) string {
	if value == "" || len(value) > maxSaid {
		return path
	}
	join := "?"
	if strings.Contains(path, "?") {
		join = "&"
	}
	return path + join + SaidField + "=" + value
}
