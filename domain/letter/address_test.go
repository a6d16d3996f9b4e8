package letter

import (
	"errors"
	"strings"
	"testing"
)

func TestAnAddressIsReadInAnyAlphabet(t *testing.T) {
	for typed, want := range map[string]string{
		" een@voorbeeld.test ":             "een@voorbeeld.test",
		"Een.Twee+drie@Voorbeeld.test":     "Een.Twee+drie@Voorbeeld.test",
		"info@bücher.voorbeeld.test":       "info@xn--bcher-kva.voorbeeld.test",
		"info@BÜCHER.Voorbeeld.test":       "info@xn--bcher-kva.voorbeeld.test",
		"info@bu\u0308cher.voorbeeld.test": "info@xn--bcher-kva.voorbeeld.test", // the same letter, typed as two
		"info@пример.test":                 "info@xn--e1afmkfd.test",
	} {
		got, err := Address(typed)
		if err != nil || got != want {
			t.Errorf("%q is read as %q, %v; want %q", typed, got, err, want)
		}
	}
	for typed, want := range map[string]error{
		"": ErrAddress, "een": ErrAddress, "een@": ErrAddress, "@voorbeeld.test": ErrAddress, "een@voorbeeld": ErrAddress, "een@[127.0.0.1]": ErrAddress,
		"een twee@voorbeeld.test": ErrAddress, "Een <een@voorbeeld.test>": ErrAddress, "een@bücher": ErrAddress, "een@vооrbeeld.test": ErrAddress, "een@büch er.test": ErrAddress,
		"een@voorbeeld.test\n": nil, "een\r\nBcc: x@voorbeeld.test": ErrAddress, "een@bücher.test, twee@voorbeeld.test": ErrAddress,
		"jösé@voorbeeld.test": ErrAddressLetters, "jösé@bücher.test": ErrAddressLetters, "jö sé@voorbeeld.test": ErrAddress, "jösé": ErrAddress,
		"een\xff@voorbeeld.test": ErrAddress, "een@" + strings.Repeat("ü", 70) + ".test": ErrAddress, strings.Repeat("e", 250) + "@v.test": ErrAddress,
	} {
		if got, err := Address(typed); !errors.Is(err, want) {
			t.Errorf("%q is read as %q, %v; want %v", typed, got, err, want)
		}
	}
	for address, want := range map[string]string{
		"info@xn--bcher-kva.voorbeeld.test": "info@bücher.voorbeeld.test", "een@voorbeeld.test": "een@voorbeeld.test", "+31612345678": "+31612345678",
	} {
		if got := Readable(address); got != want {
			t.Errorf("%s is written as %s", address, got)
		}
	}
}
