package ui

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"samenwijk/frontend"
)

// The languages of the pages. Dutch is the source: what English lacks is shown in Dutch.
const (
	Dutch   = "nl"
	English = "en"
)

// Language is one the reader can choose, named in that language itself.
type Language struct{ Code, Name string }

// Languages lists what the reader can choose, the source language first.
func Languages() []Language {
	return []Language{{Dutch, "Nederlands"}, {English, "English"}}
}

// localizers are read once from the embedded files; a file that cannot be read is our own mistake,
// which the tests of this package meet before anybody else does.
var localizers = sync.OnceValue(func() map[string]*i18n.Localizer {
	localizers, _ := sentences()
	return localizers
})

// keptSuffix ends the key of what stands in the place of another sentence where no letter goes out (Site.MailKept).
const keptSuffix = "_kept"

var sentences = sync.OnceValues(func() (map[string]*i18n.Localizer, map[string]bool) {
	bundle, keys := i18n.NewBundle(language.Dutch), map[string]bool{}
	bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	files, err := fs.Glob(frontend.Locales, "*.toml")
	if err != nil {
		panic(err)
	}
	for _, file := range files {
		read, err := bundle.LoadMessageFileFS(frontend.Locales, file)
		if err != nil {
			panic(fmt.Errorf("read the sentences in %s: %w", file, err))
		}
		for _, m := range read.Messages {
			keys[m.ID] = true
		}
	}
	return map[string]*i18n.Localizer{
		Dutch:   i18n.NewLocalizer(bundle, Dutch),
		English: i18n.NewLocalizer(bundle, English, Dutch),
	}, keys
})

// plain keeps the sentences without anything to fill in, which are nearly all of a page: finding the
// language of each anew took most of the time that a page costs.
var plain sync.Map

type sentence struct{ lang, key, site string }

// missing remembers which keys were reported, so that a forgotten sentence fills no log.
var missing sync.Map

// T returns the sentence with this key in the reader's language. kv are pairs for its template:
// T(ctx, "meetings.seats", "Count", 3). "Count" also chooses between one and many.
// Where no letter goes out, a sentence that promises one has another beside it under the same key with "_kept", which is
// said instead. A key without a sentence is returned as it is, and logged once.
func T(ctx context.Context, key string, kv ...any) string {
	site := SiteOf(ctx)
	if site.MailKept {
		if _, keys := sentences(); keys[key+keptSuffix] {
			key += keptSuffix
		}
	}
	return translate(RequestOf(ctx).Lang, site.name(), key, kv)
}

// Translate is T for text that belongs to no request, such as a letter in the language of its reader.
func Translate(lang, key string, kv ...any) string { return translate(lang, ownName, key, kv) }

// translate fills in {{.Site}} by itself: the name of the network stands in many sentences.
func translate(lang, site, key string, kv []any) string {
	localizer, ok := localizers()[lang]
	if !ok {
		lang, localizer = Dutch, localizers()[Dutch]
	}
	if len(kv) == 0 {
		if text, ok := plain.Load(sentence{lang, key, site}); ok {
			return text.(string)
		}
	}
	data := make(map[string]any, len(kv)/2+1)
	data["Site"] = site
	config := i18n.LocalizeConfig{MessageID: key, TemplateData: data}
	if len(kv) > 0 {
		for i := 0; i+1 < len(kv); i += 2 {
			data[fmt.Sprint(kv[i])] = kv[i+1]
		}
		if count, ok := data["Count"]; ok {
			config.PluralCount = count
		}
	}
	text, err := localizer.Localize(&config)
	if text != "" {
		if len(kv) == 0 {
			plain.Store(sentence{lang, key, site}, text)
		}
		return text
	}
	if err != nil {
		if _, reported := missing.LoadOrStore(sentence{lang, key, site}, true); !reported {
			slog.Error("a sentence is missing", "key", key, "language", lang, "error", err)
		}
	}
	return key
}
