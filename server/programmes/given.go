package programmes

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"samenwijk/domain/livedoc"
	"samenwijk/realtime/protocol"
	"samenwijk/server/collab"
)

// given is a text in the page of who writes, for the editor to begin with: over a slow line the page and the
// text behind it travel while the browser still asks for the editor. The line to the text then brings what
// came later.
type given struct {
	Given   string // what the editor must know of it, as JSON; empty when none is given
	Letters string // the text itself, made small, in base64: brotli takes no more than six bits for each letter
}

// mostGiven is how many bytes a text may have, without its ids, that comes in a page. A larger one comes over
// its line, which says how far it is.
const mostGiven = 320 << 10

// keepsCopy reports whether a browser says that it keeps a copy of a document. When it has thrown the copy away,
// the text comes over its line.
func keepsCopy(copies string, document livedoc.ID) bool {
	id := string(document)
	return slices.Contains(strings.Split(copies, "."), id[max(len(id)-shortID, 0):])
}

// shortID is how many letters of the end of an id name it in the cookie.
const shortID = 12

func give(whole collab.Whole) given {
	if len(whole.Update) > 2*mostGiven { // nothing becomes that much smaller
		return given{}
	}
	packed := protocol.PackIDs(whole.Update)
	if len(packed) > mostGiven {
		return given{}
	}
	tight := protocol.Tighten(packed)
	letters := base64.RawStdEncoding.EncodeToString(tight.Bytes)
	told, err := json.Marshal(map[string]any{
		"epoch": whole.Epoch, "size": len(whole.Update), "letters": len(letters), // by which what was cut off is known
		"ids": tight.IDs, "rest": tight.Rest, "first": tight.First,
	})
	if err != nil {
		panic(err) // numbers alone
	}
	return given{Given: string(told), Letters: letters}
}

// script is where the text stands, behind all that is shown.
func (g given) script() templ.Component {
	return templ.Raw(`<script type="text/plain" data-given="` + templ.EscapeString(g.Given) + `">` + g.Letters + `</script>`)
}
