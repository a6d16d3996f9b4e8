package main

import (
	"regexp"
	"testing"

	"samenwijk/server/ui"
)

// faultCode matches a fault whose code is written out whole.
var faultCode = regexp.MustCompile(`fault\.(?:Invalid|Unauthenticated|Forbidden|NotFound|Conflict|TooMuch|Unavailable)\("([a-z0-9_.]*[a-z0-9_])"`)

func TestEveryFaultHasASentenceInBothLanguages(t *testing.T) {
	codes := map[string]string{}
	for _, s := range readSources(t) {
		for _, m := range faultCode.FindAllStringSubmatch(s.text, -1) {
			codes[m[1]] = s.file
		}
	}
	if len(codes) < 40 {
		t.Fatalf("only %d codes found: the test looks in the wrong place", len(codes))
	}
	for code, file := range codes {
		for _, lang := range []string{ui.Dutch, ui.English} {
			// The values stand for what a use case fills in; a sentence with other names shows "<no value>".
			if sentence := ui.Translate(lang, code, "Count", 2); sentence == code || sentence == "" {
				t.Errorf("%s: %s has no sentence in %s", file, code, lang)
			}
		}
	}
}
